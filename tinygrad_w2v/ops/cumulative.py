"""Cumulative sums and products along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.types import Array


def _cumsum(x: Array, *, axis: int) -> Any:
    """Sum of each value and all before it along an axis."""
    return np.cumsum(x, axis=axis)


def _reversed_cumsum(g: Any, axis: int) -> Any:
    """Return the sum of each value and all after it: the adjoint of :func:`cumsum`."""
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


def _cumprod(x: Array, *, axis: int) -> Any:
    """Product of each value and all before it along an axis.

    The gradient is correct where values are zero, as in PyTorch.
    """
    return np.cumprod(x, axis=axis)


def _cumprod_rule(g: Any, x: Any, out: Any, axis: int) -> Any:
    if np.all(np.asarray(x)):
        return _reversed_cumsum(g * out, axis) / x
    # Division is impossible: for each value i, form the products without it; O(n²).
    rows, g = np.swapaxes(x, axis, -1), np.swapaxes(g, axis, -1)
    size = rows.shape[-1]
    without_one = np.where(np.eye(size, dtype=bool), 1, np.expand_dims(rows, -2))
    products = np.cumprod(without_one, axis=-1) * np.tri(size, dtype=rows.dtype).T
    return np.swapaxes(np.sum(np.expand_dims(g, -2) * products, axis=-1), axis, -1)


def _samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(2, 3, 2)), axis=-2),
        Sample(rng.normal(size=5), axis=0),
        Sample(np.zeros((0, 2)), axis=0),
    ]


def _cumprod_samples(rng: np.random.Generator) -> list[Sample]:
    zeros = np.array([[0.7, 0.0, 1.3, -0.4], [0.0, 0.5, 0.0, 1.1]])
    return [*_samples(rng), Sample(zeros, axis=1), Sample(zeros, axis=0)]


cumsum = op(_cumsum, names="Tensor.cumsum tg.cumsum F.cumsum", x=_reversed_cumsum, samples=_samples)
cumprod = op(
    _cumprod,
    names="Tensor.cumprod tg.cumprod F.cumprod",
    x=_cumprod_rule,
    samples=_cumprod_samples,
)


# NumPy's functions flatten the array if no axis is given.
@named("np.cumsum")
def _numpy_cumsum(a: Any, axis: int | None = None) -> Any:
    return cumsum(np.reshape(a, -1), axis=0) if axis is None else cumsum(a, axis=axis)


@named("np.cumprod")
def _numpy_cumprod(a: Any, axis: int | None = None) -> Any:
    return cumprod(np.reshape(a, -1), axis=0) if axis is None else cumprod(a, axis=axis)
