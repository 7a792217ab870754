"""Views by strides share memory, and gradients flow through them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg


def test_view_shares_memory_beyond_the_tensor() -> None:
    memory: Any = tg.zeros(6)
    view = memory[2:4].as_strided((2, 2), (3, 1), 1)
    view.fill_(1)
    assert memory.tolist() == [0, 1, 1, 0, 1, 1]
    view[0, 0] = 5
    assert memory[1].item() == 5


def test_gradient_of_a_value_is_summed_over_its_occurrences() -> None:
    x = tg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    x.as_strided((2, 2), (1, 1)).sum().backward()
    np.testing.assert_array_equal(x.grad, [1, 2, 1])


def test_change_in_place_of_a_view_is_recorded_for_the_tensor() -> None:
    w = tg.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    x = w * 1
    x.as_strided((2,), (3,)).mul_(10)
    x.sum().backward()
    np.testing.assert_array_equal(w.grad, [10, 1, 1, 10])


def test_view_outside_the_memory_is_refused() -> None:
    with pytest.raises(RuntimeError, match="need 7 values, the memory has 6"):
        tg.zeros(2, 3).as_strided((2, 2), (4, 2))
    with pytest.raises(
        ValueError, match=r"as_strided: size \(2,\) and stride \(1, 1\): give one each"
    ):
        tg.zeros(3).as_strided((2,), (1, 1))


def test_new_tensors_have_the_strides() -> None:
    assert tg.empty_strided((2, 3), (1, 2)).numpy().strides == (4, 8)
    assert tg.zeros(1, dtype=tg.float64).new_empty_strided((2,), (3,)).numpy().strides == (24,)
    assert tg.empty_permuted((2, 3), (1, 0)).numpy().strides == (4, 8)
