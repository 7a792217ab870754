"""Indexing: ``x[index]`` and its adjoint, and checks of indices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.kernels.rows import sum_equal_rows
from tinygrad_w2v.ops.samples import normal

_least, _most = np.minimum.reduce, np.maximum.reduce


def check_indices(op_name: str, argument: str, indices: Array, size: int, low: int = 0) -> None:
    """Raise an error that names the first index outside ``low .. size - 1`` and its position."""
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{op_name}: {argument} must be integers, found {indices.dtype}")
    if indices.size and (_least(indices, axis=None) < low or _most(indices, axis=None) >= size):
        position = np.argwhere((indices < low) | (indices >= size))[0].tolist()
        valid = f"the valid range {low} to {size - 1}" if size else "an axis of size 0"
        raise IndexError(
            f"{op_name}: {argument}{position or ''} is {indices[tuple(position)]}, outside {valid}"
        )


def at(axis: int, x: Any, part: Any) -> tuple[Any, ...]:
    """Return the index that applies `part` (an integer, slice or array) to one axis of `x`."""
    return (slice(None),) * (axis % int(x.ndim)) + (part,)


_TWO_AXES = np.array([[0, 2], [2, -1]])
_CALLS: list[tuple[Shape, Any]] = [
    ((3, 4), (slice(None), 1)),
    ((3, 4), (Ellipsis, None, slice(0, 2))),
    ((3, 4), (slice(None, None, -1), slice(1, None, 2))),
    ((4, 3), np.array([1, 0, 3, 1])),
    ((4, 3), _TWO_AXES),
    ((2, 4, 3), (slice(None), _TWO_AXES)),
    ((4, 3), (np.array([1, 1, 2]), np.array([0, 0, 2]))),
    ((4, 3), (np.array([[1], [2]]), np.array([0, 0, -1]))),
    ((4, 3), (slice(1, None), np.array([0, 0]))),
    ((3, 4), np.tri(3, 4, dtype=bool)),
    ((3,), 1),
    ((4, 3), np.array([], dtype=np.int64)),
    ((), ()),
]


@op(
    values=lambda g, index: g[index],
    samples=normal(
        *([np.zeros(shape)[i].shape, {"index": i, "shape": shape}] for shape, i in _CALLS)
    ),
)
def scatter(values: Array, *, index: Any, shape: Shape) -> Array:
    """Add `values` to zeros of `shape` at `index`; values at repeated positions add up."""
    if is_unique(index):
        out = np.zeros(shape, values.dtype)
        out[index] = values
        return out
    parts = index if isinstance(index, tuple) else (index,)
    axis = _single_integer_array(parts)
    if axis is not None and values.ndim == np.ndim(parts[axis]) + len(shape) - 1:
        return _scatter_slices(values, np.asarray(parts[axis]), axis, shape)
    if len(parts) == len(shape) and all(map(_is_integer, parts)) and values.dtype.kind == "f":
        return _scatter_values(values, parts, shape)
    out = np.zeros(shape, values.dtype)
    np.add.at(out, index, values)
    return out


def is_unique(index: Any) -> bool:
    """Whether no position can occur twice: the index is a mask, or of integers and slices."""
    if isinstance(index, np.ndarray):
        return bool(index.dtype == bool)
    return all(
        part is None or part is Ellipsis or isinstance(part, int | np.integer | slice)
        for part in (index if isinstance(index, tuple) else (index,))
    )


def _is_integer(part: Any) -> bool:
    return isinstance(part, np.ndarray | list | int | np.integer) and (
        np.asarray(part).dtype.kind in "iu"
    )


def _single_integer_array(parts: tuple[Any, ...]) -> int | None:
    """Return the axis of the only array in an index of full slices otherwise, or None."""
    others = [i for i, p in enumerate(parts) if not isinstance(p, slice) or p != slice(None)]
    if len(others) != 1 or not isinstance(parts[others[0]], np.ndarray | list):
        return None
    return others[0] if _is_integer(parts[others[0]]) else None


def _scatter_slices(values: Array, indices: Array, axis: int, shape: Shape) -> Array:
    size = shape[axis]
    rest = shape[:axis] + shape[axis + 1 :]
    ahead = np.moveaxis(
        values, tuple(range(axis, axis + indices.ndim)), tuple(range(indices.ndim))
    ).reshape(indices.size, *rest)
    check_indices("scatter", "index", indices, size, -size)
    found, sums = sum_equal_rows(indices.reshape(-1) % max(size, 1), ahead)
    out = np.zeros((size, *rest), values.dtype)
    out[found] = sums
    return np.moveaxis(out, 0, axis)


def _scatter_values(values: Array, parts: tuple[Any, ...], shape: Shape) -> Array:
    """Scatter single values, summed in float64."""
    places = [np.asarray(part) for part in parts]
    for axis, (part, size) in enumerate(zip(places, shape, strict=True)):
        check_indices("scatter", f"index[{axis}]", part, size, -size)
        places[axis] = part % max(size, 1)
    flat = np.ravel_multi_index(np.broadcast_arrays(*places), shape).reshape(-1)
    sums = np.bincount(flat, weights=values.reshape(-1), minlength=math.prod(shape))
    return sums.astype(values.dtype).reshape(shape)


@op(
    x=lambda g, shapes, index: scatter(g, index=index, shape=shapes.x),
    samples=normal(*([shape, {"index": index}] for shape, index in _CALLS)),
)
def getitem(x: Array, *, index: Any) -> Array:
    """Return ``x[index]``, by NumPy's basic, boolean and integer-array rules."""
    found = x[index]
    if isinstance(found, np.generic):  # with an Ellipsis it is a view
        return x[(*index, ...) if isinstance(index, tuple) else (index, ...)]
    return found  # type: ignore[no-any-return]


@named("Tensor.__getitem__")
def _getitem_method(self: Tensor, index: Any) -> Any:
    return getitem(self, index=plain_index(index))


def plain_index(index: Any) -> Any:
    """Convert Tensors and lists in an index to arrays, which NumPy can index with."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, Tensor | list):
        array = np.asarray(index)
        return array if array.size else array.astype(np.int64)  # an empty list is float64
    return index
