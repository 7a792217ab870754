"""Tensor's methods, by PyTorch's and NumPy's names: a table of what each calls.

The signatures are declared in ``engine.bound_methods`` for readers and type checkers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.ops import (
    activation,
    arithmetic,
    comparison,
    cumulative,
    diagonal,
    extremum,
    gathering,
    joining,
    linalg,
    reduction,
    shape,
    softmax,
    transcendental,
)


def _unpacked(sizes: tuple[Any, ...]) -> tuple[Any, ...]:
    """Accept both ``t.reshape(2, 3)`` and ``t.reshape((2, 3))``."""
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


def _reshape(self: Tensor, *sizes: Any) -> Any:
    """Give the values another shape of as many; one size may be −1, to be worked out."""
    return shape.reshape(self, shape=_unpacked(sizes))


def _transpose(self: Tensor, *axes: Any) -> Any:
    """Reorder the axes, as NumPy does; by default reverse them."""
    chosen = _unpacked(axes) if axes and axes[0] is not None else None
    return shape.transpose(self, axes=chosen)


def _permute(self: Tensor, *axes: Any) -> Any:
    """Reorder the axes."""
    return shape.transpose(self, axes=_unpacked(axes))


def _expand(self: Tensor, *sizes: Any) -> Any:
    """Repeat axes of size 1; −1 keeps an axis as it is."""
    return shape.expand(self, *_unpacked(sizes))


def _repeat(self: Tensor, *times: Any) -> Any:
    """Repeat the whole along each axis, as in PyTorch; ``numpy.repeat`` is repeat_interleave."""
    return joining.tile(self, _unpacked(times))


def _ravel(self: Tensor) -> Any:
    """Make one axis of all."""
    return shape.reshape(self, shape=-1)


def _matrix_transpose(self: Tensor) -> Any:
    """Exchange the last two axes."""
    return shape.swapaxes(self, axis1=-2, axis2=-1)


def _float(self: Tensor) -> Any:
    """Convert to float32."""
    return arithmetic.astype(self, dtype=np.dtype(np.float32))


def _double(self: Tensor) -> Any:
    """Convert to float64."""
    return arithmetic.astype(self, dtype=np.dtype(np.float64))


def _half(self: Tensor) -> Any:
    """Convert to float16."""
    return arithmetic.astype(self, dtype=np.dtype(np.float16))


METHODS: dict[str, Any] = {
    # elementwise
    "abs": arithmetic.absolute,
    "acos": transcendental.arccos,
    "acosh": transcendental.arccosh,
    "asin": transcendental.arcsin,
    "asinh": transcendental.arcsinh,
    "astype": arithmetic.astype,
    "atan": transcendental.arctan,
    "atan2": transcendental.arctan2,
    "atanh": transcendental.arctanh,
    "ceil": comparison.ceil,
    "clamp": arithmetic.clamp,
    "clip": arithmetic.clamp,
    "cos": transcendental.cos,
    "cosh": transcendental.cosh,
    "double": _double,
    "erf": transcendental.erf,
    "exp": transcendental.exp,
    "expm1": transcendental.expm1,
    "float": _float,
    "floor": comparison.floor,
    "half": _half,
    "hypot": arithmetic.hypot,
    "isfinite": comparison.isfinite,
    "isinf": comparison.isinf,
    "isnan": comparison.isnan,
    "lerp": arithmetic.lerp,
    "log": transcendental.log,
    "log10": transcendental.log10,
    "log1p": transcendental.log1p,
    "log2": transcendental.log2,
    "logaddexp": transcendental.logaddexp,
    "maximum": arithmetic.maximum,
    "minimum": arithmetic.minimum,
    "pow": arithmetic.power,
    "reciprocal": arithmetic.reciprocal,
    "relu": activation.relu,
    "round": comparison.round_,
    "rsqrt": arithmetic.rsqrt,
    "sigmoid": activation.sigmoid,
    "sign": comparison.sign,
    "sin": transcendental.sin,
    "sinh": transcendental.sinh,
    "sqrt": arithmetic.sqrt,
    "square": arithmetic.square,
    "tan": transcendental.tan,
    "tanh": transcendental.tanh,
    # reductions
    "amax": extremum.amax,
    "amin": extremum.amin,
    "argmax": extremum.argmax,
    "argmin": extremum.argmin,
    "cumprod": cumulative.cumprod,
    "cumsum": cumulative.cumsum,
    "log_softmax": softmax.log_softmax,
    "logsumexp": softmax.logsumexp,
    "max": extremum.max_,
    "mean": reduction.mean,
    "min": extremum.min_,
    "norm": reduction.norm,
    "prod": reduction.prod,
    "softmax": softmax.softmax,
    "std": reduction.std,
    "sum": reduction.sum_,
    "var": reduction.var,
    # linear algebra
    "dot": linalg.dot,
    "matmul": linalg.matmul,
    "outer": linalg.outer,
    # shapes
    "broadcast_to": shape.broadcast_to,
    "chunk": joining.chunk,
    "diagonal": diagonal.diagonal,
    "expand": _expand,
    "flatten": shape.flatten,
    "flip": shape.flip,
    "moveaxis": shape.moveaxis,
    "permute": _permute,
    "ravel": _ravel,
    "repeat": _repeat,
    "repeat_interleave": joining.repeat_interleave,
    "reshape": _reshape,
    "roll": shape.roll,
    "split": joining.split,
    "squeeze": shape.squeeze,
    "swapaxes": shape.swapaxes,
    "tile": joining.tile,
    "trace": diagonal.trace,
    "transpose": _transpose,
    "tril": diagonal.tril,
    "triu": diagonal.triu,
    "unbind": joining.unbind,
    "unsqueeze": shape.unsqueeze,
    "view": _reshape,
    # indexing
    "gather": gathering.gather,
    "index_add": gathering.index_add,
    "index_select": gathering.index_select,
    "masked_fill": gathering.masked_fill,
    "masked_select": gathering.masked_select,
    "scatter_add": gathering.scatter_add,
    "take_along_dim": gathering.take_along_dim,
}

PROPERTIES: dict[str, Callable[[Tensor], Any]] = {"T": _transpose, "mT": _matrix_transpose}


def _method(called: Any) -> Any:
    """Make a method of an op; a bare Op has no ``self`` since it is not a function."""
    if not isinstance(called, Op):
        return called

    def method(self: Tensor, *args: Any, **attributes: Any) -> Any:
        try:
            return called.quick(self, *args, **attributes)
        except TypeError:  # as in Op.__call__
            return called.general(self, *args, **attributes)

    method.__name__, method.__doc__ = called.name, called.__doc__
    return method


for _name, _called in METHODS.items():
    setattr(Tensor, _name, _method(_called))
for _name, _getter in PROPERTIES.items():
    setattr(Tensor, _name, property(_getter))
