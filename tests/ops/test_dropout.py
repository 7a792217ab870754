"""Dropout: its mask, its scale and its limits."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F


def test_mask_is_drawn_from_the_generator() -> None:
    x = np.ones((50, 40))
    first, second = (F.dropout(x, 0.25, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert set(np.unique(first)) == {0.0, 1 / 0.75}
    assert first.mean() == pytest.approx(1, abs=0.1)
    assert not np.array_equal(first, F.dropout(x, 0.25))


def test_input_is_unchanged_in_evaluation_or_with_p_0() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_p_1_zeroes_values_and_gradients() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    F.dropout(x, 1.0).sum().backward()
    assert np.asarray(x.grad).tolist() == [0.0, 0.0]


def test_gradient_is_masked_like_the_values() -> None:
    x = tg.tensor(np.ones(100), requires_grad=True)
    out = F.dropout(x, 0.5, rng=np.random.default_rng(0))
    out.sum().backward()
    assert np.array_equal(np.asarray(x.grad), out.detach().numpy())
