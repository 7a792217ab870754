"""Activation functions as modules. All are elementwise except softmax, its variants, and GLU."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar
from typing import Any, Literal

import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.dropout import Stochastic
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Layer, Positive, Size
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.random.distributions import source_of

# --- piecewise linear ----------------------------------------------------------------------------


class _InPlace(Layer, declared=True, shown="inplace?"):
    """An activation with PyTorch's `inplace`.

    Parameters
    ----------
    inplace
        Whether to write the result into the input.
    """

    inplace: bool = False


class ReLU(_InPlace, function=F.relu):
    """Rectified linear unit, ``max(x, 0)``.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """


class ReLU6(_InPlace, function=F.relu6):
    """``min(max(x, 0), 6)``."""


class LeakyReLU(Layer, function=F.leaky_relu, shown="negative_slope inplace?"):
    """``x`` where x > 0, ``negative_slope · x`` elsewhere.

    Parameters
    ----------
    negative_slope
        Slope for negative values.
    inplace
        Whether to write the result into the input.
    """

    negative_slope: float = 0.01
    inplace: bool = False


class PReLU(Initialized, function=F.prelu, shown="num_parameters"):
    """``x`` where x > 0, ``weight · x`` elsewhere, with a weight that is learned.

    Parameters
    ----------
    num_parameters
        1, or the number of channels, the second axis.
    init
        Initial slope.
    """

    num_parameters: Size = 1
    init: float = 0.25

    def _initialize(self, rng: Seed, dtype: npt.DTypeLike) -> None:
        self.weight = new_parameter((self.num_parameters,), dtype, self.init)

    def forward(self, x: TensorLike) -> Any:
        """Apply the slopes to (N, C, ...)."""
        return self.function(x, self.weight)


class RReLU(Stochastic, Layer, function=F.rrelu, shown="lower upper inplace?"):
    """``x`` where x > 0, ``slope · x`` elsewhere: a random slope in training, its mean otherwise.

    Parameters
    ----------
    lower, upper
        Bounds of the slopes.
    inplace
        Whether to write the result into the input.
    rng
        Seed or Generator of the slopes.
    """

    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False
    _: KW_ONLY
    rng: InitVar[Seed] = None

    def _initialize(self, rng: Seed) -> None:
        self.rng = None if rng is None else source_of(rng)
        if not self.lower <= self.upper:
            raise InputError(f"lower is {self.lower}: it must not be above upper, {self.upper}")

    def forward(self, x: TensorLike) -> Any:
        """Apply the slopes to `x`, (...)."""
        return self.function(x, self.lower, self.upper, self.training, self.inplace, rng=self.rng)


class Hardtanh(Layer, function=F.hardtanh, shown="min_val max_val inplace?"):
    """Values clipped to the interval from `min_val` to `max_val`.

    Parameters
    ----------
    min_val, max_val
        Bounds of the interval.
    inplace
        Whether to write the result into the input.
    """

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def _initialize(self) -> None:
        if not self.min_val < self.max_val:
            raise InputError(f"min_val is {self.min_val}: it must be below max_val, {self.max_val}")


class Hardsigmoid(_InPlace, function=F.hardsigmoid, shown=""):
    """``x/6 + 1/2`` clipped to 0 … 1."""


class Hardswish(_InPlace, function=F.hardswish, shown=""):
    """``x · min(max(x + 3, 0), 6) / 6``."""


class Hardshrink(Layer, function=F.hardshrink, shown="lambd |"):
    """``x`` where |x| > lambd, 0 elsewhere.

    Parameters
    ----------
    lambd
        Bound of the values that become 0.
    """

    lambd: float = 0.5


class Softshrink(Layer, function=F.softshrink, shown="lambd |"):
    """``x`` moved by `lambd` towards 0; 0 where |x| ≤ lambd.

    Parameters
    ----------
    lambd
        Bound of the values that become 0.
    """

    lambd: float = 0.5


class Threshold(Layer, function=F.threshold, shown="threshold value inplace?"):
    """``x`` where x > threshold, `value` elsewhere.

    Parameters
    ----------
    threshold, value
        The bound, and the value of what is not above it.
    inplace
        Whether to write the result into the input.
    """

    threshold: float
    value: float
    inplace: bool = False


# --- smooth --------------------------------------------------------------------------------------


class ELU(Layer, function=F.elu, shown="alpha inplace?"):
    """Exponential linear unit: ``x`` where x > 0, ``alpha · (exp(x) − 1)`` elsewhere.

    Parameters
    ----------
    alpha
        The limit for x → −∞ is −alpha.
    inplace
        Whether to write the result into the input.
    """

    alpha: float = 1.0
    inplace: bool = False


class CELU(Layer, function=F.celu, shown="alpha inplace?"):
    """``x`` where x > 0, ``alpha · (exp(x / alpha) − 1)`` elsewhere.

    Parameters
    ----------
    alpha
        The limit for x → −∞ is −alpha.
    inplace
        Whether to write the result into the input.
    """

    alpha: Positive = 1.0
    inplace: bool = False


class SELU(_InPlace, function=F.selu):
    """Scaled ELU, whose constants preserve mean 0 and variance 1."""


class GELU(Layer, function=F.gelu):
    """Gaussian error linear unit, ``x · Φ(x)``, Φ being the normal distribution function."""

    approximate: Literal["none", "tanh"] = "none"


class SiLU(_InPlace, function=F.silu):
    """Sigmoid linear unit, ``x · σ(x)``, also called swish."""


class Mish(_InPlace, function=F.mish):
    """``x · tanh(log(1 + exp(x)))``."""


class Sigmoid(Layer, function=F.sigmoid):
    """Logistic function, ``σ(x) = 1 / (1 + exp(−x))``."""


class LogSigmoid(Layer, function=F.logsigmoid):
    """``log σ(x)``, without overflow."""


class Tanh(Layer, function=F.tanh):
    """Hyperbolic tangent."""


class Tanhshrink(Layer, function=F.tanhshrink):
    """``x − tanh(x)``."""


class Softsign(Layer, function=F.softsign):
    """``x / (1 + |x|)``."""


class Softplus(Layer, function=F.softplus):
    """``log(1 + exp(beta · x)) / beta``, a smooth approximation of ReLU.

    Parameters
    ----------
    beta
        The larger, the closer to ReLU.
    """

    beta: Positive = 1.0
    threshold: float = 20.0


# --- along an axis -------------------------------------------------------------------------------


class _AlongAxis(Layer, declared=True, shown="dim"):
    """A function along an axis.

    Parameters
    ----------
    dim
        The axis. By default 0 for an input of 0, 1 or 3 axes, else 1, with a warning.
    """

    dim: int | None = None


class Softmax(_AlongAxis, function=F.softmax):
    """``exp(x) / Σ exp(x)`` along an axis.

    Examples
    --------
    >>> import numpy as np
    >>> Softmax(dim=-1)(np.zeros((1, 4)))
    array([[0.25, 0.25, 0.25, 0.25]])
    """


class LogSoftmax(_AlongAxis, function=F.log_softmax):
    """``x − log Σ exp(x)`` along an axis: the logarithm of :class:`Softmax`."""


class Softmin(_AlongAxis, function=F.softmin):
    """``exp(−x) / Σ exp(−x)`` along an axis."""


class Softmax2d(Layer, function=F.softmax):
    """:class:`Softmax` over the channels of images, (N, C, H, W) or (C, H, W)."""

    def forward(self, x: TensorLike) -> Any:
        """Compute the softmax of images."""
        return self.function(x, -3)


class GLU(Layer, function=F.glu):
    """Gated linear unit: ``a · σ(b)``, where a and b are the halves along an axis.

    Parameters
    ----------
    dim
        The axis that is split.
    """

    dim: int = -1
