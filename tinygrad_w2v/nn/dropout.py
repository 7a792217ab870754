"""Dropout, and the base of modules that draw random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import within


class Stochastic(Module):
    """A module with a random generator, `rng`, whose state is part of the module's extra state."""

    rng: np.random.Generator

    def get_extra_state(self) -> Any:
        """Return the generator's state."""
        return self.rng.bit_generator.state

    def set_extra_state(self, state: Any) -> None:
        """Set the generator's state."""
        self.rng.bit_generator.state = state


class Dropout(Stochastic):
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

    def __init__(self, p: float = 0.5, *, rng: Seed = None) -> None:
        within(0, 1, p=p)
        self.p = p
        self.rng = np.random.default_rng(rng)

    def forward(self, x: TensorLike) -> Any:
        """Drop values of `x`, (...)."""
        return F.dropout(x, self.p, self.training, self.rng)

    def extra_repr(self) -> str:
        """Return the probability."""
        return f"p={self.p:g}"
