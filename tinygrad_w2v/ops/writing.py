"""Values written at positions: copies of a tensor in which some values are replaced."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.contract import unbroadcast
from tinygrad_w2v.engine.in_place import is_recorded, refuse_leaf, take_result
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.gathering import on_axis, positions
from tinygrad_w2v.ops.indexing import at, getitem, is_unique, plain_index, scatter
from tinygrad_w2v.ops.samples import normal


@op(
    samples=normal(
        [(3, 4), (4,), {"index": (1,)}],
        [(3, 4), (), {"index": (slice(None), 2)}],
        [(3, 4), (2, 4), {"index": np.array([2, 0])}],
        [(2, 3), (3,), {"index": np.array([[True, False, True], [False, True, False]])}],
        [(3, 4), (1, 4), {"index": 1}],
        [(0, 2), (0, 2), {"index": Ellipsis}],
    )
)
def assign(x: Array, values: Array, *, index: Any) -> Array:
    """Return a copy of `x` with ``x[index] = values``. Values are broadcast.

    Of several values written to one position, the last remains; the others have no gradient.
    """
    out = np.array(x)
    out[index] = values
    return out


@assign.backward("x")
def _assign_rule(g: Any, index: Any) -> Any:
    return assign(g, np.zeros((), g.dtype), index=index)


@assign.backward("values")
def _assigned_rule(g: Any, shapes: Any, index: Any) -> Any:
    taken = getitem(g, index=index)
    if not is_unique(index):
        numbers = np.arange(math.prod(taken.shape)).reshape(taken.shape)
        last = np.zeros(g.shape, np.int64)
        last[index] = numbers
        taken = taken * np.equal(last[index], numbers)
    return fitted(taken, shapes.values)


@named("Tensor.__setitem__")
def _setitem(self: Tensor, index: Any, value: Any) -> None:
    """Write values at an index; recorded if a gradient flows, see ``engine.in_place``."""
    index = plain_index(index)
    if not is_recorded(self, value):
        self._data[index] = array_of(value)
        self.bump_version()
        return
    refuse_leaf("t[...] =", self)
    old, (_, values) = from_op(self._data, self.node), _operands(self, value)
    self._data[index] = values._data if isinstance(values, Tensor) else values
    changed = np.arange(self.numel()).reshape(self.shape)[index]
    result = assign.record((old, values), {"index": index}, self._data)
    take_result("t[...] =", self, result, changed)


@named("Tensor")
def copy_(self: Tensor, src: TensorLike, non_blocking: bool = False) -> Tensor:
    """Copy the values of another tensor into this one, with broadcasting; return the tensor."""
    _setitem(self, Ellipsis, src)
    return self


@named("Tensor tg")
def fill_(self: Tensor, value: TensorLike) -> Tensor:
    """Set all values to a number; return the tensor."""
    _setitem(self, Ellipsis, value)
    return self


@named("tg")
def fill(input: TensorLike, value: TensorLike) -> Any:
    """Return a tensor of the shape and dtype of `input` with one value."""
    array, number = _operands(input, value)
    return 0 * array + number


@named("Tensor tg")
def zero_(self: Tensor) -> Tensor:
    """Set all values to 0; return the tensor."""
    _setitem(self, Ellipsis, 0)
    return self


@named("Tensor")
def fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Set the main diagonal to a number; return the tensor."""
    places = np.arange(min(self.shape))
    _setitem(self, (places,) * self.ndim, fill_value)
    return self


def fitted(g: Any, shape: Shape) -> Any:
    """Sum a gradient over the axes along which values of `shape` were broadcast."""
    missing = len(shape) - g.ndim
    if missing > 0:
        g = np.reshape(g, (1,) * missing + g.shape)
    return unbroadcast(g, shape)


def _operands(x: TensorLike, source: TensorLike) -> tuple[Any, Any]:
    array: Any = operand(x)
    values: Any = operand(source)
    return array, values if values.dtype == array.dtype else values.astype(array.dtype)


