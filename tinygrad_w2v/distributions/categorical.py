"""Categorical distributions: an index of a category."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.distribution import Distribution, bounded, only_one
from tinygrad_w2v.engine import Tensor, no_grad


class Categorical(Distribution):
    """Categorical distributions: the index of one of n categories.

    Parameters
    ----------
    probs
        Weights of the categories along the last axis, not negative; or
    logits
        their logarithms. Both are normalized.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> policy = tg.distributions.Categorical(tg.tensor([1.0, 3.0]))
    >>> policy.probs, policy.log_prob(tg.tensor(1))
    (tensor([0.2500, 0.7500]), tensor(-0.2877))
    """

    def __init__(
        self,
        probs: Tensor | None = None,
        logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        only_one("Categorical", probs, logits)
        given: Any = logits if probs is None else probs
        super().__init__(given.shape[:-1], (), validate_args)
        if probs is None:
            self.logits = given - given.logsumexp(dim=-1, keepdim=True)
            self.probs = self.logits.softmax(-1)
        else:
            self._check(
                "probs",
                given,
                lambda p: (p >= 0).all() & (p.sum(axis=-1) > 0).all(),
                "not negative, with a sum above 0",
            )
            self.probs = given / given.sum(-1, keepdim=True)
            self.logits = bounded(self.probs).log()

    @property
    def mode(self) -> Tensor:
        """The most probable category."""
        return self.probs.argmax(dim=-1)  # type: ignore[no-any-return]

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return indices of shape ``(*sample_shape, *batch_shape)``."""
        rows = self.probs.reshape(-1, self.probs.shape[-1])
        with no_grad():
            drawn = ops.multinomial(rows, math.prod(sample_shape), True)
        return drawn.transpose(0, 1).reshape(self._shape(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the probability of the category `value`."""
        count = self.logits.shape[-1]
        self._check(
            "value",
            value,
            lambda x: (x >= 0) & (x < count) & (x == np.floor(x)),
            f"the index of one of {count} categories",
        )
        index = value.long().unsqueeze(-1)
        index, logits = ops.broadcast_tensors(index, self.logits)
        return logits.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        logits = self.logits.clamp(min=float(np.finfo(self.logits.dtype).min))
        return -(logits * self.probs).sum(-1)  # type: ignore[no-any-return]

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Return all indices, along a new first axis."""
        count = self.logits.shape[-1]
        values = ops.arange(count).view(-1, *(1 for _ in self.batch_shape))
        return values.expand(count, *self.batch_shape) if expand else values
