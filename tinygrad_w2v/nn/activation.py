"""Activations as modules, and Softmax; see :mod:`functional` for the formulas."""

from __future__ import annotations

from typing import Any, Literal

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import above_zero, one_of


class ReLU(Module):
    """``max(x, 0)``."""

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.relu(x)


class LeakyReLU(Module):
    """``x`` where it is positive, ``negative_slope · x`` elsewhere.

    Parameters
    ----------
    negative_slope
        The slope below 0.
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.leaky_relu(x, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        """Return the slope."""
        return f"negative_slope={self.negative_slope:g}"


class ELU(Module):
    """``x`` where it is positive, ``alpha · (exp(x) − 1)`` elsewhere.

    Parameters
    ----------
    alpha
        The value far below 0, negated.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.elu(x, alpha=self.alpha)

    def extra_repr(self) -> str:
        """Return alpha."""
        return f"alpha={self.alpha:g}"


class GELU(Module):
    """``x · Φ(x)``, Φ the normal distribution function.

    Parameters
    ----------
    approximate
        ``"none"``, or ``"tanh"`` for the faster formula.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        one_of(("none", "tanh"), approximate=approximate)
        self.approximate = approximate

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.gelu(x, approximate=self.approximate)


class SiLU(Module):
    """``x · σ(x)``, also called swish."""

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.silu(x)


class Sigmoid(Module):
    """``1 / (1 + exp(−x))``."""

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.sigmoid(x)


class LogSigmoid(Module):
    """``log σ(x)``, without overflow."""

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.logsigmoid(x)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.tanh(x)


class Hardtanh(Module):
    """Values limited to ``min_val … max_val``.

    Parameters
    ----------
    min_val, max_val
        The limits.
    """

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0) -> None:
        above_zero(**{"max_val − min_val": max_val - min_val})
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.hardtanh(x, min_val=self.min_val, max_val=self.max_val)


class Softplus(Module):
    """``log(1 + exp(beta · x)) / beta``.

    Parameters
    ----------
    beta
        How sharp the bend at 0 is.
    """

    def __init__(self, beta: float = 1.0) -> None:
        above_zero(beta=beta)
        self.beta = beta

    def forward(self, x: TensorLike) -> Any:
        """Apply it to every number of `x`."""
        return F.softplus(x, beta=self.beta)


class Softmax(Module):
    """``exp(x) / Σ exp(x)`` along an axis.

    Parameters
    ----------
    axis
        Which.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: TensorLike) -> Tensor:
        """Turn scores into probabilities."""
        result: Tensor = F.softmax(x, axis=self.axis)
        return result


class LogSoftmax(Module):
    """``x − log Σ exp(x)`` along an axis.

    Parameters
    ----------
    axis
        Which.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis

    def forward(self, x: TensorLike) -> Tensor:
        """Turn scores into log-probabilities."""
        result: Tensor = F.log_softmax(x, axis=self.axis)
        return result
