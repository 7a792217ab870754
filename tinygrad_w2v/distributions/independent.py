"""Independent: a vector of independent values as one."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v.distributions.distribution import Distribution
from tinygrad_w2v.engine import Tensor


class Independent(Distribution):
    """Take the last axes of a batch of distributions as one value; log-probabilities are added.

    Parameters
    ----------
    base_distribution
        The distributions.
    reinterpreted_batch_ndims
        The number of axes.
    """

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        self.base_dist = base_distribution
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        shape = (*base_distribution.batch_shape, *base_distribution.event_shape)
        split = len(base_distribution.batch_shape) - reinterpreted_batch_ndims
        super().__init__(shape[:split], shape[split:], validate_args)
        self.has_rsample = base_distribution.has_rsample  # type: ignore[misc]

    @property
    def mean(self) -> Tensor:
        """The mean of each value."""
        return self.base_dist.mean

    @property
    def variance(self) -> Tensor:
        """The variance of each value."""
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return values of shape ``(*sample_shape, *batch_shape, *event_shape)``."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return a sample through which gradients flow to the parameters."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Tensor:
        """Return the sum of the log-probabilities."""
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Tensor:
        """Return the sum of the entropies."""
        return self._summed(self.base_dist.entropy())

    def _summed(self, values: Tensor) -> Tensor:
        count = self.reinterpreted_batch_ndims
        return values.sum(tuple(range(-count, 0))) if count else values
