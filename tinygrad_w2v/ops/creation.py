"""Tensors made from sizes, values and arrays: ``zeros``, ``arange``, ``from_numpy`` and the like.

They have PyTorch's signatures. All of them accept `dtype`, `device`, `requires_grad` and `out`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.device import DeviceLike, check_placement
from tinygrad_w2v.engine.dtypes import array_from, as_dtype, constructed
from tinygrad_w2v.engine.tensor import Tensor, array_of, tensor
from tinygrad_w2v.engine.types import Array, DType, SizeLike, TensorLike
from tinygrad_w2v.ops.factory import factory, number, shape_of

# --- from sizes ---------------------------------------------------------------------------------


@factory("tg")
def zeros(*size: SizeLike, dtype: DType | None) -> Array:
    """Return zeros of this size.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return np.zeros(shape_of(size), as_dtype(dtype))


@factory("tg")
def ones(*size: SizeLike, dtype: DType | None) -> Array:
    """Return ones of this size."""
    return np.ones(shape_of(size), as_dtype(dtype))


@factory("tg")
def empty(*size: SizeLike, dtype: DType | None) -> Array:
    """Return uninitialized values of this size."""
    return np.empty(shape_of(size), as_dtype(dtype))


@factory("tg")
def full(size: SizeLike, fill_value: float | Tensor, *, dtype: DType | None) -> Array:
    """Return a tensor of this size with one value; the value determines the dtype."""
    value = number(fill_value)
    return np.full(shape_of((size,)), value, dtype or array_from(value, None).dtype)


@factory("tg")
def scalar_tensor(s: float, *, dtype: DType | None) -> Array:
    """Return a 0-d tensor in the default dtype."""
    return np.array(number(s), as_dtype(dtype))


@factory("tg")
def eye(n: int, m: int | None = None, *, dtype: DType | None) -> Array:
    """Return an (n, m) matrix, by default (n, n), with ones on the diagonal."""
    return np.eye(n, m, dtype=as_dtype(dtype))


@factory("tg")
def zeros_like(input: TensorLike, *, dtype: DType | None) -> Array:
    """Return zeros of the shape and dtype of `input`."""
    return np.zeros_like(array_of(input), dtype)


@factory("tg")
def ones_like(input: TensorLike, *, dtype: DType | None) -> Array:
    """Return ones of the shape and dtype of `input`."""
    return np.ones_like(array_of(input), dtype)


@factory("tg")
def empty_like(input: TensorLike, *, dtype: DType | None) -> Array:
    """Return uninitialized values of the shape and dtype of `input`."""
    return np.empty_like(array_of(input), dtype)


@factory("tg")
def full_like(input: TensorLike, fill_value: float | Tensor, *, dtype: DType | None) -> Array:
    """Return a tensor of the shape and dtype of `input` with one value."""
    return np.full_like(array_of(input), number(fill_value), dtype)


# --- in the dtype of another tensor -------------------------------------------------------------


@factory("Tensor.new_zeros")
def _new_zeros(self: Tensor, *size: SizeLike, dtype: DType | None) -> Array:
    """Return zeros of this size, in the dtype of the tensor."""
    return np.zeros(shape_of(size), dtype or self.dtype)


@factory("Tensor.new_ones")
def _new_ones(self: Tensor, *size: SizeLike, dtype: DType | None) -> Array:
    """Return ones of this size, in the dtype of the tensor."""
    return np.ones(shape_of(size), dtype or self.dtype)


@factory("Tensor.new_empty")
def _new_empty(self: Tensor, *size: SizeLike, dtype: DType | None) -> Array:
    """Return uninitialized values of this size, in the dtype of the tensor."""
    return np.empty(shape_of(size), dtype or self.dtype)


@factory("Tensor.new_full")
def _new_full(self: Tensor, size: SizeLike, fill_value: float, *, dtype: DType | None) -> Array:
    """Return a tensor of this size with one value, in the dtype of the tensor."""
    return np.full(shape_of((size,)), number(fill_value), dtype or self.dtype)


@named("Tensor.new")
def _new(self: Tensor, *data: Any) -> Any:
    """Return a tensor of the same dtype, as ``Tensor(*data)`` does: of sizes, or of a list."""
    return Tensor(constructed(data, self.dtype))


@factory("Tensor.new_tensor")
def _new_tensor(self: Tensor, data: Any, *, dtype: DType | None) -> Array:
    """Return a copy of `data`, in the dtype of the tensor."""
    return array_from(array_of(data), dtype or self.dtype)


# --- sequences ----------------------------------------------------------------------------------


