"""Smooth activation functions of neural networks."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.error_function import erf
from tinygrad_w2v.ops.joining import chunk
from tinygrad_w2v.ops.samples import unary

_ROOT_HALF = float(np.sqrt(0.5))
_DENSITY_AT_0 = float(1 / np.sqrt(2 * np.pi))
_TANH_SCALE = float(np.sqrt(2 / np.pi))
_TANH_CUBIC = 0.044715
_EXACT = 20.0  # softplus's default threshold, above which the two cases are equal


@op(
    names="Tensor_ tg F special.expit",
    x=lambda g, out: g * (out * (1 - out)),
    samples=unary(-6.0, 6.0),
)
def sigmoid(x: Array) -> Any:
    """Logistic function 1 / (1 + exp(−x)), to full relative precision for any x."""
    # A second exponential is faster than np.where. 0.0 keeps int8 from becoming float16.
    return np.exp(np.minimum(x, 0.0)) / (1 + np.exp(0.0 - np.abs(x)))


@op(
    names="F",
    x=lambda g, x, beta, threshold: g * _softplus_slope(x, beta, threshold),
    samples=unary(-6.0, 6.0, beta=0.5),
    composed="beta",
)
def softplus(x: Array, *, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """Return log(1 + exp(β·x)) / β, without overflow for any x.

    Parameters
    ----------
    threshold
        Where β·x is above it, x is returned. The default is not needed, and is ignored.
    """
    is_plain = isinstance(beta, float) and beta == 1.0
    scaled = x if is_plain else np.multiply(x, beta)
    value = np.maximum(scaled, 0) + np.log1p(np.exp(0.0 - np.abs(scaled)))
    value = value if is_plain else value / beta
    return value if threshold == _EXACT else np.where(np.greater(scaled, threshold), x, value)


def _softplus_slope(x: Any, beta: Any, threshold: float) -> Any:
    scaled = x if isinstance(beta, float) and beta == 1.0 else x * beta
    slope = sigmoid(scaled)
    return slope if threshold == _EXACT else np.where(np.greater(scaled, threshold), 1, slope)


@op(names="F special.log_expit", x=lambda g, x: g * sigmoid(-x), samples=unary(-6.0, 6.0))
def logsigmoid(x: Array) -> Any:
    """Return log σ(x) = −log(1 + exp(−x)), without overflow for any x."""
    return np.minimum(x, 0) - np.log1p(np.exp(0.0 - np.abs(x)))


@op(names="F", samples=unary(-6.0, 6.0))
def silu(x: Array, *, inplace: bool = False) -> Any:
    """Return x · σ(x), also called swish."""
    return x * sigmoid.forward(x)


@silu.backward("x")
def _silu_rule(g: Any, x: Any) -> Any:
    gate = sigmoid(x)
    return g * (gate * (1 + x * (1 - gate)))


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


@op(names="F", samples=unary(-6.0, 6.0))
def mish(x: Array, *, inplace: bool = False) -> Any:
    """Return x · tanh(softplus(x)) (Misra, arXiv 1908.08681)."""
    return x * np.tanh(softplus.forward(x))


@mish.backward("x")
def _mish_rule(g: Any, x: Any) -> Any:
    squashed = np.tanh(softplus(x))
    return g * (squashed + x * (1 - squashed * squashed) * sigmoid(x))


# softsign has a kink in the second derivative at 0.
@op(
    names="F",
    x=lambda g, x: g / (1 + np.abs(x)) ** 2,
    samples=unary(kinks=[0.0]),
)
def softsign(x: Array) -> Any:
    """Return x / (1 + |x|)."""
    return x / (1 + np.abs(x))


@named("F")
def tanhshrink(x: TensorLike) -> Any:
    """Return x − tanh(x)."""
    array: Any = operand(x)
    return array - np.tanh(array)


@named("F")
def glu(x: TensorLike, axis: int = -1) -> Any:
    """Gated linear unit: a · σ(b), where a and b are the halves of `x` along an axis.

    Source: Dauphin et al., arXiv 1612.08083.
    """
    if np.shape(x)[axis] % 2:
        raise ValueError(
            f"glu: axis {axis} of x {np.shape(x)} has an odd size: it is split into halves"
        )
    value, gate = chunk(x, 2, axis)
    return value * sigmoid(gate)
