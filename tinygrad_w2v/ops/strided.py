"""Views of memory by strides, and new tensors with given strides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.engine.in_place import is_recorded, shared_places
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.types import Array, DType
from tinygrad_w2v.engine.versions import memory_owner, share_version
from tinygrad_w2v.ops.factory import factory
from tinygrad_w2v.ops.indexing import getitem


def _strided(memory: Array, size: Sequence[int], stride: Sequence[int], offset: int) -> Array:
    """Return the view with these strides of memory, both counted in values."""
    if len(size) != len(stride):
        raise ValueError(
            f"as_strided: size {tuple(size)} and stride {tuple(stride)}: give one each"
        )
    if min(stride, default=0) < 0 or min(size, default=0) < 0 or offset < 0:
        raise ValueError(
            f"as_strided: size {tuple(size)}, stride {tuple(stride)} and storage_offset {offset} "
            f"must not be negative"
        )
    if 0 in size:
        return np.empty(size, memory.dtype)
    end = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) + 1
    if end > memory.size:
        raise RuntimeError(
            f"as_strided: size {tuple(size)}, stride {tuple(stride)} and storage_offset {offset} "
            f"need {end} values, the memory has {memory.size}"
        )
    item = memory.itemsize
    steps = [item * s for s in stride]
    flat: Any = memory if memory.flags.c_contiguous else memory.T
    view: Array = np.ndarray(size, memory.dtype, flat, offset * item, steps)
    return view


@named("Tensor tg")
def as_strided(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Any:
    """Return a view of the tensor's memory.

    Parameters
    ----------
    size
        The sizes of the axes.
    stride
        The distance in memory, in values, between neighbours on each axis.
    storage_offset
        The place of the first value in the memory; by default that of the tensor's first value.

    Raises
    ------
    RuntimeError
        If the view would leave the memory.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> as_strided(tg.arange(5), (3, 2), (1, 2))
    tensor([[0, 2],
            [1, 3],
            [2, 4]])
    """
    values = input._data
    memory = memory_owner(values)
    if storage_offset is None:
        storage_offset = (values.ctypes.data - memory.ctypes.data) // values.itemsize
    view = _strided(memory, size, stride, storage_offset)
    if not is_recorded(input):
        result = from_op(view, None)
    else:
        # The index of each value, and that of an additional 0 for values outside the tensor.
        places = shared_places(values, view).reshape(view.shape)
        flat: Any = np.concatenate([np.reshape(input, -1), np.zeros(1, values.dtype)])
        result = getitem.record((flat,), {"index": places}, view)
    share_version(result, (input,))
    return result


@factory("tg")
def empty_strided(size: Sequence[int], stride: Sequence[int], *, dtype: DType | None) -> Array:
    """Return uninitialized values with these distances in memory; see :func:`as_strided`."""
    return _empty(size, stride, as_dtype(dtype))


@factory("Tensor.new_empty_strided")
def _new_empty_strided(
    self: Tensor, size: Sequence[int], stride: Sequence[int], *, dtype: DType | None
) -> Array:
    """Return :func:`empty_strided`, in the dtype of the tensor."""
    return _empty(size, stride, dtype or self.dtype)


def _empty(size: Sequence[int], stride: Sequence[int], dtype: DType) -> Array:
    count = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    return _strided(np.empty(max(count, 0), dtype), size, stride, 0)


@factory("tg")
def empty_permuted(
    size: Sequence[int], physical_layout: Sequence[int], *, dtype: DType | None
) -> Array:
    """Return uninitialized values; `physical_layout` is the order of the axes in memory."""
    memory = np.empty([size[axis] for axis in physical_layout], as_dtype(dtype))
    view: Array = memory.transpose(np.argsort(physical_layout))
    return view
