"""scatter_reduce and index_reduce against loops and finite differences."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck, gradgradcheck

RNG = np.random.default_rng(0)
X, SRC = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 4))
INDEX = RNG.integers(3, size=(5, 4))
REDUCTIONS = {"sum": np.sum, "mean": np.mean, "prod": np.prod, "amax": np.max, "amin": np.min}


def by_loop(reduce: str, include_self: bool) -> np.ndarray:
    found = X.copy()
    for row, column in np.ndindex(*X.shape):
        written = list(SRC[INDEX[:, column] == row, column])
        if written:
            values = [X[row, column]] * include_self + written
            found[row, column] = REDUCTIONS[reduce](values)
    return found


@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("reduce", REDUCTIONS)
def test_values_and_derivatives(reduce: str, include_self: bool) -> None:
    function = functools.partial(_reduced, reduce=reduce, include_self=include_self)
    np.testing.assert_allclose(function(X, SRC), by_loop(reduce, include_self), rtol=1e-12)
    gradcheck(function, [X, SRC])
    gradgradcheck(function, [X, SRC])


def _reduced(x: object, src: object, *, reduce: str, include_self: bool) -> object:
    return tg.scatter_reduce(x, 0, INDEX, src, reduce, include_self=include_self)


def test_equal_extremes_share_the_gradient() -> None:
    x = tg.tensor([1.0, 0.0], requires_grad=True)
    src = tg.tensor([1.0, 1.0, -1.0], requires_grad=True)
    x.scatter_reduce(0, tg.tensor([0, 0, 1]), src, "amax").sum().backward()
    np.testing.assert_allclose(x.grad, [1 / 3, 1.0])
    np.testing.assert_allclose(src.grad, [1 / 3, 1 / 3, 0.0])


def test_index_reduce_takes_slices() -> None:
    found = tg.index_reduce(X, 0, np.array([2, 2]), SRC[:2], "prod")
    np.testing.assert_allclose(found[2], X[2] * SRC[0] * SRC[1])
    np.testing.assert_array_equal(found[:2], X[:2])


def test_unknown_reduction_is_refused() -> None:
    with pytest.raises(ValueError, match="scatter_reduce: reduce is 'max': use sum, mean, prod"):
        tg.scatter_reduce(X, 0, INDEX, SRC, "max")


@pytest.mark.parametrize("place", [3, -4])
def test_places_outside_are_refused(place: int) -> None:
    text = rf"scatter_reduce: index\[0, 0\] is {place}, outside the valid range -3 to 2"
    with pytest.raises(IndexError, match=text):
        tg.scatter_reduce(X, 0, np.array([[place]]), SRC, "sum")
    with pytest.raises(IndexError, match=rf"is {place}, outside the valid range"):
        tg.index_reduce(X, 0, np.array([place]), SRC[:1], "prod")


def test_negative_places_count_from_the_end() -> None:
    last = tg.scatter_reduce(X, 0, np.full((1, 4), -1), SRC, "amax")
    np.testing.assert_array_equal(last[2], np.maximum(X[2], SRC[0]))
    np.testing.assert_array_equal(last[:2], X[:2])
