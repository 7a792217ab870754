"""Cumulative sums and products along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.samples import normal


def _reversed_cumsum(g: Any, axis: int) -> Any:
    """Return the sum of each value and all after it: the adjoint of :func:`cumsum`."""
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


_SHAPES = {(3, 4): 0, (2, 3, 2): -2, (5,): 0, (0, 2): 0}
_CALLS = [[shape, {"axis": axis}] for shape, axis in _SHAPES.items()]
_ZEROS = np.array([[0.7, 0.0, 1.3, -0.4], [0.0, 0.5, 0.0, 1.1]])


@op(names="Tensor tg F", x=_reversed_cumsum, samples=normal(*_CALLS))
def cumsum(x: Array, *, axis: int) -> Any:
    """Sum of each value and all before it along an axis."""
    return np.cumsum(x, axis=axis)


@op(names="Tensor tg F", samples=normal(*_CALLS, [_ZEROS, {"axis": 1}], [_ZEROS, {"axis": 0}]))
def cumprod(x: Array, *, axis: int) -> Any:
    """Product of each value and all before it along an axis.

    The gradient is correct where values are zero, as in PyTorch.
    """
    return np.cumprod(x, axis=axis)


@cumprod.backward("x")
def _cumprod_rule(g: Any, x: Any, out: Any, axis: int) -> Any:
    if np.all(np.asarray(x)):
        return _reversed_cumsum(g * out, axis) / x
    # Division is impossible: for each value i, form the products without it; O(n²).
    rows, g = np.swapaxes(x, axis, -1), np.swapaxes(g, axis, -1)
    size = rows.shape[-1]
    without_one = np.where(np.eye(size, dtype=bool), 1, np.expand_dims(rows, -2))
    products = np.cumprod(without_one, axis=-1) * np.tri(size, dtype=rows.dtype).T
    return np.swapaxes(np.sum(np.expand_dims(g, -2) * products, axis=-1), axis, -1)


# NumPy's functions flatten the array if no axis is given.
@named("np.cumsum")
def _numpy_cumsum(a: Any, axis: int | None = None) -> Any:
    return cumsum(np.reshape(a, -1), axis=0) if axis is None else cumsum(a, axis=axis)


@named("np.cumprod")
def _numpy_cumprod(a: Any, axis: int | None = None) -> Any:
    return cumprod(np.reshape(a, -1), axis=0) if axis is None else cumprod(a, axis=axis)
