"""Dropout, and the base of modules that draw random numbers."""

from __future__ import annotations

from dataclasses import KW_ONLY, InitVar
from typing import Any

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Fraction, Layer
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.random.distributions import Source, generator_with, source_of, state_of


class Stochastic(Module):
    """A module that draws random numbers.

    Attributes
    ----------
    rng
        The generator that was passed; its state is part of the module's extra state. None for the
        default generator.
    """

    rng: Source | None

    def get_extra_state(self) -> Any:
        """Return the generator's state."""
        return None if self.rng is None else state_of(self.rng)

    def set_extra_state(self, state: Any) -> None:
        """Set the generator's state."""
        self.rng = generator_with(state)


class _Dropout(Stochastic, Layer, declared=True, shown="p inplace"):
    """A layer that drops values at random during training, and returns its input otherwise.

    Parameters
    ----------
    p
        Probability of each value or channel to be dropped.
    inplace
        Whether to write the result into the input.
    rng
        Seed or Generator; by default the default generator. Its state is part of the extra state,
        not of the spec.
    """

    p: Fraction = 0.5
    inplace: bool = False
    _: KW_ONLY
    rng: InitVar[Seed] = None

    def _initialize(self, rng: Seed) -> None:
        self.rng = None if rng is None else source_of(rng)

    def forward(self, x: TensorLike) -> Any:
        """Drop values of `x`."""
        return self.function(x, self.p, self.training, self.inplace, rng=self.rng)


class Dropout(_Dropout, function=F.dropout):
    """Zero values at random during training, and scale the rest by 1 / (1 − p).

    Source: Srivastava et al., "Dropout", JMLR 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> Dropout(0.5, rng=0)(np.ones(5))
    array([2., 2., 2., 0., 0.])
    """


class Dropout1d(_Dropout, function=F.dropout1d):
    """Zero whole channels of (N, C, L) or (C, L); see :class:`Dropout`."""


class Dropout2d(_Dropout, function=F.dropout2d):
    """Zero whole channels of (N, C, H, W); see :class:`Dropout`.

    Source: Tompson et al., "Efficient object localization using convolutional networks", arXiv
    1411.4280.
    """


class Dropout3d(_Dropout, function=F.dropout3d):
    """Zero whole channels of (N, C, D, H, W) or (C, D, H, W); see :class:`Dropout`."""


class AlphaDropout(_Dropout, function=F.alpha_dropout):
    """Set values to SELU's limit at random; mean 0 and variance 1 are preserved.

    Source: Klambauer et al., "Self-normalizing neural networks", arXiv 1706.02515.
    """


class FeatureAlphaDropout(_Dropout, function=F.feature_alpha_dropout):
    """:class:`AlphaDropout` of whole channels of (N, C, ...)."""
