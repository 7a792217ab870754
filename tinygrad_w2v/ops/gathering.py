"""Reading and adding values at indices or masks, under PyTorch's names.

Each function builds an index and calls ``x[index]`` or its adjoint.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.indexing import at, check_indices, getitem, scatter
from tinygrad_w2v.ops.samples import normal


def on_axis(name: str, x: Any, axis: int) -> int:
    """Return an axis as a number that is not negative, after checking it."""
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"{name}: axis {axis} of an array of shape {x.shape}")
    return axis % int(x.ndim)


def _slices(name: str, x: Any, axis: int, index: TensorLike) -> tuple[int, Array]:
    """Return the axis, not negative, and the index of slices along it as a checked array."""
    axis, places = on_axis(name, x, axis), np.asarray(index)
    check_indices(name, "index", places, x.shape[axis], -x.shape[axis])
    return axis, places


def _of_scalar(function: Any, x: Any, axis: int, *operands: TensorLike) -> Any:
    """Call a function for a 0-d `x`, which PyTorch treats as a vector of one value."""
    return function(np.reshape(x, (1,)), axis, *(np.reshape(operand(o), (-1,)) for o in operands))


@named("Tensor tg F")
def index_select(x: TensorLike, axis: int, index: TensorLike) -> Any:
    """Return the slices of `x` along an axis at `index`, (N,) integers.

    Examples
    --------
    >>> import numpy as np
    >>> index_select(np.array([[1, 2], [3, 4], [5, 6]]), 0, [2, 0])
    array([[5, 6],
           [1, 2]])
    """
    array: Any = operand(x)
    if not array.ndim:
        return np.reshape(_of_scalar(index_select, array, axis, index), ())
    axis, places = _slices("index_select", array, axis, index)
    return getitem(array, index=at(axis, array, places))


@named("np.take")
def _numpy_take(a: Any, indices: Any, axis: int | None = None) -> Any:
    return index_select(np.reshape(a, -1) if axis is None else a, axis or 0, indices)


@named("Tensor_ tg F")
def index_add(
    x: TensorLike, axis: int, index: TensorLike, source: TensorLike, *, alpha: float = 1
) -> Any:
    """Return `x` with the slices of `source` along an axis added at `index`, (N,) integers.

    Slices with the same index add up; each is multiplied by `alpha`.
    """
    array, added = operand(x), operand(source)
    if not array.ndim:
        return np.reshape(_of_scalar(index_add, array, axis, index, alpha * added), ())
    axis, places = _slices("index_add", array, axis, index)
    expected = (*array.shape[:axis], *places.shape, *array.shape[axis + 1 :])
    if added.shape != expected:
        raise ValueError(
            f"index_add: x {array.shape} and index {places.shape} on axis {axis} need a source of "
            f"shape {expected}, found {added.shape}"
        )
    sums = scatter(added, index=at(axis, array, places), shape=array.shape)
    return array + (sums if alpha == 1 else sums * alpha)


def positions(name: str, shape: Shape, axis: int, index: Array) -> tuple[Array, ...]:
    """Return one index array for each axis, for the values at `index` along one axis."""
    wrong = "" if len(index.shape) == len(shape) else "they must have the same number of axes"
    for i, (size, wanted) in enumerate(zip(shape, index.shape, strict=False)):
        if not wrong and wanted > size and i != axis % len(shape):
            wrong = f"index is larger on axis {i}"
    if wrong:
        raise ValueError(f"{name}: x {shape} and index {index.shape}: {wrong}")
    check_indices(name, "index", index, shape[axis], -shape[axis])
    grid = list(np.ogrid[tuple(slice(size) for size in index.shape)])
    grid[axis] = index
    return tuple(grid)


_CALLS = [
    ((3, 4), np.array([[0, 2, -1], [1, 1, 1]]), 1),
    ((3, 2), np.array([[0, 2], [0, 0], [1, 1], [2, 0]]), 0),
    ((4,), np.zeros(0, dtype=np.int64), 0),
]


@op(name="gather", samples=normal(*([shape, i, {"axis": axis}] for shape, i, axis in _CALLS)))
def gather_along(x: Array, index: Array, *, axis: int) -> Array:
    """Return the values at `index` along one axis; see :func:`gather`."""
    return x[positions("gather", np.shape(x), axis, index)]


@gather_along.backward("x")
def _gather_rule(g: Any, shapes: Any, index: Array, axis: int) -> Any:
    return scatter_along(g, index, axis=axis, shape=shapes.x)


@op(
    values=lambda g, index, axis: gather_along(g, index, axis=axis),
    samples=normal(*([i.shape, i, {"axis": axis, "shape": shape}] for shape, i, axis in _CALLS)),
)
def scatter_along(values: Array, index: Array, *, axis: int, shape: Shape) -> Any:
    """Add values to zeros of `shape` at `index` along one axis: the adjoint of :func:`gather`."""
    return scatter(values, index=positions("scatter_add", shape, axis, index), shape=shape)


@named("Tensor tg F")
def gather(x: TensorLike, axis: int, index: TensorLike) -> Any:
    """Return ``out[i, j] = x[index[i, j], j]`` for axis 0, and similarly for the other axes.

    Parameters
    ----------
    index : integers, as many axes as `x`
        Not larger than `x` on the axes other than `axis`. The result has its shape.

    Examples
    --------
    >>> import numpy as np
    >>> gather(np.array([[1, 2], [3, 4]]), 1, np.array([[0, 0], [1, 0]]))
    array([[1, 1],
           [4, 3]])
    """
    array: Any = operand(x)
    if not array.ndim:
        return np.reshape(_of_scalar(gather, array, axis, index), np.shape(index))
    return gather_along(array, np.asarray(index), axis=on_axis("gather", array, axis))


@named("Tensor_ tg F")
def scatter_add(x: TensorLike, axis: int, index: TensorLike, source: TensorLike) -> Any:
    """Return `x` with ``source[i, j]`` added at ``[index[i, j], j]`` for axis 0, and similarly.

    Parameters
    ----------
    index : integers, as many axes as `x`
        Not larger than `x` on the axes other than `axis`.
    source : (...)
        At least as large as `index` on each axis; the rest of it is ignored.
    """
    array, added = operand(x), operand(source)
    if not array.ndim:
        return np.reshape(_of_scalar(scatter_add, array, axis, index, added), ())
    axis, places = on_axis("scatter_add", array, axis), np.asarray(index)
    if added.ndim != places.ndim or any(
        have < need for have, need in zip(added.shape, places.shape, strict=True)
    ):
        raise ValueError(f"scatter_add: source {added.shape} is smaller than index {places.shape}")
    if added.shape != places.shape:
        added = added[tuple(slice(size) for size in places.shape)]
    return array + scatter_along(added, places, axis=axis, shape=array.shape)


@named("Tensor tg F np.take_along_axis")
def take_along_dim(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Any:
    """Return the values at `indices` along an axis, as ``numpy.take_along_axis``.

    `x` and `indices` broadcast on the other axes; without an axis both are flattened.
    """
    array: Any = operand(x)
    places = np.asarray(indices)
    if axis is None:
        array, places, axis = np.reshape(array, -1), places.reshape(-1), 0
    if not array.ndim:
        return gather(array, axis, places)
    axis = on_axis("take_along_dim", array, axis)
    if places.ndim == array.ndim:
        others = np.broadcast_shapes(
            *(shape[:axis] + shape[axis + 1 :] for shape in (array.shape, places.shape))
        )
        array = _broadcast_others(array, others, axis)
        places = _broadcast_others(places, others, axis)
    return gather(array, axis, places)


def _broadcast_others(x: Any, others: Shape, axis: int) -> Any:
    """Broadcast all axes of `x` except one."""
    shape = (*others[:axis], x.shape[axis], *others[axis:])
    return x if x.shape == shape else np.broadcast_to(x, shape)


@named("Tensor_ tg F")
def masked_fill(x: TensorLike, mask: TensorLike, value: TensorLike) -> Any:
    """Return `x` with `value`, a number or a tensor of one value, where `mask` is true."""
    if np.ndim(value):
        raise ValueError(
            f"masked_fill: value has shape {np.shape(value)}: it must be a number; use "
            f"where(mask, value, x) for several"
        )
    filler: Any = value if isinstance(value, int | float) else operand(value)
    return np.where(np.asarray(mask, dtype=bool), filler, operand(x))


@named("Tensor tg F")
def masked_select(x: TensorLike, mask: TensorLike) -> Any:
    """Return the values where `mask` is true as a vector; `x` and `mask` broadcast."""
    array: Any = operand(x)
    chosen = np.asarray(mask)
    if chosen.dtype != bool:
        raise TypeError(f"masked_select: mask must be boolean, found {chosen.dtype}")
    shape = np.broadcast_shapes(array.shape, chosen.shape)
    wide = array if array.shape == shape else np.broadcast_to(array, shape)
    return getitem(wide, index=np.broadcast_to(chosen, shape))


@op(
    names="F",
    inputs="indices",
    samples=normal(
        [np.array([2, 0, 1])],
        [np.array([[2, 0], [1, 1]]), {"num_classes": 4}],
        [np.asarray(1)],
        [np.zeros((0, 2), dtype=np.int64), {"num_classes": 3}],
    ),
)
def one_hot(indices: Array, *, num_classes: int = -1) -> Array:
    """Return integer vectors, (..., num_classes), that are 1 at the index and 0 elsewhere.

    By default `num_classes`, the length of the vectors, is the largest index plus one.
    """
    indices = np.asarray(indices)
    if num_classes == -1:
        num_classes = int(indices.max(initial=-1)) + 1
    check_indices("one_hot", "indices", indices, num_classes)
    return np.equal(indices[..., None], np.arange(num_classes)).astype(np.int64)
