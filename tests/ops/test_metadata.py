"""Properties of tensors and methods of older programs."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg


def test_new_takes_the_dtype_of_the_tensor() -> None:
    x = tg.zeros(1, dtype=tg.float64)
    assert x.new(2, 3).shape == (2, 3)
    assert x.new([1, 2]).tolist() == [1.0, 2.0]
    assert x.new(2).zero_().dtype == np.float64


def test_resize_keeps_the_first_values() -> None:
    x = tg.tensor([[1, 2], [3, 4]])
    assert x.resize_(3).tolist() == [1, 2, 3]
    assert x.resize_as_(tg.zeros(1, 4)).tolist() == [[1, 2, 3, 0]]


def test_apply_changes_each_value() -> None:
    x = tg.tensor([1.0, 2.0])
    assert x.apply_(lambda value: value + 1).tolist() == [2.0, 3.0]
    assert x.version == 1


def test_properties() -> None:
    x = tg.zeros(2, 3, requires_grad=True)
    assert (x.itemsize, x.element_size(), x.nbytes, x.storage_offset()) == (4, 4, 24, 0)
    assert x.is_cpu
    assert not x.is_sparse
    assert x.is_signed()
    assert x.to_dense() is x
    assert x.data_ptr() == x.detach().data_ptr()
    assert x.share_memory_().is_shared()
    assert x.numpy(force=True).shape == (2, 3)
    with pytest.raises(RuntimeError, match="was converted to a NumPy array"):
        x.numpy()


def test_storage_is_the_memory_that_views_share() -> None:
    x = tg.arange(6.0).view(2, 3)
    row = x[1]
    assert x.t().storage().tolist() == [0, 1, 2, 3, 4, 5]
    assert (row.storage_offset(), row.storage().data_ptr()) == (3, x.data_ptr())
    assert len(tg.zeros(2, 2).storage()) == 4


def test_in_place_functions_of_one_value_are_at_the_top_level() -> None:
    x = tg.zeros(2)
    assert tg.exp_(tg.sin_(x)) is x
    assert x.tolist() == [1.0, 1.0]
