"""Uniform distributions on intervals."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.distribution import Distribution, broadcast
from tinygrad_w2v.engine import Tensor


class Uniform(Distribution):
    """Uniform distributions on [low, high).

    Parameters
    ----------
    low, high
        The ends of the intervals; `low` is below `high`.
    """

    has_rsample = True

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast(low, high)
        super().__init__(self.low.shape, (), validate_args)
        self._check("high", self.high - self.low, lambda width: width > 0, "above low")

    @property
    def mean(self) -> Tensor:
        """The middle of the interval."""
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        """The squared width of the interval, divided by 12."""
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return ``low + u * (high - low)`` with `u` on [0, 1)."""
        drawn = ops.rand(*self._shape(sample_shape), dtype=self.low.dtype)
        return self.low + drawn * (self.high - self.low)

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density at `value`: -inf outside the interval."""
        inside = (self.low <= value) & (self.high > value)
        return inside.type_as(self.low).log() - (self.high - self.low).log()  # type: ignore[no-any-return]

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        return (self.high - self.low).log()
