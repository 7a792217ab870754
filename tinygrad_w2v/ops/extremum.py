"""Maxima and minima over axes, and their positions."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.results import Extremum
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, Axis, Shape, TensorLike
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.reduction import REDUCED, even_shares, restore_axes
from tinygrad_w2v.ops.samples import normal

if sys.version_info >= (3, 11):
    from typing import overload
else:  # whose overloads cannot be read, as the stubs' generator does
    from typing_extensions import overload


def _share_evenly(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    is_extreme = np.equal(x, restore_axes(out, x.shape, axis, keepdims)).astype(g.dtype)
    return restore_axes(g, x.shape, axis, keepdims) * even_shares(is_extreme, axis)


def _ranks(shape: Shape) -> Callable[[np.random.Generator], Array]:
    """Draw values that differ by at least 0.5, so that a small step does not change their order."""
    size = math.prod(shape)
    return lambda rng: 0.5 * (rng.permutation(size).reshape(shape) - size / 2)


_samples = normal(
    *([_ranks(shape), *settings] for shape, *settings in REDUCED), [(0, 3), {"axis": 1}]
)


@op(names="Tensor tg F np np.max np.maximum.reduce", x=_share_evenly, samples=_samples)
def amax(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest value over one axis, several, or all; ties share the gradient evenly."""
    return np.max(x, axis=axis, keepdims=keepdims)


@op(names="Tensor tg F np np.min np.minimum.reduce", x=_share_evenly, samples=_samples)
def amin(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest value over one axis, several, or all; ties share the gradient evenly."""
    return np.min(x, axis=axis, keepdims=keepdims)


_position_samples = normal(
    *([(3, 4)], [(3, 4), {"axis": 0}], [(2, 3), {"axis": -1, "keepdims": True}]),
    *([(0, 3), {"axis": 1}], [(), {"axis": 0}]),
)


@op(names="Tensor tg F np", inputs="x", samples=_position_samples)
def argmax(x: Array, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the maximum along an axis, or in the flattened array; of ties, the first."""
    return np.argmax(x, axis=axis, keepdims=keepdims)


@op(names="Tensor tg F np", inputs="x", samples=_position_samples)
def argmin(x: Array, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the minimum along an axis, or in the flattened array; of ties, the first."""
    return np.argmin(x, axis=axis, keepdims=keepdims)


@overload
def max_(x: TensorLike, axis: None = None, keepdims: bool = False) -> Tensor: ...
@overload
def max_(x: TensorLike, axis: int, keepdims: bool = False) -> Extremum: ...
@overload
def max_(x: TensorLike, axis: Tensor) -> Tensor: ...
@named("Tensor tg F")
def max_(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the largest of all values, or along an axis the largest values and their positions.

    As in PyTorch: without an axis, ties share the gradient evenly (:func:`amax`); along an axis
    the value whose position is returned, the first of the ties, gets all of it.
    ``numpy.max(t, axis)`` returns only the values. A tensor in place of the axis is compared
    value by value, as in :func:`maximum`.

    Examples
    --------
    >>> import numpy as np
    >>> largest = max_(np.array([[1.0, 5.0], [7.0, 2.0]]), axis=1)
    >>> largest.values, largest.indices
    (array([5., 7.]), array([1, 0]))
    """
    if isinstance(axis, Tensor):
        return np.maximum(x, axis)
    return amax(x, keepdims=keepdims) if axis is None else _along(argmax, x, axis, keepdims)


@overload
def min_(x: TensorLike, axis: None = None, keepdims: bool = False) -> Tensor: ...
@overload
def min_(x: TensorLike, axis: int, keepdims: bool = False) -> Extremum: ...
@overload
def min_(x: TensorLike, axis: Tensor) -> Tensor: ...
@named("Tensor tg F")
def min_(x: TensorLike, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the smallest of all values, or along an axis the smallest values and their positions.

    See :func:`max_`.
    """
    if isinstance(axis, Tensor):
        return np.minimum(x, axis)
    return amin(x, keepdims=keepdims) if axis is None else _along(argmin, x, axis, keepdims)


def _along(position: Any, x: Any, axis: int, keepdims: bool) -> Extremum:
    indices = position(x, axis=axis, keepdims=True)
    values = take_along_dim(x, indices, axis=axis)
    if keepdims:
        return Extremum(values, indices)
    return Extremum(np.squeeze(values, axis), np.squeeze(indices, axis))
