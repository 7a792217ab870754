"""The logarithm of the gamma function, its derivatives and the zeta function, which NumPy lacks.

Source: Abramowitz and Stegun, "Handbook of mathematical functions", 6.3.18, 6.4.10 and 23.1.30: the
asymptotic series for large arguments, and the recurrence that leads there.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.constant import constant
from tinygrad_w2v.ops.precision import in_float64
from tinygrad_w2v.ops.samples import unary

_LARGE = 12  # the series are accurate to the last digits of float64 from here on
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _hurwitz_zeta(s: Array, q: Array) -> Any:
    """Return Σₖ (q + k)⁻ˢ for s > 1 and q > 0 by Euler-Maclaurin summation."""
    start = _LARGE + min(int(np.max(s, initial=1.0, where=np.isfinite(s))), 30)
    total: Any = 0.0
    for _ in range(start):
        is_small = q < start
        total = total + np.where(is_small, q**-s, 0)
        q = np.where(is_small, q + 1, q)
    last = q**-s
    factor = s * last / q
    total = total + q * last / (s - 1) + last / 2
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        total = total + bernoulli / math.factorial(2 * k) * factor
        factor = factor * (s + 2 * k - 1) * (s + 2 * k) / (q * q)
    return total


def _zeta(s: Array, q: Array) -> Any:
    """Extend to q < 0: the terms with q + k < 0 are those of 1 − f without those of 1 − q.

    f is the fractional part of q, which is the first q + k above 0.
    """
    s, q = np.broadcast_arrays(s, q)
    if not (q < 0).any():
        found = _hurwitz_zeta(s, q)
    else:
        fraction = np.where(q < 0, q - np.floor(q), q)
        rest = np.where(q < 0, 1 - q, 1.0)
        between = _hurwitz_zeta(s, 1 - fraction) - _hurwitz_zeta(s, rest)
        sign = np.where(s % 2 == 0, 1.0, np.where(s % 2 == 1, -1.0, np.nan))
        found = _hurwitz_zeta(s, fraction)
        found = np.where(q < 0, found + sign * between, found)
    is_pole = (s == 1) | ((q <= 0) & (q == np.floor(q)))
    return np.where(s < 1, np.nan, np.where(is_pole, np.inf, found))


@constant("special")
@in_float64
def zeta(x: Array, other: Array) -> Any:
    """Return the Hurwitz zeta function, Σₖ (other + k)⁻ˣ for k = 0, 1, ...; without a gradient.

    Examples
    --------
    >>> zeta(np.array([2.0]), np.array([1.0])).round(6)  # π² / 6
    array([1.644934])
    """
    return _zeta(x, other)


def _digamma(x: Array) -> Any:
    """Raise |x| to where the series is accurate, and reflect at 0: ψ(x) = ψ(1 − x) − π cot(πx)."""
    size = np.where(x < 0, 1 - x, x)
    total: Any = 0.0
    for _ in range(_LARGE):
        is_small = size < _LARGE
        total = total - np.where(is_small, 1 / size, 0)
        size = np.where(is_small, size + 1, size)
    terms: Any = 0.0
    for k, bernoulli in reversed(list(enumerate(_BERNOULLI, 1))):
        terms = (terms + bernoulli / (2 * k)) / (size * size)
    total = total + np.log(size) - 0.5 / size - terms
    return np.where(x < 0, total - np.pi / np.tan(np.pi * (x - np.floor(x))), total)


@in_float64
def _polygamma(x: Array, *, n: int) -> Any:
    """Return the n-th derivative of digamma: (−1)ⁿ⁺¹ n! ζ(n + 1, x), and digamma for n = 0."""
    if n == 0:
        return _digamma(x)
    found = _zeta(np.full_like(x, n + 1.0), x)
    return (-1.0) ** (n + 1) * math.factorial(n) * found


_samples = unary(low=0.3, high=6.0)


@op(
    names="",
    samples=lambda rng: [Sample(rng.uniform(0.3, 6.0, (3, 4)), n=n) for n in (0, 1, 3)],
)
def polygamma(x: Array, *, n: int) -> Any:
    """Return the n-th derivative of :func:`digamma`."""
    if n < 0:
        raise ValueError(f"polygamma: n is {n}: it must be 0 or more")
    return _polygamma(x, n=n)


@polygamma.backward("x")
def _polygamma_rule(g: Any, x: Any, n: int) -> Any:
    return g * polygamma(x, n=n + 1)


@op(names="Tensor_ tg special special.psi", x=lambda g, x: g * polygamma(x, n=1), samples=_samples)
def digamma(x: Array) -> Any:
    """Return the derivative of the logarithm of the gamma function.

    Examples
    --------
    >>> digamma(np.array([1.0, 0.5])).round(6)  # -γ, -γ - 2 log 2
    array([-0.577216, -1.96351 ])
    """
    return _polygamma(x, n=0)


_log_gamma = np.frompyfunc(lambda value: _scalar_log_gamma(value), 1, 1)


def _scalar_log_gamma(value: float) -> float:
    if value <= 0 and value == math.floor(value):
        return math.inf
    return math.lgamma(value)


@op(names="Tensor_ tg special.gammaln", x=lambda g, x: g * digamma(x), samples=_samples)
@in_float64
def lgamma(x: Array) -> Any:
    """Return the logarithm of the absolute value of the gamma function.

    Examples
    --------
    >>> lgamma(np.array([1.0, 5.0]))  # log 0!, log 4!
    array([0.        , 3.17805383])
    """
    return _log_gamma(x)


@named("Tensor_.polygamma")
def _polygamma_method(self: TensorLike, n: int) -> Any:
    """Return the n-th derivative of :func:`digamma`."""
    return polygamma(operand(self), n=n)


@named("tg.polygamma special.polygamma")
def _tg_polygamma(n: int, input: TensorLike) -> Any:
    """Return the n-th derivative of :func:`digamma`."""
    return polygamma(operand(input), n=n)


@named("Tensor_ tg special.multigammaln")
def mvlgamma(input: TensorLike, p: int) -> Any:
    """Return the logarithm of the multivariate gamma function of dimension p."""
    x: Any = operand(input)
    constant = p * (p - 1) / 4 * math.log(math.pi)
    return constant + sum(lgamma(x - j / 2) for j in range(p))
