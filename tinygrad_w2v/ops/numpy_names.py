"""NumPy's own functions on Tensors: what ``np.sum(t)`` or ``np.concatenate([t, u])`` calls.

Ufuncs such as ``np.exp`` are entered by the rule tables themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.dispatch import implements
from tinygrad_w2v.ops.elementwise import where
from tinygrad_w2v.ops.linalg import matmul
from tinygrad_w2v.ops.reduction import Axis, mean, sum_
from tinygrad_w2v.ops.shape import broadcast_to, concatenate, reshape, swapaxes, transpose

dispatch.UFUNCS[np.matmul] = matmul


def _add_reduce(array: Any, axis: Axis = 0, keepdims: bool = False) -> Any:
    return sum_(array, axis=axis, keepdims=keepdims)


dispatch.REDUCTIONS[np.add] = _add_reduce


@implements(np.sum)
def _sum(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return sum_(a, axis=axis, keepdims=keepdims)


@implements(np.mean)
def _mean(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return mean(a, axis=axis, keepdims=keepdims)


@implements(np.reshape)
def _reshape(a: Any, shape: Any) -> Any:
    return reshape(a, shape=shape)


@implements(np.expand_dims)
def _expand_dims(a: Any, axis: int) -> Any:
    sizes = list(a.shape)
    sizes.insert(axis % (len(sizes) + 1), 1)
    return reshape(a, shape=tuple(sizes))


@implements(np.transpose)
def _transpose(a: Any, axes: tuple[int, ...] | None = None) -> Any:
    return transpose(a, axes=axes)


@implements(np.swapaxes)
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return swapaxes(a, axis1=axis1, axis2=axis2)


@implements(np.broadcast_to)
def _broadcast_to(array: Any, shape: Any) -> Any:
    return broadcast_to(array, shape=shape)


@implements(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int = 0) -> Any:
    return concatenate(*arrays, axis=axis)


@implements(np.where)
def _where(condition: Any, x: Any, y: Any) -> Any:
    return where(condition, x, y)


@implements(np.zeros_like)
def _zeros_like(a: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.zeros(a.shape, dtype or a.dtype)


@implements(np.ones_like)
def _ones_like(a: Any, dtype: npt.DTypeLike | None = None) -> Any:
    return np.ones(a.shape, dtype or a.dtype)
