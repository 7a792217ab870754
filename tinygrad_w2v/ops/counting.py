"""Tests, positions and counts of values. The results have no gradient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array, Axis, TensorLike
from tinygrad_w2v.ops.constant import constant
from tinygrad_w2v.ops.reduction import present_axes

# --- tests --------------------------------------------------------------------------------------


@constant("Tensor tg")
def any_(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return whether any value is not zero, of all or along axes."""
    return np.any(x, axis=present_axes(x, axis), keepdims=keepdims)


@constant("Tensor tg")
def all_(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return whether no value is zero, of all or along axes."""
    return np.all(x, axis=present_axes(x, axis), keepdims=keepdims)


@constant("Tensor tg")
def isclose(
    x: TensorLike,
    other: TensorLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Any:
    """Return where ``|x - other| <= atol + rtol * |other|``."""
    return np.isclose(x, other, rtol, atol, equal_nan)


@named("Tensor tg")
def allclose(
    x: TensorLike,
    other: TensorLike,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """Return whether all values are close; see :func:`isclose`."""
    return bool(np.allclose(array_of(x), array_of(other), rtol, atol, equal_nan))


@named("Tensor.equal tg.equal")
def _equal(x: TensorLike, other: TensorLike) -> bool:
    """Return whether two tensors have the same shape and values."""
    return bool(np.array_equal(array_of(x), array_of(other)))


@constant("tg")
def isin(
    elements: TensorLike,
    test_elements: TensorLike,
    *,
    assume_unique: bool = False,
    invert: bool = False,
) -> Any:
    """Return which of the elements are among the test elements."""
    return np.isin(elements, test_elements, assume_unique=assume_unique, invert=invert)


@constant("Tensor tg")
def isposinf(x: TensorLike) -> Any:
    """Return where values are +inf."""
    return np.equal(x, np.inf)


@constant("Tensor tg")
def isneginf(x: TensorLike) -> Any:
    """Return where values are -inf."""
    return np.equal(x, -np.inf)


@constant("Tensor tg")
def signbit(x: TensorLike) -> Any:
    """Return where values are negative, -0.0 included."""
    return np.signbit(x)


@named("Tensor tg")
def is_nonzero(x: TensorLike) -> bool:
    """Return whether a single value is not zero."""
    return bool(array_of(x).item())


@named("Tensor tg")
def is_same_size(x: TensorLike, other: TensorLike) -> bool:
    """Return whether two tensors have the same shape."""
    return bool(np.shape(x) == np.shape(other))


# --- integers -----------------------------------------------------------------------------------


@constant("Tensor_ tg Tensor.__lshift__")
def bitwise_left_shift(x: TensorLike, other: TensorLike) -> Any:
    """Shift the bits of integers to the left."""
    return np.left_shift(x, other)


@constant("Tensor_ tg Tensor.__rshift__")
def bitwise_right_shift(x: TensorLike, other: TensorLike) -> Any:
    """Shift the bits of integers to the right."""
    return np.right_shift(x, other)


@constant("Tensor_ tg")
def gcd(x: TensorLike, other: TensorLike) -> Any:
    """Return greatest common divisors."""
    return np.gcd(x, other)


@constant("Tensor_ tg")
def lcm(x: TensorLike, other: TensorLike) -> Any:
    """Return least common multiples."""
    return np.lcm(x, other)


# --- positions ----------------------------------------------------------------------------------


@constant("Tensor tg")
def argsort(x: Array, axis: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """Return the positions that sort the values along an axis; equal values keep their order."""
    x = np.asarray(x)
    if not x.ndim:
        return np.zeros((), np.int64)
    if not descending:
        return np.argsort(x, axis=axis, kind="stable")
    backward = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return x.shape[axis] - 1 - np.flip(backward, axis)


@named("Tensor tg")
def nonzero(x: TensorLike, *, as_tuple: bool = False) -> Any:
    """Return the positions of values that are not zero: a row for each, or an array per axis.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.nonzero(tg.tensor([[0, 3], [4, 0]]))
    tensor([[0, 1],
            [1, 0]])
    """
    places = np.nonzero(np.atleast_1d(array_of(x)))
    if as_tuple:
        return tuple(Tensor(part) for part in places)
    return Tensor(np.stack(places, axis=-1)[:, : np.ndim(x)])


@named("Tensor tg")
def argwhere(x: TensorLike) -> Any:
    """Return the positions of values that are not zero, a row for each."""
    return nonzero(x)


@constant("tg")
def searchsorted(
    sorted_sequence: Array,
    input: TensorLike,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: Literal["left", "right"] | None = None,
    sorter: Array | None = None,
) -> Any:
    """Return where to insert values into sorted rows so that these stay sorted."""
    side = side or ("right" if right else "left")
    rows, values = np.asarray(sorted_sequence), np.asarray(input)
    if sorter is not None:
        rows = np.take_along_axis(rows, np.asarray(sorter), -1)
    if rows.ndim == 1:
        found = np.searchsorted(rows, values, side)
    else:
        width = values.shape[-1]
        flat = zip(rows.reshape(-1, rows.shape[-1]), values.reshape(-1, width), strict=True)
        found = np.array([np.searchsorted(row, each, side) for row, each in flat])
        found = found.reshape(values.shape)
    return np.asarray(found, np.int32 if out_int32 else np.int64)


@named("tg")
def bucketize(
    input: TensorLike,
    boundaries: TensorLike,
    *,
    out_int32: bool = False,
    right: bool = False,
) -> Any:
    """Return for each value the number of the bucket between sorted boundaries."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


# --- counts -------------------------------------------------------------------------------------


@constant("Tensor tg")
def count_nonzero(x: TensorLike, axis: Axis = None) -> Any:
    """Count the values that are not zero, of all or along axes."""
    return np.asarray(np.count_nonzero(x, axis=axis))


@constant("Tensor tg")
def bincount(x: TensorLike, weights: TensorLike | None = None, minlength: int = 0) -> Any:
    """Count how often each number from 0 to the largest occurs, or sum weights for each."""
    counts = np.bincount(x, weights, minlength)
    is_single = weights is not None and np.asarray(weights).dtype == np.float32
    return counts.astype(np.float32) if is_single else counts if weights is None else counts * 1.0


def _limits(x: Array, low: float, high: float, margin: float) -> tuple[float, float]:
    if low == high == 0 and x.size:
        low, high = float(x.min()), float(x.max())
    return (low - margin, high + margin) if low == high else (low, high)


@constant("Tensor tg")
def histc(x: Array, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """Count values in `bins` equal intervals; by default between the extremes of the values."""
    x = np.asarray(x)
    return np.histogram(x, bins, _limits(x, min, max, 1.0))[0].astype(x.dtype)


class Histogram(NamedTuple):
    """The result of ``histogram``."""

    hist: Any
    bin_edges: Any


@constant("Tensor tg")
def histogram(
    x: Array,
    bins: Any,
    *,
    range: tuple[float, float] | None = None,
    weight: Array | None = None,
    density: bool = False,
) -> Any:
    """Count values in intervals, whose number or edges are given; or return their density."""
    x = np.asarray(x)
    if isinstance(bins, int):
        low, high = range or (0, 0)
        bins = np.linspace(*_limits(x, low, high, 0.5), bins + 1, dtype=x.dtype)
    counts, edges = np.histogram(x, bins, weights=weight, density=density)
    return Histogram(counts.astype(x.dtype), edges)


@constant("tg")
def histogramdd(
    input: Array,
    bins: Any,
    *,
    range: Any = None,
    weight: Array | None = None,
    density: bool = False,
) -> Any:
    """Count points, (..., D), in boxes, by the number or the edges of intervals on each axis."""
    points = input.reshape(-1, input.shape[-1])
    limits = None if range is None else np.reshape(range, (-1, 2)).tolist()
    weights = None if weight is None else weight.reshape(-1)
    counts, edges = np.histogramdd(points, bins, limits, density, weights)
    return Histogram(counts.astype(input.dtype), tuple(e.astype(input.dtype) for e in edges))


@constant("Tensor tg")
def nonzero_static(input: Array, *, size: int, fill_value: int = -1) -> Any:
    """Return the first `size` rows of :func:`nonzero`, filled up with `fill_value`."""
    places = np.argwhere(input)[:size]
    return np.pad(places, [(0, size - len(places)), (0, 0)], constant_values=fill_value)


def _unique_result(parts: list[Any], is_wanted: tuple[bool, bool]) -> Any:
    values, *others = parts
    chosen = [part for part, wanted in zip(others, is_wanted, strict=True) if wanted]
    return (values, *chosen) if chosen else values


@constant("Tensor tg")
def unique(
    x: TensorLike,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """Return the different values, or slices along an axis, in order.

    Parameters
    ----------
    sorted
        The result is sorted in any case.
    return_inverse
        Also return for each value its position in the result.
    return_counts
        Also return how often each value occurs.
    """
    values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=axis)
    inverse = inverse.reshape(np.shape(x) if axis is None else -1)
    return _unique_result([values, inverse, counts], (return_inverse, return_counts))


@constant("Tensor tg")
def unique_consecutive(
    x: Array, return_inverse: bool = False, return_counts: bool = False, axis: int | None = None
) -> Any:
    """Return the values, or slices along an axis, that differ from the one before."""
    rows = np.asarray(x).reshape(-1) if axis is None else np.moveaxis(x, axis, 0)
    is_new = np.ones(len(rows), bool)
    differs = rows[1:] != rows[:-1]
    is_new[1:] = differs.any(axis=tuple(range(1, differs.ndim)))
    values = rows[is_new] if axis is None else np.moveaxis(rows[is_new], 0, axis)
    inverse = np.cumsum(is_new) - 1
    counts = np.bincount(inverse, minlength=int(is_new.sum()))
    inverse = inverse.reshape(np.shape(x)) if axis is None else inverse
    return _unique_result([values, inverse, counts], (return_inverse, return_counts))


@named("tg")
def unravel_index(indices: TensorLike, shape: Sequence[int]) -> tuple[Any, ...]:
    """Return the coordinates of positions in a flattened tensor of a shape."""
    found = np.unravel_index(np.asarray(array_of(indices)), tuple(np.atleast_1d(shape)))
    return tuple(Tensor(np.asarray(part)) for part in found)


@named("tg")
def broadcast_shapes(*shapes: Sequence[int]) -> Any:
    """Return the shape to which several shapes broadcast."""
    return np.broadcast_shapes(*(tuple(s) if isinstance(s, Sequence) else (s,) for s in shapes))
