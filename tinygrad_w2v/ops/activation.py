"""Activation functions of neural networks: elementwise, and softmax along an axis."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array, Axis
from tinygrad_w2v.ops.error_function import erf
from tinygrad_w2v.ops.reduction import reduced_axes, reduction_samples, restore_axes
from tinygrad_w2v.ops.samples import normal, unary

_ROOT_HALF = float(np.sqrt(0.5))
_DENSITY_AT_0 = float(1 / np.sqrt(2 * np.pi))
_TANH_SCALE = float(np.sqrt(2 / np.pi))
_TANH_CUBIC = 0.044715


@op(names="Tensor tg F", x=lambda g, out: g * (out * (1 - out)), samples=unary(-6.0, 6.0))
def sigmoid(x: Array) -> Any:
    """Logistic function 1 / (1 + exp(−x)), to full relative precision for any x."""
    # A second exponential is faster than np.where.
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


@op(
    names="F",
    x=lambda g, x, beta: g * sigmoid(x if beta == 1.0 else x * beta),
    samples=unary(-6.0, 6.0, beta=0.5),
    composed="beta",
)
def softplus(x: Array, *, beta: float = 1.0) -> Any:
    """Return log(1 + exp(β·x)) / β, without overflow for any x."""
    is_plain = isinstance(beta, float) and beta == 1.0
    scaled = x if is_plain else np.multiply(x, beta)
    value = np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))
    return value if is_plain else value / beta


@op(names="F", x=lambda g, x: g * sigmoid(-x), samples=unary(-6.0, 6.0))
def logsigmoid(x: Array) -> Any:
    """Return log σ(x) = −log(1 + exp(−x)), without overflow for any x."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


@op(names="F", samples=unary(-6.0, 6.0))
def silu(x: Array) -> Any:
    """Return x · σ(x), also called swish."""
    return x * sigmoid.forward(x)


@silu.backward("x")
def _silu_rule(g: Any, x: Any) -> Any:
    gate = sigmoid(x)
    return g * (gate * (1 + x * (1 - gate)))


@op(names="Tensor tg F", x=lambda g, out: g * np.greater(out, 0), samples=unary(kinks=[0.0]))
def relu(x: Array) -> Any:
    """Return max(x, 0); the gradient at 0 is 0."""
    return np.maximum(x, 0)


@op(
    names="F",
    x=lambda g, x, negative_slope: np.where(np.greater(x, 0), g, g * negative_slope),
    samples=unary(kinks=[0.0], negative_slope=0.3),
    composed="negative_slope",
)
def leaky_relu(x: Array, *, negative_slope: float = 0.01) -> Any:
    """Return x where x > 0 and `negative_slope` · x elsewhere."""
    return np.where(np.greater(x, 0), x, np.multiply(x, negative_slope))


@op(
    names="F",
    x=lambda g, out, min_val, max_val: (
        g * np.logical_and(np.greater(out, min_val), np.less(out, max_val))
    ),
    samples=unary(kinks=[-1.0, 1.0]),
    composed="min_val max_val",
)
def hardtanh(x: Array, *, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """Limit values to ``min_val … max_val``; the gradient at both limits is 0, as in PyTorch."""
    return np.clip(x, min_val, max_val)


# elu has a kink in the second derivative at 0 (in the first, if α is not 1).
@op(
    names="F",
    x=lambda g, x, alpha: g * np.where(np.greater(x, 0), 1, alpha * np.exp(np.minimum(x, 0))),
    samples=unary(kinks=[0.0], alpha=0.5),
    composed="alpha",
)
def elu(x: Array, *, alpha: float = 1.0) -> Any:
    """Return x where x > 0 and α · (exp(x) − 1) elsewhere."""
    return np.where(np.greater(x, 0), x, alpha * np.expm1(np.clip(x, None, 0)))


@op(names="F", samples=unary(-3.0, 3.0, approximate="tanh"))
def gelu(x: Array, *, approximate: Literal["none", "tanh"] = "none") -> Any:
    """Return x · Φ(x), where Φ is the normal distribution function (Hendrycks and Gimpel, 2016).

    Parameters
    ----------
    approximate
        ``"none"`` uses the error function, ``"tanh"`` the paper's
        x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).
    """
    if approximate == "none":
        return x * (0.5 * (1 + erf(np.multiply(x, _ROOT_HALF))))
    if approximate == "tanh":
        return x * (0.5 * (1 + np.tanh(_tanh_argument(x))))
    raise ValueError(f"gelu: approximate is {approximate!r}: use 'none' or 'tanh'")


@gelu.backward("x")
def _gelu_rule(g: Any, x: Any, approximate: str) -> Any:
    if approximate == "none":
        density = _DENSITY_AT_0 * np.exp(-0.5 * (x * x))
        return g * (0.5 * (1 + erf(x * _ROOT_HALF)) + x * density)
    squashed = np.tanh(_tanh_argument(x))
    inner_slope = _TANH_SCALE * (1 + 3 * _TANH_CUBIC * (x * x))
    return g * (0.5 * (1 + squashed) + 0.5 * x * (1 - squashed * squashed) * inner_slope)


def _tanh_argument(x: Any) -> Any:
    return _TANH_SCALE * (x + _TANH_CUBIC * (x * x * x))


_samples = normal([(3, 4)], [(3, 4), {"axis": 0}], [(0, 4)], [()])


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


def _floating(x: Array) -> Array:
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _shifted(x: Array, axis: int) -> Any:
    """Subtract the maximum along an axis, so that no exponential overflows."""
    x = _floating(x)
    return x - (np.max(x, axis=axis, keepdims=True) if x.size else 0)


@op(names="Tensor tg F", samples=reduction_samples)
def logsumexp(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return log Σ exp(x) over one axis, several, or all, without overflow for any x.

    If all values are −∞, the result is −∞ and the gradient is 0.
    """
    x = _floating(x)
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
