"""Choosing and placing values by arrays of indices or masks, by PyTorch's names.

All of it is ``x[index]`` and its adjoint, with the index that each name stands for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.indexing import check_indices, getitem, scatter
from tinygrad_w2v.ops.operands import at, operand


def _on_axis(name: str, x: Any, axis: int) -> int:
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"{name}: axis {axis} of an array of shape {x.shape}")
    return axis % int(x.ndim)


def index_select(x: TensorLike, axis: int, index: TensorLike) -> Any:
    """Return the slices of `x` along an axis that `index`, (N,) integers, names.

    Examples
    --------
    >>> import numpy as np
    >>> index_select(np.array([[1, 2], [3, 4], [5, 6]]), 0, [2, 0])
    array([[5, 6],
           [1, 2]])
    """
    array: Any = operand(x)
    places = np.asarray(index)
    axis = _on_axis("index_select", array, axis)
    check_indices("index_select", "index", places, array.shape[axis], -array.shape[axis])
    return getitem(array, index=at(axis, array, places))


def index_add(
    x: TensorLike, axis: int, index: TensorLike, source: TensorLike, *, alpha: float = 1
) -> Any:
    """Return `x` with the slices of `source` along an axis added at `index`, (N,) integers.

    Slices with the same index add up; each is multiplied by `alpha`.
    """
    array: Any = operand(x)
    added: Any = operand(source)
    places = np.asarray(index)
    axis = _on_axis("index_add", array, axis)
    check_indices("index_add", "index", places, array.shape[axis], -array.shape[axis])
    expected = (*array.shape[:axis], *places.shape, *array.shape[axis + 1 :])
    if added.shape != expected:
        raise ValueError(
            f"index_add: x {array.shape} and index {places.shape} on axis {axis} need a source of "
            f"shape {expected}, found {added.shape}"
        )
    sums = scatter(added, index=at(axis, array, places), shape=array.shape)
    return array + (sums if alpha == 1 else sums * alpha)


def _grid(name: str, shape: Shape, axis: int, index: Array) -> tuple[Array, ...]:
    """Return the full index of the values that `index` names along one axis, one for each axis."""
    if index.ndim != len(shape):
        raise ValueError(
            f"{name}: x {shape} and index {index.shape}: they must have the same number of axes"
        )
    axis %= len(shape)
    if any(
        i != axis and n > size for i, (n, size) in enumerate(zip(index.shape, shape, strict=True))
    ):
        raise ValueError(
            f"{name}: x {shape} and index {index.shape}: index must not be larger than x but "
            f"along axis {axis}"
        )
    check_indices(name, "index", index, shape[axis], -shape[axis])
    grid = list(np.ogrid[tuple(slice(size) for size in index.shape)])
    grid[axis] = index
    return tuple(grid)


def _gather(x: Array, index: Array, *, axis: int) -> Array:
    """Read the values that `index` names along one axis; see :func:`gather`."""
    return x[_grid("gather", np.shape(x), axis, index)]


def _scatter_along(values: Array, index: Array, *, axis: int, shape: Shape) -> Any:
    """Add values into zeros of `shape` at `index` along one axis: the adjoint of :func:`gather`."""
    return scatter(values, index=_grid("scatter_add", shape, axis, index), shape=shape)


def _gather_samples(rng: np.random.Generator) -> list[tuple[Shape, Array, int]]:
    return [
        ((3, 4), np.array([[0, 2, -1], [1, 1, 1]]), 1),
        ((3, 2), np.array([[0, 2], [0, 0], [1, 1], [2, 0]]), 0),
        ((4,), np.zeros(0, dtype=np.int64), 0),
    ]


gather_along: Op = op(
    _gather,
    x=lambda g, shapes, index, axis: scatter_along(g, index, axis=axis, shape=shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=shape), index, axis=axis)
        for shape, index, axis in _gather_samples(rng)
    ],
)
scatter_along: Op = op(
    _scatter_along,
    values=lambda g, index, axis: gather_along(g, index, axis=axis),
    samples=lambda rng: [
        Sample(rng.normal(size=index.shape), index, axis=axis, shape=shape)
        for shape, index, axis in _gather_samples(rng)
    ],
)


def gather(x: TensorLike, axis: int, index: TensorLike) -> Any:
    """Return ``out[i, j] = x[index[i, j], j]`` for axis 0, and likewise for the others.

    Parameters
    ----------
    x : (...)
    axis
        Along which `index` chooses.
    index : integers, as many axes as `x`
        No larger than `x` on the other axes. The result has its shape.

    Examples
    --------
    >>> import numpy as np
    >>> gather(np.array([[1, 2], [3, 4]]), 1, np.array([[0, 0], [1, 0]]))
    array([[1, 1],
           [4, 3]])
    """
    array: Any = operand(x)
    places = np.asarray(index)
    axis = _on_axis("gather", array, axis)
    _check_extent("gather", array.shape, places.shape, axis)
    return gather_along(array, places, axis=axis)


def scatter_add(x: TensorLike, axis: int, index: TensorLike, source: TensorLike) -> Any:
    """Return `x` with ``source[i, j]`` added at ``[index[i, j], j]`` for axis 0, and likewise.

    Parameters
    ----------
    x : (...)
    axis
        Along which `index` places.
    index : integers, as many axes as `x`
    source : (...)
        At least as large as `index` on each axis; only the part of its extent is added.
    """
    array: Any = operand(x)
    added: Any = operand(source)
    places = np.asarray(index)
    axis = _on_axis("scatter_add", array, axis)
    _check_extent("scatter_add", array.shape, places.shape, axis)
    if added.ndim != places.ndim or any(
        have < need for have, need in zip(added.shape, places.shape, strict=True)
    ):
        raise ValueError(f"scatter_add: source {added.shape} is smaller than index {places.shape}")
    if added.shape != places.shape:
        added = added[tuple(slice(size) for size in places.shape)]
    return array + scatter_along(added, places, axis=axis, shape=array.shape)


def _check_extent(name: str, shape: Shape, index_shape: Shape, axis: int) -> None:
    others = [
        i
        for i, (size, wanted) in enumerate(zip(shape, index_shape, strict=False))
        if i != axis and wanted > size
    ]
    if others:
        raise ValueError(
            f"{name}: x {shape} and index {index_shape}: index is larger on axis {others[0]}"
        )


def take_along_dim(x: TensorLike, indices: TensorLike, axis: int | None = None) -> Any:
    """Return the values at `indices` along an axis, as ``numpy.take_along_axis``.

    `x` and `indices` broadcast on the other axes; without an axis both are taken flat.
    """
    array: Any = operand(x)
    places = np.asarray(indices)
    if axis is None:
        array, places, axis = np.reshape(array, -1), places.reshape(-1), 0
    axis = _on_axis("take_along_dim", array, axis)
    if places.ndim == array.ndim:
        others = np.broadcast_shapes(_without(array.shape, axis), _without(places.shape, axis))
        array = _widened(array, others, axis)
        places = _widened(places, others, axis)
    return gather_along(array, places, axis=axis)


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _widened(x: Any, others: Shape, axis: int) -> Any:
    shape = (*others[:axis], x.shape[axis], *others[axis:])
    return x if x.shape == shape else np.broadcast_to(x, shape)


def masked_fill(x: TensorLike, mask: TensorLike, value: TensorLike) -> Any:
    """Return `x` with `value`, a number or a single-valued tensor, where `mask` is true."""
    array: Any = operand(x)
    filler: Any = value if isinstance(value, int | float) else operand(value)
    if not isinstance(value, int | float) and filler.ndim:
        raise ValueError(
            f"masked_fill: value has shape {filler.shape}: it must be a number; use "
            f"where(mask, value, x) for several"
        )
    return np.where(np.asarray(mask, dtype=bool), filler, array)


def masked_select(x: TensorLike, mask: TensorLike) -> Any:
    """Return the values where `mask` is true as a vector; `x` and `mask` broadcast."""
    array: Any = operand(x)
    chosen = np.asarray(mask)
    if chosen.dtype != bool:
        raise TypeError(f"masked_select: mask must be boolean, found {chosen.dtype}")
    shape = np.broadcast_shapes(array.shape, chosen.shape)
    wide = array if array.shape == shape else np.broadcast_to(array, shape)
    return getitem(wide, index=np.broadcast_to(chosen, shape))


def _one_hot(indices: Array, *, num_classes: int = -1) -> Array:
    """Return integer vectors of zeros with a one at each index.

    Parameters
    ----------
    indices : (...) integers
    num_classes
        The vectors' length; −1 for one more than the largest index.

    Returns
    -------
    (..., num_classes) integers
    """
    indices = np.asarray(indices)
    if num_classes == -1:
        num_classes = int(indices.max(initial=-1)) + 1
    check_indices("one_hot", "indices", indices, num_classes)
    return np.equal(indices[..., None], np.arange(num_classes)).astype(np.int64)


one_hot = op(
    _one_hot,
    inputs="indices",
    samples=lambda rng: [
        Sample(np.array([2, 0, 1])),
        Sample(np.array([[2, 0], [1, 1]]), num_classes=4),
        Sample(np.asarray(1)),
        Sample(np.zeros((0, 2), dtype=np.int64), num_classes=3),
    ],
)
