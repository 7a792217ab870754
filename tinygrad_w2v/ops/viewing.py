"""Parts of a tensor, and its values in other shapes, under PyTorch's names."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.indexing import at, getitem
from tinygrad_w2v.ops.joining import split
from tinygrad_w2v.ops.shape import broadcast_to, diagonal_scatter, reshape


@named("Tensor tg")
def select(x: TensorLike, axis: int, index: int) -> Any:
    """Return the slice at a position of an axis, without that axis."""
    array: Any = operand(x)
    return getitem(array, index=at(axis, array, int(index)))


@named("Tensor tg")
def narrow(x: TensorLike, axis: int, start: int, length: int) -> Any:
    """Return the part of an axis that begins at `start`."""
    array: Any = operand(x)
    start = int(start) + (array.shape[axis] if start < 0 else 0)
    if start + length > array.shape[axis]:
        raise IndexError(
            f"narrow: start {start} and length {length}, axis {axis} of shape "
            f"{tuple(array.shape)} has {array.shape[axis]} values"
        )
    return getitem(array, index=at(axis, array, slice(start, start + length)))


@named("Tensor.view_as Tensor.reshape_as")
def _reshape_as(self: Tensor, other: TensorLike) -> Any:
    """Return the same values in the shape of another tensor."""
    return reshape(self, shape=tuple(np.shape(other)))


@named("Tensor")
def expand_as(self: Tensor, other: TensorLike) -> Any:
    """Repeat axes of size 1 to the shape of another tensor."""
    return broadcast_to(self, shape=tuple(np.shape(other)))


@named("Tensor tg")
def unflatten(x: TensorLike, axis: int, sizes: Sequence[int]) -> Any:
    """Split an axis into several of these sizes, of which one may be −1."""
    array: Any = operand(x)
    axis %= array.ndim
    return reshape(array, shape=(*array.shape[:axis], *sizes, *array.shape[axis + 1 :]))


@named("Tensor.unfold")
def _windows(self: Tensor, axis: int, size: int, step: int) -> Any:
    """Return the windows of an axis, `step` apart; their values are the last axis."""
    if not self.ndim:
        return reshape(self, shape=(size,))
    places = np.arange(0, self.shape[axis] - size + 1, step)[:, None] + np.arange(size)
    found = getitem(self, index=at(axis, self, places))
    return np.moveaxis(found, axis % self.ndim + 1, -1)


@named("tg")
def broadcast_tensors(*tensors: TensorLike) -> Any:
    """Broadcast tensors to one shape."""
    shape = np.broadcast_shapes(*map(np.shape, tensors))
    return tuple(broadcast_to(tensor, shape=shape) for tensor in tensors)


@named("Tensor")
def sum_to_size(self: Tensor, *size: Any) -> Any:
    """Sum over axes so that the result has this shape, which broadcasts to the tensor's."""
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    extra = self.ndim - len(shape)
    axes = [extra + i for i, n in enumerate(shape) if n == 1 and self.shape[extra + i] != 1]
    summed = np.sum(self, axis=(*range(extra), *axes)) if extra or axes else self
    return reshape(summed, shape=shape)


@named("Tensor tg")
def tensor_split(x: TensorLike, indices_or_sections: Any, axis: int = 0) -> tuple[Any, ...]:
    """Split an axis at positions, or into a number of parts whose sizes differ by at most 1."""
    array: Any = operand(x)
    given = array_of(indices_or_sections)
    size = array.shape[axis]
    if given.ndim:
        ends = [min(max(e + size if e < 0 else e, 0), size) for e in given.tolist()]
        parts = itertools.pairwise([0, *ends, size])
        return tuple(array[at(axis, array, slice(start, max(start, end)))] for start, end in parts)
    count = int(given)
    each, rest = divmod(size, count)
    return split(array, [each + (i < rest) for i in range(count)], axis)


@named("Tensor tg")
def hsplit(x: TensorLike, indices_or_sections: Any) -> Any:
    """Split the second axis, or the only one; see :func:`tensor_split`."""
    return tensor_split(x, indices_or_sections, 1 if np.ndim(x) > 1 else 0)


@named("Tensor tg")
def vsplit(x: TensorLike, indices_or_sections: Any) -> Any:
    """Split the first axis; see :func:`tensor_split`."""
    return tensor_split(x, indices_or_sections, 0)


@named("Tensor tg")
def dsplit(x: TensorLike, indices_or_sections: Any) -> Any:
    """Split the third axis; see :func:`tensor_split`."""
    return tensor_split(x, indices_or_sections, 2)


@named("Tensor tg")
def diag_embed(x: TensorLike, offset: int = 0, axis1: int = -2, axis2: int = -1) -> Any:
    """Return matrices, over two new axes, with the values of the last axis on a diagonal."""
    array: Any = operand(x)
    ndim, size = array.ndim + 1, array.shape[-1] + abs(offset)
    axis1, axis2 = axis1 % ndim, axis2 % ndim
    sizes = list(array.shape[:-1])
    for axis in sorted((axis1, axis2)):
        sizes.insert(axis, size)
    return diagonal_scatter(array, shape=tuple(sizes), offset=offset, axis1=axis1, axis2=axis2)


@named("Tensor tg")
def diagflat(x: TensorLike, offset: int = 0) -> Any:
    """Return a matrix with all values on a diagonal."""
    return diag_embed(reshape(x, shape=(math.prod(np.shape(x)),)), offset)


@named("Tensor tg")
def contiguous(x: TensorLike, memory_format: Any = None) -> Any:
    """Return the tensor itself, or a copy that is contiguous in memory."""
    array: Any = operand(x)
    return array if array_of(array).flags.c_contiguous else np.copy(array)
