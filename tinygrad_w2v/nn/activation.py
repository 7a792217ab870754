"""Activation functions as modules. All are elementwise except Softmax and LogSoftmax."""

from __future__ import annotations

from typing import Literal

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer, Positive


class ReLU(Layer, function=F.relu):
    """Rectified linear unit, ``max(x, 0)``.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """


class LeakyReLU(Layer, function=F.leaky_relu):
    """``x`` where x > 0, ``negative_slope · x`` elsewhere.

    Parameters
    ----------
    negative_slope
        Slope for negative values.
    """

    negative_slope: float = 0.01


class ELU(Layer, function=F.elu):
    """Exponential linear unit: ``x`` where x > 0, ``alpha · (exp(x) − 1)`` elsewhere.

    Parameters
    ----------
    alpha
        The limit for x → −∞ is −alpha.
    """

    alpha: float = 1.0


class GELU(Layer, function=F.gelu):
    """Gaussian error linear unit, ``x · Φ(x)``, Φ being the normal distribution function."""

    approximate: Literal["none", "tanh"] = "none"


class SiLU(Layer, function=F.silu):
    """Sigmoid linear unit, ``x · σ(x)``, also called swish."""


class Sigmoid(Layer, function=F.sigmoid):
    """Logistic function, ``σ(x) = 1 / (1 + exp(−x))``."""


class LogSigmoid(Layer, function=F.logsigmoid):
    """``log σ(x)``, without overflow."""


class Tanh(Layer, function=F.tanh):
    """Hyperbolic tangent."""


class Hardtanh(Layer, function=F.hardtanh):
    """Values clipped to the interval from `min_val` to `max_val`.

    Parameters
    ----------
    min_val, max_val
        Bounds of the interval.
    """

    min_val: float = -1.0
    max_val: float = 1.0

    def _initialize(self) -> None:
        if not self.min_val < self.max_val:
            raise InputError(f"min_val is {self.min_val}: it must be below max_val, {self.max_val}")


class Softplus(Layer, function=F.softplus):
    """``log(1 + exp(beta · x)) / beta``, a smooth approximation of ReLU.

    Parameters
    ----------
    beta
        The larger, the closer to ReLU.
    """

    beta: Positive = 1.0


class Softmax(Layer, function=F.softmax):
    """``exp(x) / Σ exp(x)`` along an axis.

    Parameters
    ----------
    axis
        Axis along which the results sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> Softmax()(np.zeros((1, 4)))
    array([[0.25, 0.25, 0.25, 0.25]])
    """

    axis: int = -1


class LogSoftmax(Layer, function=F.log_softmax):
    """``x − log Σ exp(x)`` along an axis: the logarithm of :class:`Softmax`.

    Parameters
    ----------
    axis
        Axis along which the exponentials of the results sum to 1.
    """

    axis: int = -1
