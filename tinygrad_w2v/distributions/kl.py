"""Kullback-Leibler divergences of pairs of distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tinygrad_w2v import ops
from tinygrad_w2v.distributions.bernoulli import Bernoulli
from tinygrad_w2v.distributions.categorical import Categorical
from tinygrad_w2v.distributions.distribution import Distribution
from tinygrad_w2v.distributions.independent import Independent
from tinygrad_w2v.distributions.normal import Normal
from tinygrad_w2v.engine import Tensor

Function = TypeVar("Function", bound=Callable[..., Tensor])

_FORMULAS: dict[tuple[type, type], Callable[..., Tensor]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Function], Function]:
    """Register the decorated function for distributions of two types."""

    def decorate(function: Function) -> Function:
        _FORMULAS[type_p, type_q] = function
        return function

    return decorate


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Return the divergence KL(p ‖ q) of each pair: the mean of log p - log q under p, in nats.

    Examples
    --------
    >>> from tinygrad_w2v.distributions import Normal, kl_divergence
    >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
    tensor(0.5000)
    """
    for (left, right), formula in _FORMULAS.items():
        if isinstance(p, left) and isinstance(q, right):
            return formula(p, q)
    raise NotImplementedError(
        f"kl_divergence: there is no formula for {type(p).__name__} and {type(q).__name__}: "
        f"register one with register_kl"
    )


@register_kl(Normal, Normal)
def _of_normals(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(Categorical, Categorical)
def _of_categories(p: Categorical, q: Categorical) -> Tensor:
    terms = p.probs * (p.logits - q.logits)
    return ops.where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(Bernoulli, Bernoulli)
def _of_bernoullis(p: Bernoulli, q: Bernoulli) -> Tensor:
    one = p.probs * (ops.softplus(-q.logits) - ops.softplus(-p.logits))
    zero = (1 - p.probs) * (ops.softplus(q.logits) - ops.softplus(p.logits))
    return one + zero


@register_kl(Independent, Independent)
def _of_vectors(p: Any, q: Any) -> Tensor:
    return p._summed(kl_divergence(p.base_dist, q.base_dist))  # type: ignore[no-any-return]
