"""Distribution: the base of distributions, and the conversions of their parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from tinygrad_w2v import ops
from tinygrad_w2v.engine import Tensor, no_grad, tensor
from tinygrad_w2v.engine.size import Size
from tinygrad_w2v.errors import InputError


class Distribution:
    """A batch of distributions, each of values of shape `event_shape`.

    A subclass sets the shapes, and defines :meth:`log_prob` and :meth:`sample` or :meth:`rsample`.

    Parameters
    ----------
    batch_shape
        The shape of the parameters: a distribution for each.
    event_shape
        The shape of a value.
    validate_args
        Accepted as in PyTorch. Parameters and values are checked unless it is False.
    """

    has_rsample: ClassVar[bool] = False
    """Whether gradients flow through :meth:`rsample`."""

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape = Size(batch_shape)
        self.event_shape = Size(event_shape)
        self._is_checked = validate_args is not False

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Return values of shape ``(*sample_shape, *batch_shape, *event_shape)``."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Return a sample through which gradients flow to the parameters."""
        raise NotImplementedError(
            f"{type(self).__name__} has no rsample: its values are discrete; use sample"
        )

    def log_prob(self, value: Any) -> Tensor:
        """Return the logarithm of the density or the probability of a value."""
        raise NotImplementedError(f"{type(self).__name__} does not define log_prob")

    def entropy(self) -> Tensor:
        """Return the entropy of each distribution, in nats."""
        raise NotImplementedError(f"{type(self).__name__} does not define entropy")

    @property
    def mean(self) -> Tensor:
        """The mean of each distribution."""
        raise NotImplementedError(f"{type(self).__name__} does not define mean")

    @property
    def variance(self) -> Tensor:
        """The variance of each distribution."""
        raise NotImplementedError(f"{type(self).__name__} does not define variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation of each distribution."""
        return self.variance.sqrt()

    def perplexity(self) -> Tensor:
        """Return the exponential of the entropy."""
        return self.entropy().exp()

    def _shape(self, sample_shape: Any) -> tuple[int, ...]:
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    def _check(self, name: str, value: Tensor, holds: Callable[[Any], Any], rule: str) -> None:
        """Raise an error unless a condition holds for all values of a parameter or a sample."""
        if self._is_checked and not np.all(holds(np.asarray(value.detach()))):
            raise InputError(f"{type(self).__name__}: {name} must be {rule}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(batch_shape: {tuple(self.batch_shape)})"


def broadcast(*values: Any) -> list[Tensor]:
    """Return numbers and tensors as tensors of one shape."""
    like = next((each.dtype for each in values if isinstance(each, Tensor)), None)
    return list(
        ops.broadcast_tensors(
            *(each if isinstance(each, Tensor) else tensor(float(each), like) for each in values)
        )
    )


def only_one(owner: str, probs: Any, logits: Any) -> None:
    """Raise an error unless one of the two is given."""
    if (probs is None) == (logits is None):
        given = "neither" if probs is None else "both"
        raise InputError(f"{owner}: pass probs or logits, got {given}")


def bounded(probs: Tensor) -> Tensor:
    """Return probabilities that are not 0 or 1 but next to it, so that logarithms are finite."""
    least = float(np.finfo(probs.dtype).eps)
    return probs.clamp(min=least, max=1 - least)
