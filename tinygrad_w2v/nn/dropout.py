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


class Dropout(Stochastic, Layer, function=F.dropout):
    """Zero values at random during training, and scale the rest by 1 / (1 − p).

    Inputs of any shape are returned unchanged in evaluation mode.

    Source: Srivastava et al., "Dropout", JMLR 15, 2014.

    Parameters
    ----------
    p
        Probability of each value to be zeroed.
    rng
        Seed or Generator. Its state is part of the extra state, not of the spec.

    Examples
    --------
    >>> import numpy as np
    >>> Dropout(0.5, rng=0)(np.ones(5))
    array([2., 2., 2., 0., 0.])
    """

    p: Fraction = 0.5
    _: KW_ONLY
    rng: InitVar[Seed] = None

    def _initialize(self, rng: Seed) -> None:
        self.rng = None if rng is None else source_of(rng)

    def forward(self, x: TensorLike) -> Any:
        """Drop values of `x`, (...)."""
        return self.function(x, self.p, self.training, self.rng)
