"""NumPy's own functions on Tensors: what ``np.sum(t)`` or ``np.concatenate([t, u])`` calls.

Ufuncs such as ``np.exp`` are entered by the rule tables themselves. Functions that return new
arrays or answer questions about one, with no gradient to follow, stand at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.dispatch import implements
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.ops.arithmetic import absolute, clamp, maximum, minimum, where
from tinygrad_w2v.ops.comparison import round_
from tinygrad_w2v.ops.cumulative import cumprod, cumsum
from tinygrad_w2v.ops.diagonal import diag, diagonal, trace, tril, triu
from tinygrad_w2v.ops.einsum import einsum
from tinygrad_w2v.ops.extremum import amax, amin, argmax, argmin
from tinygrad_w2v.ops.gathering import index_select, take_along_dim
from tinygrad_w2v.ops.joining import (
    PadMode,
    concatenate,
    pad,
    repeat_interleave,
    split,
    stack,
    tile,
)
from tinygrad_w2v.ops.linalg import cholesky, inv, matmul, outer, solve, tensordot
from tinygrad_w2v.ops.reduction import Axis, mean, norm, prod, std, sum_, var
from tinygrad_w2v.ops.shape import (
    Axes,
    broadcast_to,
    flip,
    moveaxis,
    reshape,
    roll,
    squeeze,
    swapaxes,
    transpose,
    unsqueeze,
)

if TYPE_CHECKING:
    import numpy.typing as npt

dispatch.UFUNCS[np.matmul] = matmul
dispatch.UFUNCS[np.fabs] = absolute
dispatch.UFUNCS[np.fmax] = maximum
dispatch.UFUNCS[np.fmin] = minimum

# --- reductions ---------------------------------------------------------------------------------


def _reducer(op: Any, *functions: Any, ufunc: np.ufunc | None = None) -> None:
    """Enter an op as the Tensor form of a NumPy reduction, and of its ufunc's ``reduce``."""

    def reduce(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        return op(a, axis=axis, keepdims=keepdims)

    implements(*functions)(reduce)
    if ufunc is not None:
        dispatch.REDUCTIONS[ufunc] = lambda a, axis=0, keepdims=False: reduce(a, axis, keepdims)


_reducer(sum_, np.sum, ufunc=np.add)
_reducer(mean, np.mean)
_reducer(prod, np.prod, ufunc=np.multiply)
_reducer(amax, np.max, np.amax, ufunc=np.maximum)
_reducer(amin, np.min, np.amin, ufunc=np.minimum)
_reducer(argmax, np.argmax)
_reducer(argmin, np.argmin)


@implements(np.var)
def _var(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return var(a, axis=axis, correction=ddof, keepdims=keepdims)


@implements(np.std)
def _std(a: Any, axis: Axis = None, ddof: float = 0, keepdims: bool = False) -> Any:
    return std(a, axis=axis, correction=ddof, keepdims=keepdims)


@implements(np.cumsum)
def _cumsum(a: Any, axis: int | None = None) -> Any:
    return cumsum(reshape(a, shape=-1), axis=0) if axis is None else cumsum(a, axis=axis)


@implements(np.cumprod)
def _cumprod(a: Any, axis: int | None = None) -> Any:
    return cumprod(reshape(a, shape=-1), axis=0) if axis is None else cumprod(a, axis=axis)


# --- elementwise --------------------------------------------------------------------------------


@implements(np.where)
def _where(condition: Any, x: Any, y: Any) -> Any:
    return where(condition, x, y)


@implements(np.clip)
def _clip(a: Any, a_min: Any = None, a_max: Any = None, **limits: Any) -> Any:
    low, high = limits.get("min", a_min), limits.get("max", a_max)
    if np.ndim(low) or np.ndim(high):  # limits of several values, which may need a gradient
        bounded = a if low is None else maximum(a, low)
        return bounded if high is None else minimum(bounded, high)
    return clamp(a, min=low, max=high)


@implements(np.round, np.around)
def _round(a: Any, decimals: int = 0) -> Any:
    return round_(a, decimals=decimals)


# --- linear algebra -----------------------------------------------------------------------------


@implements(np.dot)
def _dot(a: Any, b: Any) -> Any:
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    if np.ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, axes=([np.ndim(a) - 1], [np.ndim(b) - 2]))


@implements(np.inner)
def _inner(a: Any, b: Any) -> Any:
    return tensordot(a, b, axes=([np.ndim(a) - 1], [np.ndim(b) - 1]))


@implements(np.einsum)
def _einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    return einsum(subscripts, *operands)  # plans large products itself


@implements(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A002
    axes = range(len(x.shape)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if ord is None or (ord == "fro" and len(axes) == 2):
        return norm(x, p=2, axis=axis, keepdims=keepdims)
    if len(axes) == 1 and isinstance(ord, int | float):
        return norm(x, p=ord, axis=axis, keepdims=keepdims)
    raise TypeError(
        f"np.linalg.norm: ord={ord!r} over {len(axes)} axes has no op for Tensors: there are "
        f"norms of vectors, and of matrices the Frobenius norm"
    )


implements(np.outer)(outer)
implements(np.tensordot)(tensordot)
implements(np.linalg.solve)(solve)
implements(np.linalg.inv)(inv)
implements(np.linalg.cholesky)(cholesky)

# --- shapes -------------------------------------------------------------------------------------


@implements(np.reshape)
def _reshape(a: Any, shape: Any) -> Any:
    return reshape(a, shape=shape)


@implements(np.ravel)
def _ravel(a: Any) -> Any:
    return reshape(a, shape=-1)


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: Axes) -> Any:
    return unsqueeze(a, axis=axis)


@implements(np.squeeze)
def _squeeze(a: Any, axis: Axes | None = None) -> Any:
    return squeeze(a, axis=axis)


@implements(np.transpose)
def _transpose(a: Any, axes: tuple[int, ...] | None = None) -> Any:
    return transpose(a, axes=axes)


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return swapaxes(a, axis1=axis1, axis2=axis2)


@implements(np.moveaxis)
def _moveaxis(a: Any, source: Axes, destination: Axes) -> Any:
    return moveaxis(a, source=source, destination=destination)


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    return broadcast_to(array, shape=(shape,) if isinstance(shape, int) else tuple(shape))


@implements(np.flip)
def _flip(m: Any, axis: Axes | None = None) -> Any:
    return flip(m, axis=axis)


@implements(np.roll)
def _roll(a: Any, shift: Axes, axis: Axes | None = None) -> Any:
    return roll(a, shift=shift, axis=axis)


# --- joining, repeating, diagonals --------------------------------------------------------------


@implements(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        return concatenate(*(reshape(array, shape=-1) for array in arrays))
    return concatenate(*arrays, axis=axis)


@implements(np.stack)
def _stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    return stack(*arrays, axis=axis)


@implements(np.vstack)
def _vstack(tup: Sequence[Any]) -> Any:
    rows = [a if np.ndim(a) > 1 else reshape(a, shape=(1, -1)) for a in tup]
    return concatenate(*rows, axis=0)


@implements(np.hstack)
def _hstack(tup: Sequence[Any]) -> Any:
    parts = [a if np.ndim(a) else reshape(a, shape=(1,)) for a in tup]
    return concatenate(*parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@implements(np.split)
def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    size = ary.shape[axis]
    if isinstance(indices_or_sections, int):
        if size % indices_or_sections:
            raise ValueError(
                f"np.split: axis {axis} of size {size} cannot be cut into {indices_or_sections} "
                f"equal parts: use chunk()"
            )
        return list(split(ary, size // indices_or_sections or 1, axis))
    ends = [*indices_or_sections, size]
    return list(split(ary, np.diff(ends, prepend=0).tolist(), axis))


implements(np.tile)(tile)
implements(np.repeat)(repeat_interleave)


@implements(np.pad)
def _pad(
    array: Any, pad_width: Any, mode: PadMode = "constant", constant_values: float = 0.0
) -> Any:
    return pad(array, pad_width, mode, constant_values)


@implements(np.diagonal)
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return diagonal(a, offset=offset, axis1=axis1, axis2=axis2)


@implements(np.tril)
def _tril(m: Any, k: int = 0) -> Any:
    return tril(m, k=k)


@implements(np.triu)
def _triu(m: Any, k: int = 0) -> Any:
    return triu(m, k=k)


implements(np.diag)(diag)
implements(np.trace)(trace)

# --- indexing -----------------------------------------------------------------------------------


@implements(np.take)
def _take(a: Any, indices: Any, axis: int | None = None) -> Any:
    if axis is None:
        a, axis = reshape(a, shape=-1), 0
    return index_select(a, axis, indices)


@implements(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    return take_along_dim(arr, indices, axis)


# --- nothing to differentiate: plain answers ----------------------------------------------------


@implements(np.zeros_like)
def _zeros_like(a: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.zeros(a.shape, dtype or a.dtype)


@implements(np.ones_like)
def _ones_like(a: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.ones(a.shape, dtype or a.dtype)


@implements(np.full_like)
def _full_like(a: Any, fill_value: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.full(a.shape, fill_value, dtype or a.dtype)


@implements(np.empty_like)
def _empty_like(a: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.empty(a.shape, dtype or a.dtype)


def _on_values(function: Any) -> None:
    """Let a NumPy function answer from the values of its Tensors, as plain numbers."""

    def answer(*args: Any, **options: Any) -> Any:
        return function(*map(np.asarray, args[:2]), *args[2:], **options)

    implements(function)(answer)


for _function in (np.all, np.any, np.allclose, np.array_equal, np.isclose, np.count_nonzero):
    _on_values(_function)


@implements(np.size)
def _size(a: Any, axis: int | None = None) -> int:
    size: int = a.size if axis is None else a.shape[axis]
    return size


@implements(np.result_type)
def _result_type(*arrays_and_dtypes: Any) -> Any:
    return np.result_type(
        *(each.data if isinstance(each, Tensor) else each for each in arrays_and_dtypes)
    )


@implements(np.argsort)
def _argsort(a: Any, axis: int = -1, kind: Any = None) -> Any:
    return np.argsort(np.asarray(a), axis=axis, kind=kind)


@implements(np.array2string)
def _array2string(a: Any, *args: Any, **options: Any) -> str:
    return np.array2string(np.asarray(a), *args, **options)


# Python names a function by its __qualname__ when an argument does not fit: say np.sum.
for _numpy_function, _answer in dispatch.FUNCTIONS.items():
    if getattr(_answer, "__module__", None) == __name__:
        _answer.__qualname__ = f"np.{_numpy_function.__name__}"
