"""Properties of a tensor other than its values: number of values, axes, memory layout."""

from __future__ import annotations

import math

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import TensorLike


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