@factory("tg")
def arange(
    start: float = 0, end: float | None = None, step: float = 1, *, dtype: DType | None
) -> Array:
    """Return start, start + step, ... below `end`; ``arange(end)`` starts at 0.

    The dtype is int64 if all three are integers, otherwise the default dtype.
    """
    first, last, stride = map(number, (start, end, step))
    if last is None:
        first, last = 0, first
    if stride == 0 or (last - first) / stride < 0:
        raise ValueError(
            f"arange: step is {stride} from {first} to {last}: it must not be 0, and lead to the "
            f"end"
        )
    if all(isinstance(value, int) for value in (first, last, stride)):
        return np.arange(first, last, stride, dtype=np.dtype(dtype or np.int64))
    count = math.ceil((last - first) / stride)
    values: Array = first + stride * np.arange(count)
    return values.astype(as_dtype(dtype))


def _steps(start: float, end: float, steps: int, dtype: DType) -> Array:
    """Return evenly spaced values, computed from both ends, as PyTorch does."""
    kind = np.promote_types(dtype, np.float32)
    low, high = kind.type(number(start)), kind.type(number(end))
    step = float((high - low) / kind.type(max(steps - 1, 1)))
    half = (steps + (steps == 1)) // 2
    values = np.empty(steps, kind)
    # float64 products of float32 factors are exact: one rounding, as of a fused multiply-add.
    values[:half] = float(low) + step * np.arange(half)
    values[half:] = float(high) - step * np.arange(steps - 1 - half, -1, -1)
    return values


@factory("tg")
def linspace(start: float, end: float, steps: int, *, dtype: DType | None) -> Array:
    """Return `steps` evenly spaced values from `start` to `end`, both included."""
    dtype = as_dtype(dtype)
    return _steps(start, end, steps, dtype).astype(dtype, copy=False)


@factory("tg")
def logspace(
    start: float, end: float, steps: int, base: float = 10.0, *, dtype: DType | None
) -> Array:
    """Return base**start to base**end in `steps` values whose exponents are evenly spaced."""
    dtype = as_dtype(dtype)
    exponents = _steps(start, end, steps, dtype)
    powers: Array = np.power(exponents.dtype.type(base), exponents)
    return powers.astype(dtype, copy=False)


@factory("tg")
def tril_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None) -> Array:
    """Return the rows and columns, (2, n), of a matrix's lower triangle."""
    return np.stack(np.tril_indices(row, offset, col)).astype(dtype or np.int64, copy=False)


@factory("tg")
def triu_indices(row: int, col: int, offset: int = 0, *, dtype: DType | None) -> Array:
    """Return the rows and columns, (2, n), of a matrix's upper triangle."""
    return np.stack(np.triu_indices(row, offset, col)).astype(dtype or np.int64, copy=False)


# --- from arrays --------------------------------------------------------------------------------


@named("tg")
def as_tensor(data: Any, dtype: npt.DTypeLike | None = None, device: DeviceLike = None) -> Any:
    """Return a Tensor that shares the memory of an array, if the dtype allows it.

    A Tensor is returned unchanged, or converted with its gradient; lists are copied.
    """
    check_placement(device)
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype == as_dtype(dtype) else data.astype(dtype)
    if not isinstance(data, np.ndarray):
        return tensor(data, dtype)
    return Tensor(data if dtype is None else data.astype(as_dtype(dtype), copy=False))


@named("tg")
def from_numpy(ndarray: Array) -> Any:
    """Return a Tensor that shares the memory of an array.

    Examples
    --------
    >>> import numpy as np
    >>> import tinygrad_w2v as tg
    >>> values = np.zeros(2)
    >>> shared = tg.from_numpy(values)
    >>> values[0] = 1.0
    >>> shared
    tensor([1., 0.], dtype=float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(
            f"from_numpy: expected an ndarray, got {type(ndarray).__name__}: use tensor(data)"
        )
    return Tensor(ndarray)


@named("tg")
def asarray(
    obj: Any,
    *,
    dtype: npt.DTypeLike | None = None,
    device: DeviceLike = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Any:
    """Return a Tensor of any data, which shares memory unless `copy` is True.

    Raises
    ------
    ValueError
        If `copy` is False and the data must be copied.
    """
    result = tensor(obj, dtype, device) if copy else as_tensor(obj, dtype, device)
    if copy is False and not np.shares_memory(array_of(result), array_of(obj)):
        raise ValueError("asarray: copy=False, and the data must be copied: leave copy out")
    if requires_grad and not result.requires_grad:
        result = result.detach().requires_grad_()
    return result


@named("tg")
def frombuffer(
    buffer: Any,
    *,
    dtype: npt.DTypeLike,
    count: int = -1,
    offset: int = 0,
    requires_grad: bool = False,
) -> Any:
    """Return a 1-d Tensor that shares the memory of a buffer, from byte `offset`."""
    values = np.frombuffer(buffer, as_dtype(dtype), count, offset)
    return Tensor(values, requires_grad=requires_grad)
