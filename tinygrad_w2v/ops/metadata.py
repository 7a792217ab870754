"""Properties of a tensor other than its values: number of values, axes, memory layout."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.device import STRIDED
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.runtime.shared_memory import is_shared


@named("Tensor tg Tensor.nelement")
def numel(x: TensorLike) -> int:
    """Return the number of values."""
    return math.prod(np.shape(x))


@named("Tensor.dim Tensor.ndimension")
def _dim(self: Tensor) -> int:
    """Return the number of axes."""
    return self.ndim


@named("Tensor")
def element_size(self: Tensor) -> int:
    """Return the number of bytes of a value."""
    return self.dtype.itemsize


@named("property")
def nbytes(self: Tensor) -> int:
    """Return the number of bytes of the values."""
    return numel(self) * self.dtype.itemsize


@named("Tensor.is_floating_point tg.is_floating_point")
def _is_floating_point(self: Tensor) -> bool:
    """Whether the dtype is a floating one."""
    return self.dtype.kind == "f"


@named("Tensor")
def is_contiguous(self: Tensor) -> bool:
    """Whether the values are in memory in the order of the axes, without gaps."""
    return array_of(self).flags.c_contiguous


@named("Tensor")
def stride(self: Tensor, dim: int | None = None) -> tuple[int, ...] | int:
    """Return for each axis, or one, how many values apart in memory its neighbours are."""
    strides = tuple(step // self.dtype.itemsize for step in array_of(self).strides)
    return strides if dim is None else strides[dim]


def _memory(array: Array) -> Array:
    """Return the array that owns the memory of a view, as one axis."""
    owner = array
    while isinstance(owner.base, np.ndarray) and owner.base.dtype == array.dtype:
        owner = owner.base
    return owner.reshape(-1) if owner.flags.c_contiguous else array.reshape(-1)


@named("Tensor.storage")
def _storage(self: Tensor) -> Tensor:
    """Return the values of the memory that this tensor may be a view of, as one axis."""
    return Tensor(_memory(array_of(self)))


@named("Tensor")
def storage_offset(self: Tensor) -> int:
    """Return the position of the first value in :meth:`storage`."""
    array = array_of(self)
    return (array.ctypes.data - _memory(array).ctypes.data) // array.itemsize


@named("Tensor")
def data_ptr(self: Tensor) -> int:
    """Return the address of the first value."""
    return array_of(self).ctypes.data


@named("Tensor.is_shared")
def _is_shared(self: Tensor) -> bool:
    """Whether the values are in memory that is shared with other processes."""
    return is_shared(array_of(self))


@named("Tensor tg")
def is_signed(x: Tensor) -> bool:
    """Whether the dtype has negative values."""
    return x.dtype.kind in "if"


@named("property.is_sparse")
def _is_sparse(self: Tensor) -> bool:
    """Return False; the gradient of an embedding, a RowSparse, returns True."""
    return False


@named("property.is_cpu")
def _is_cpu(self: Tensor) -> bool:
    """Return True."""
    return True


@named("property.layout")
def _layout(self: Tensor) -> str:
    """Return the layout of every tensor."""
    return STRIDED


@named("property")
def itemsize(self: Tensor) -> int:
    """Return the number of bytes of a value."""
    return self.dtype.itemsize


@named("Tensor")
def to_dense(self: Tensor) -> Tensor:
    """Return the tensor itself; a RowSparse returns its dense matrix."""
    return self


@named("Tensor")
def resize_(self: Tensor, *sizes: Any) -> Tensor:
    """Change the shape in place; values that are added are 0. Return the tensor."""
    shape = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    flat = np.zeros(math.prod(shape), self.dtype)
    count = min(flat.size, numel(self))
    flat[:count] = array_of(self).reshape(-1)[:count]
    self.data = flat.reshape(shape)
    return self


@named("Tensor tg")
def resize_as_(self: Tensor, other: TensorLike) -> Tensor:
    """Change the shape in place to that of another tensor; see :func:`resize_`."""
    return resize_(self, np.shape(other))


@named("Tensor")
def apply_(self: Tensor, function: Callable[[Any], Any]) -> Tensor:
    """Replace each value by the result of a Python function; return the tensor."""
    values = [function(value) for value in array_of(self).reshape(-1).tolist()]
    array_of(self)[...] = np.reshape(values, self.shape)
    self.bump_version()
    return self
