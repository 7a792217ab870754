"""Joining, splitting, repeating and padding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

X = np.arange(24.0).reshape(2, 3, 4)
axes = st.integers(-3, 2)


@given(axes, st.integers(1, 5))
def test_joining_the_parts_restores_the_array(axis: int, size: int) -> None:
    parts = F.split(tg.Tensor(X), size, axis)
    assert all(part.shape[axis] <= size for part in parts)
    np.testing.assert_array_equal(F.cat(parts, axis), X)
    np.testing.assert_array_equal(F.cat(F.chunk(X, size, axis), axis), X)
    np.testing.assert_array_equal(F.stack(F.unbind(X, axis), axis), X)


def test_split_into_given_sizes() -> None:
    assert [part.shape for part in F.split(X, [1, 0, 3], -1)] == [(2, 3, 1), (2, 3, 0), (2, 3, 3)]


def test_chunk_returns_at_most_that_many_parts() -> None:
    assert [len(part) for part in F.chunk(np.arange(7), 3)] == [3, 3, 1]
    assert [len(part) for part in F.chunk(np.arange(3), 5)] == [1, 1, 1]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_tile_matches_numpy(times: list[int]) -> None:
    np.testing.assert_array_equal(F.tile(X, times), np.tile(X, times))


@given(axes, st.integers(0, 3))
def test_repeat_interleave_matches_numpy_repeat(axis: int, times: int) -> None:
    np.testing.assert_array_equal(F.repeat_interleave(X, times, axis), np.repeat(X, times, axis))


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric", "wrap"])
def test_pad_modes_match_numpy_and_sum_gradients(mode: Any) -> None:
    widths = ((0, 0), (2, 1), (3, 3))
    found = np.pad(tg.Tensor(X), widths, mode=mode)
    np.testing.assert_array_equal(found, np.pad(X, widths, mode=mode))
    gradcheck(lambda x: np.pad(x, widths, mode=mode), (X,))


def test_pad_widths_begin_at_the_last_axis() -> None:
    padded = F.pad(np.ones((1, 2)), (1, 0, 0, 2), value=7.0)
    assert padded.tolist() == [[7.0, 1.0, 1.0], [7.0, 7.0, 7.0], [7.0, 7.0, 7.0]]


def test_joined_arrays_may_be_constants() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    out = F.cat([np.zeros(1, np.float32), x, x])
    out.sum().backward()
    assert np.asarray(x.grad).tolist() == [2.0, 2.0]
    assert F.stack([x, [3.0, 4.0]]).tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_flatten_joins_a_range_of_axes() -> None:
    assert F.flatten(X).shape == (24,)
    assert F.flatten(X, 1).shape == (2, 12)
    assert F.flatten(X, 0, 1).shape == (6, 4)
    assert F.flatten(np.asarray(1.0)).shape == (1,)


def test_diag_of_a_vector_and_of_a_matrix() -> None:
    for offset in (-1, 0, 2):
        matrix = F.diag(tg.tensor([1.0, 2.0]), offset)
        assert np.array_equal(matrix, np.diag([1.0, 2.0], offset))
        assert F.diag(matrix, offset).tolist() == [1.0, 2.0]


def test_empty_vector_is_ignored_by_cat() -> None:
    x = tg.tensor(np.ones((2, 2)), requires_grad=True)
    joined = tg.cat([tg.tensor([]), x, x])
    assert joined.shape == (4, 2)
    np.testing.assert_array_equal(np.asarray(tg.grad(joined.sum(), x)[0]), 2.0)
    with pytest.raises(ValueError, match="concatenate: arrays"):
        tg.cat([tg.tensor([1.0]), x])
