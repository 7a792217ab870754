"""Sorted values, ranks, medians and running extremes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.results import Extremes, Extremum
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.counting import argsort
from tinygrad_w2v.ops.extremum import amax, amin
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.indexing import at
from tinygrad_w2v.ops.shape import squeeze


def _chosen(x: Any, places: Array, axis: int, keepdims: bool = True) -> Extremum:
    """Return the values at positions along an axis, and the positions."""
    indices: Any = Tensor(places) if isinstance(x, Tensor) else places
    values = take_along_dim(x, places, axis=axis)
    if keepdims or not np.ndim(x):
        return Extremum(values, indices)
    return Extremum(squeeze(values, axis=axis), squeeze(indices, axis=axis))


@named("Tensor tg")
def sort(x: TensorLike, axis: int = -1, descending: bool = False, stable: bool = False) -> Extremum:
    """Sort along an axis; return the values and their positions. Equal values keep their order.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.sort(tg.tensor([3, 1, 2]))
    Extremum(values=tensor([1, 2, 3]), indices=tensor([1, 2, 0]))
    """
    array: Any = operand(x)
    return _chosen(array, argsort(array_of(array), axis, descending), axis)


@named("Tensor tg")
def msort(x: TensorLike) -> Any:
    """Sort along the first axis."""
    return sort(x, 0).values


@named("Tensor tg")
def topk(
    x: TensorLike, k: int, axis: int = -1, largest: bool = True, sorted: bool = True
) -> Extremum:
    """Return the k largest, or smallest, values along an axis and their positions, in order."""
    array: Any = operand(x)
    if not array.ndim:
        return _chosen(array, np.zeros((), np.int64), axis)
    size = array.shape[axis]
    if not 0 <= k <= size:
        raise ValueError(f"topk: k is {k}, axis {axis} of shape {array.shape} has {size} values")
    order = argsort(array_of(array), axis, largest)
    return _chosen(array, order[at(axis, order, slice(k))], axis)


@named("Tensor tg")
def kthvalue(x: TensorLike, k: int, axis: int = -1, keepdims: bool = False) -> Extremum:
    """Return the k-th smallest value along an axis, counted from 1, and its position."""
    array: Any = operand(x)
    if not array.ndim:
        return _chosen(array, np.zeros((), np.int64), axis)
    size = array.shape[axis]
    if not 1 <= k <= size:
        raise ValueError(
            f"kthvalue: k is {k}, axis {axis} of shape {array.shape} has {size} values"
        )
    order = argsort(array_of(array), axis)
    return _chosen(array, order[at(axis, order, slice(k - 1, k))], axis, keepdims)


@named("Tensor tg")
def median(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the median of all values, or along an axis the medians and their positions.

    Of an even number of values it is the lower of the two in the middle, as in PyTorch;
    ``numpy.median`` returns their mean. With a NaN among the values it is NaN.
    """
    array: Any = operand(x)
    if axis is None:
        return median(np.reshape(array, -1), 0).values
    plain = array_of(array)
    if not plain.ndim:
        return _chosen(array, np.zeros((), np.int64), axis)
    order = argsort(plain, axis)
    middle = order[at(axis, order, slice((plain.shape[axis] - 1) // 2, None))]
    is_nan = np.isnan(np.take_along_axis(plain, order[at(axis, order, slice(-1, None))], axis))
    first_nan = np.expand_dims(np.argmax(np.isnan(plain), axis), axis)
    places = np.where(is_nan, first_nan, middle[at(axis, middle, slice(1))])
    return _chosen(array, places, axis, keepdims)


@named("Tensor tg")
def mode(x: TensorLike, axis: int = -1, keepdims: bool = False) -> Extremum:
    """Return the most frequent value along an axis, of several the smallest, and its last place."""
    array: Any = operand(x)
    plain = array_of(array)
    if not plain.ndim:
        return _chosen(array, np.zeros((), np.int64), axis)

    def place(values: Array) -> Any:
        found, counts = np.unique(values, return_counts=True)
        return np.flatnonzero(values == found[np.argmax(counts)])[-1]

    places = np.expand_dims(np.apply_along_axis(place, axis, plain), axis)
    return _chosen(array, places, axis, keepdims)


def _running(x: Any, axis: int, is_better: Any) -> Extremum:
    """Return the extreme of each value and all before it; of equal ones the last position."""
    plain = array_of(x)
    if not plain.ndim:
        return _chosen(x, np.zeros((), np.int64), axis)
    moved = np.moveaxis(plain, axis, 0)
    places = np.zeros(moved.shape, np.int64)
    best = moved[0] if len(moved) else moved
    for i in range(1, len(moved)):
        with np.errstate(invalid="ignore"):
            is_new = is_better(moved[i], best) | np.isnan(moved[i])
            is_new &= ~np.isnan(best) | np.isnan(moved[i])
        places[i] = np.where(is_new, i, places[i - 1])
        best = np.where(is_new, moved[i], best)
    return _chosen(x, np.moveaxis(places, 0, axis), axis)


@named("Tensor tg")
def cummax(x: TensorLike, axis: int) -> Extremum:
    """Return the maximum of each value and all before it along an axis, and its position."""
    return _running(operand(x), axis, np.greater_equal)


@named("Tensor tg")
def cummin(x: TensorLike, axis: int) -> Extremum:
    """Return the minimum of each value and all before it along an axis, and its position."""
    return _running(operand(x), axis, np.less_equal)


@named("Tensor tg")
def aminmax(x: TensorLike, *, axis: int | None = None, keepdims: bool = False) -> Extremes:
    """Return the smallest and the largest value, of all or along an axis."""
    options = {"axis": axis, "keepdims": keepdims}
    return Extremes(amin(x, **options), amax(x, **options))


@named("Tensor tg")
def quantile(
    x: TensorLike,
    q: TensorLike,
    axis: int | None = None,
    keepdims: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """Return quantiles of all values or along an axis, interpolated between two values.

    Parameters
    ----------
    q
        A number from 0 to 1, or several, which become the first axis of the result.
    interpolation
        ``"linear"``, ``"lower"``, ``"higher"``, ``"nearest"`` or ``"midpoint"``.
    """
    return _quantile(x, q, axis, keepdims, interpolation, ignores_nan=False)


@named("Tensor tg")
def nanquantile(
    x: TensorLike,
    q: TensorLike,
    axis: int | None = None,
    keepdims: bool = False,
    *,
    interpolation: str = "linear",
) -> Any:
    """Return :func:`quantile` of the values that are not NaN; NaN if there is none."""
    return _quantile(x, q, axis, keepdims, interpolation, ignores_nan=True)


def _quantile(
    x: TensorLike,
    q: TensorLike,
    axis: int | None,
    keepdims: bool,
    interpolation: str,
    *,
    ignores_nan: bool,
) -> Any:
    array: Any = operand(x)
    ndim = array.ndim
    is_flat = axis is None or not ndim
    values = np.reshape(array, -1) if is_flat else np.moveaxis(array, axis or 0, -1)
    ordered: Any = sort(values).values
    is_nan = np.isnan(array_of(ordered))  # they are the last
    counts = (~is_nan).sum(axis=-1, keepdims=True) if ignores_nan else values.shape[-1]
    shares: Any = operand(q).astype(np.float64)
    exact: Any = np.maximum(np.reshape(shares, -1) * (counts - 1), 0)
    place = array_of(exact)
    if interpolation in ("lower", "higher", "nearest"):
        rounding: Any = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
        place = rounding[interpolation](place)
    place = np.broadcast_to(place, (*ordered.shape[:-1], place.shape[-1]))
    low, high = np.floor(place).astype(np.int64), np.ceil(place).astype(np.int64)
    weight: Any = exact - low if interpolation == "linear" else (high - low) / 2
    weight = weight.astype(array.dtype)
    below: Any = np.take_along_axis(ordered, low, -1)
    above: Any = np.take_along_axis(ordered, high, -1)
    found: Any = below + weight * (above - below)
    if not ignores_nan:
        found = np.where(is_nan.any(axis=-1, keepdims=True), np.nan, found)
    found = np.moveaxis(found, -1, 0) if shares.ndim else found[..., 0]
    if not keepdims:
        return found
    if is_flat:
        return np.reshape(found, (*shares.shape, *(1,) * ndim))
    return np.expand_dims(found, shares.ndim + (axis or 0) % ndim)


@named("Tensor tg")
def nanmedian(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the lower median of the values that are not NaN; with an axis, also its index."""
    array: Any = operand(x)
    if axis is None:
        return nanquantile(array, np.asarray(0.5), interpolation="lower")
    if not array.ndim:
        return _chosen(np.reshape(array, (1,)), np.zeros(1, np.int64), 0, False)
    counts = (~np.isnan(array_of(array))).sum(axis=axis, keepdims=True)
    places = np.maximum((counts - 1) // 2, 0)
    order = np.take_along_axis(np.argsort(array_of(array), axis=axis, kind="stable"), places, axis)
    return _chosen(array, order, axis, keepdims)