@named("Tensor_.scatter tg.scatter")
def _scatter(
    x: TensorLike, axis: int, index: TensorLike, src: TensorLike, *, reduce: str | None = None
) -> Any:
    """Return `x` with ``src[i, j]`` written at ``[index[i, j], j]`` for axis 0, and similarly.

    Parameters
    ----------
    index : integers, as many axes as `x`
        Not larger than `x` on the axes other than `axis`.
    src
        At least as large as `index` on each axis, or a number.
    reduce
        ``"add"`` or ``"multiply"``: combine the values with those of `x` instead.
    """
    array, values = _operands(x, src)
    if not array.ndim:
        index, values = np.reshape(array_of(index), (-1,)), np.reshape(values, (-1,))
        return np.reshape(_scatter(np.reshape(array, (1,)), axis, index, values, reduce=reduce), ())
    axis, places = on_axis("scatter", array, axis), np.asarray(array_of(index))
    grid = positions("scatter", array.shape, axis, places)
    if values.ndim:
        values = values[tuple(slice(size) for size in places.shape)]
    if reduce is None:
        return assign(array, values, index=grid)
    if reduce == "add":
        return array + scatter(np.broadcast_to(values, places.shape), index=grid, shape=array.shape)
    if reduce != "multiply":
        raise ValueError(f"scatter: reduce is {reduce!r}: use 'add' or 'multiply'")
    result = array
    for place in np.ndindex(*places.shape):
        at_one = tuple(np.broadcast_to(part, places.shape)[place] for part in grid)
        factor = values[place] if values.ndim else values
        result = assign(result, result[at_one] * factor, index=at_one)
    return result


@named("Tensor_ tg")
def index_fill(x: TensorLike, axis: int, index: TensorLike, value: TensorLike) -> Any:
    """Return `x` with a number written to the slices at `index` along an axis."""
    array, number = _operands(x, value)
    if not array.ndim:
        return np.where(np.ones((), bool), number, array)
    axis = on_axis("index_fill", array, axis)
    return assign(array, number, index=at(axis, array, np.asarray(array_of(index))))


@named("Tensor_ tg")
def index_copy(x: TensorLike, axis: int, index: TensorLike, source: TensorLike) -> Any:
    """Return `x` with the slices of `source` written at `index` along an axis."""
    array, values = _operands(x, source)
    if not array.ndim:
        return np.reshape(values, ())
    axis = on_axis("index_copy", array, axis)
    return assign(array, values, index=at(axis, array, np.asarray(array_of(index))))


@named("Tensor_ tg")
def index_put(x: TensorLike, indices: Any, values: TensorLike, accumulate: bool = False) -> Any:
    """Return `x` with ``x[indices] = values``, or ``+=`` if `accumulate`; repeated ones add up."""
    array, given = _operands(x, values)
    index = plain_index(tuple(slice(None) if i is None else i for i in indices))
    if not accumulate:
        return assign(array, given, index=index)
    shape = np.empty(array.shape, np.bool_)[index].shape
    wide = given if given.shape == shape else np.broadcast_to(given, shape)
    return array + scatter(wide, index=index, shape=array.shape)


@named("Tensor_ tg")
def masked_scatter(x: TensorLike, mask: TensorLike, source: TensorLike) -> Any:
    """Return `x` with the values of `source` written, in order, where `mask` is true."""
    array, values = _operands(x, source)
    chosen = array_of(mask)
    shape = np.broadcast_shapes(array.shape, chosen.shape)
    array, chosen = np.broadcast_to(array, shape), np.broadcast_to(chosen, shape)
    return assign(array, np.reshape(values, -1)[: int(chosen.sum())], index=chosen)


@named("Tensor tg")
def select_scatter(x: TensorLike, src: TensorLike, axis: int, index: int) -> Any:
    """Return `x` with `src` written at a position of an axis."""
    array, values = _operands(x, src)
    return assign(array, values, index=at(axis, array, index))


@named("Tensor tg")
def slice_scatter(
    x: TensorLike,
    src: TensorLike,
    axis: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Any:
    """Return `x` with `src` written to the positions ``start:end:step`` of an axis."""
    array, values = _operands(x, src)
    return assign(array, values, index=at(axis, array, slice(start, end, step)))


@named("Tensor.diagonal_scatter tg.diagonal_scatter")
def _write_diagonal(
    x: TensorLike, src: TensorLike, offset: int = 0, axis0: int = 0, axis1: int = 1
) -> Any:
    """Return `x` with `src` written on a diagonal of the matrices over two axes."""
    array, values = _operands(x, src)
    moved = np.moveaxis(array, (axis0, axis1), (-2, -1))
    places = np.arange(values.shape[-1])
    index = (Ellipsis, places + max(-offset, 0), places + max(offset, 0))
    return np.moveaxis(assign(moved, values, index=index), (-2, -1), (axis0, axis1))


@named("Tensor_ tg")
def put(x: TensorLike, index: TensorLike, source: TensorLike, accumulate: bool = False) -> Any:
    """Return `x` with values written at positions of the flattened tensor."""
    array, values = _operands(x, source)
    places = np.asarray(array_of(index))
    values = np.reshape(values, places.shape)
    flat = index_put(np.reshape(array, -1), (places,), values, accumulate)
    return np.reshape(flat, array.shape)


@named("Tensor tg")
def take(x: TensorLike, index: TensorLike) -> Any:
    """Return the values at positions of the flattened tensor."""
    return getitem(np.reshape(operand(x), -1), index=np.asarray(array_of(index)))
