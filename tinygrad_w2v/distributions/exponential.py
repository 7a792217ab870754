"""Exponential distributions."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.distribution import Distribution, broadcast
from tinygrad_w2v.engine import Tensor


class Exponential(Distribution):
    """Exponential distributions.

    Parameters
    ----------
    rate
        The inverse of the mean, above 0.
    """

    has_rsample = True

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast(rate)
        super().__init__(self.rate.shape, (), validate_args)
        self._check("rate", self.rate, lambda rate: rate > 0, "above 0")

    @property
    def mean(self) -> Tensor:
        """The inverse of the rate."""
        return self.rate.reciprocal()

    stddev = mean

    @property
    def variance(self) -> Tensor:
        """The square of the mean."""
        return self.mean**2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return ``e / rate`` with `e` of the rate 1."""
        drawn = ops.empty(*self._shape(sample_shape), dtype=self.rate.dtype).exponential_()
        return drawn / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density at `value`."""
        return self.rate.log() - self.rate * value  # type: ignore[no-any-return]

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        return 1.0 - self.rate.log()
