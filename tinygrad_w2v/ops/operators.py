"""Binding of the ops to Tensor: Python's operators, and methods by PyTorch's and NumPy's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.ops import elementwise, indexing, linalg, reduction, shape, softmax


def _swapped(binary: Callable[[Any, Any], Any]) -> Callable[[Tensor, Any], Tensor]:
    return lambda self, other: binary(other, self)


def _method(unary: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method of an op; a bare Op has no ``self`` since it is not a function."""
    return lambda self, *args, **kwargs: unary(self, *args, **kwargs)


def plain_index(index: Any) -> Any:
    """Turn Tensors and lists inside an index into arrays, which NumPy can index with."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, Tensor | list):
        return np.asarray(index)
    return index


def _getitem(self: Tensor, index: Any) -> Tensor:
    try:
        result: Tensor = indexing.getitem(self, index=plain_index(index))
    except IndexError as error:
        raise IndexError(f"getitem: a tensor of shape {self.shape}: {error}") from None
    return result


def _unpacked(sizes: tuple[Any, ...]) -> Any:
    """Accept both ``t.reshape(2, 3)`` and ``t.reshape((2, 3))``."""
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _reshape(self: Tensor, *sizes: Any) -> Tensor:
    result: Tensor = shape.reshape(self, shape=_unpacked(sizes))
    return result


def _transpose(self: Tensor, *axes: Any) -> Tensor:
    chosen = _unpacked(axes) if axes and axes[0] is not None else None
    result: Tensor = shape.transpose(self, axes=chosen)
    return result


def _positive(self: Tensor) -> Tensor:
    return self


_METHODS: dict[str, Any] = {
    "__add__": _method(elementwise.add),
    "__radd__": _swapped(elementwise.add),
    "__sub__": _method(elementwise.subtract),
    "__rsub__": _swapped(elementwise.subtract),
    "__mul__": _method(elementwise.multiply),
    "__rmul__": _swapped(elementwise.multiply),
    "__truediv__": _method(elementwise.divide),
    "__rtruediv__": _swapped(elementwise.divide),
    "__pow__": _method(elementwise.power),
    "__rpow__": _swapped(elementwise.power),
    "__matmul__": _method(linalg.matmul),
    "__rmatmul__": _swapped(linalg.matmul),
    "__neg__": _method(elementwise.negative),
    "__pos__": _positive,
    "__abs__": _method(elementwise.absolute),
    "__getitem__": _getitem,
    "__eq__": _method(elementwise.equal),
    "__ne__": _method(elementwise.not_equal),
    "__lt__": _method(elementwise.less),
    "__le__": _method(elementwise.less_equal),
    "__gt__": _method(elementwise.greater),
    "__ge__": _method(elementwise.greater_equal),
    "T": property(_transpose),
    "exp": _method(elementwise.exp),
    "log": _method(elementwise.log),
    "sqrt": _method(elementwise.sqrt),
    "abs": _method(elementwise.absolute),
    "tanh": _method(elementwise.tanh),
    "sigmoid": _method(elementwise.sigmoid),
    "relu": _method(elementwise.relu),
    "astype": _method(elementwise.astype),
    "softmax": _method(softmax.softmax),
    "log_softmax": _method(softmax.log_softmax),
    "sum": _method(reduction.sum_),
    "mean": _method(reduction.mean),
    "reshape": _reshape,
    "transpose": _transpose,
    "swapaxes": _method(shape.swapaxes),
}

for _name, _bound in _METHODS.items():
    setattr(Tensor, _name, _bound)
