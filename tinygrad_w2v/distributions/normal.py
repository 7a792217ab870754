"""Normal distributions."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.distribution import Distribution, broadcast
from tinygrad_w2v.engine import Tensor, no_grad, tensor


class Normal(Distribution):
    """Normal distributions.

    Parameters
    ----------
    loc
        Means.
    scale
        Standard deviations, above 0.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.distributions.Normal(0.0, 2.0).log_prob(tg.tensor([0.0, 2.0]))
    tensor([-1.6121, -2.1121])
    """

    has_rsample = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast(loc, scale)
        super().__init__(self.loc.shape, (), validate_args)
        self._check("scale", self.scale, lambda scale: scale > 0, "above 0")

    @property
    def mean(self) -> Tensor:
        """The mean, `loc`."""
        return self.loc

    mode = mean

    @property
    def stddev(self) -> Tensor:
        """The standard deviation, `scale`."""
        return self.scale

    @property
    def variance(self) -> Tensor:
        """The square of `scale`."""
        return self.scale**2

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return values of shape ``(*sample_shape, *batch_shape)``."""
        shape = self._shape(sample_shape)
        with no_grad():
            return ops.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return ``loc + scale * z`` with standard normal `z`."""
        noise = ops.randn(*self._shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + noise * self.scale

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density at `value`."""
        squares = (value - self.loc) ** 2 / (2 * self.variance)
        return -squares - self.scale.log() - 0.5 * math.log(2 * math.pi)  # type: ignore[no-any-return]

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def cdf(self, value: Any) -> Tensor:
        """Return the probability of a smaller value."""
        scaled = (tensor(value) - self.loc) / (self.scale * math.sqrt(2))
        return 0.5 * (1 + scaled.erf())

    def icdf(self, value: Any) -> Tensor:
        """Return the value below which the probability is `value`."""
        return self.loc + self.scale * math.sqrt(2) * (2 * tensor(value) - 1).erfinv()
