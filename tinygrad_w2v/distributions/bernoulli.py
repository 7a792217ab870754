"""Bernoulli distributions: 0 or 1."""

from __future__ import annotations

from typing import Any

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.distribution import Distribution, bounded, broadcast, only_one
from tinygrad_w2v.engine import Tensor, no_grad


class Bernoulli(Distribution):
    """Bernoulli distributions: 1 with probability `probs`, and 0 otherwise.

    Parameters
    ----------
    probs
        Probabilities of 1; or
    logits
        their logits, ``log(p / (1 - p))``.
    """

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        only_one("Bernoulli", probs, logits)
        (given,) = broadcast(logits if probs is None else probs)
        super().__init__(given.shape, (), validate_args)
        if probs is None:
            self.logits = given
            self.probs = given.sigmoid()
        else:
            self._check("probs", given, lambda p: (p >= 0) & (p <= 1), "from 0 to 1")
            self.probs = given
            inner = bounded(given)
            self.logits = inner.log() - (-inner).log1p()

    @property
    def mean(self) -> Tensor:
        """The probability of 1."""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """The variance of each distribution."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return values of shape ``(*sample_shape, *batch_shape)``."""
        with no_grad():
            return ops.bernoulli(self.probs.expand(self._shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability of 0 or 1."""
        logits, values = broadcast(self.logits, value)
        self._check("value", values, lambda x: (x == 0) | (x == 1), "0 or 1")
        return -ops.binary_cross_entropy_with_logits(logits, values, reduction="none")

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        return ops.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
