"""Softmax along an axis, its logarithm, and logsumexp."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.reduction import Axis, reduced_axes, reduction_samples, restore_axes
from tinygrad_w2v.ops.samples import normal

_samples = normal([(3, 4)], [(3, 4), {"axis": 0}], [(0, 4)])


@op(
    names="Tensor tg F",
    x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
    samples=_samples,
)
def softmax(x: Array, *, axis: int = -1) -> Any:
    """Return exp(x) / Σ exp(x) along an axis, without overflow for any x."""
    shifted = np.exp(_shifted(x, axis))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


@op(
    names="Tensor tg F",
    x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
    samples=_samples,
)
def log_softmax(x: Array, *, axis: int = -1) -> Any:
    """Return x − log Σ exp(x) along an axis, without overflow for any x."""
    shifted = _shifted(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _shifted(x: Array, axis: int) -> Any:
    """Subtract the maximum along an axis, so that no exponential overflows."""
    return x - (np.max(x, axis=axis, keepdims=True) if x.size else 0)


@op(names="Tensor tg F", samples=reduction_samples)
def logsumexp(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return log Σ exp(x) over one axis, several, or all, without overflow for any x.

    If all values are −∞, the result is −∞ and the gradient is 0.
    """
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0)
    total = np.sum(np.exp(x - largest), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        value = np.log(total) + largest
    return value if keepdims else np.squeeze(value, reduced_axes(axis, np.ndim(x)))


@logsumexp.backward("x")
def _logsumexp_rule(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    out = restore_axes(out, x.shape, axis, keepdims)
    is_empty = np.equal(out, -np.inf)
    shares = np.exp(x - np.where(is_empty, 0, out))
    return restore_axes(g, x.shape, axis, keepdims) * shares
