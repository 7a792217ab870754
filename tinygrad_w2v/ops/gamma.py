"""The logarithm of the gamma function and its derivatives, which NumPy lacks.

Source: Abramowitz and Stegun, "Handbook of mathematical functions", 6.3.18, 6.4.11 and 6.1.41: the
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
from tinygrad_w2v.ops.samples import unary

_LARGE = 12  # the series is accurate to the last digits of float64 from here on
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _polygamma(n: int, x: Array) -> Any:
    """Return the n-th derivative of digamma: (−1)ⁿ⁺¹ n! Σₖ (x + k)⁻ⁿ⁻¹, and digamma for n = 0."""
    wanted = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    values = x.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = _of_positive(n, np.abs(values))
        if (values < 0).any():
            found = np.where(values < 0, _of_negative(n, values), found)
    return found.astype(wanted, copy=False)


def _of_negative(n: int, x: Array) -> Any:
    """Reflect at 0: for n > 0, the terms with x + k < 0 are those of 1 − f without those of 1 − x.

    f is the fractional part of x, which is the first x + k above 0.
    """
    fraction = x - np.floor(x)
    if n == 0:
        return _of_positive(0, 1 - x) - np.pi / np.tan(np.pi * fraction)
    between = _of_positive(n, 1 - fraction) - _of_positive(n, 1 - x)
    return _of_positive(n, fraction) + (-1.0) ** (n + 1) * between


def _of_positive(n: int, x: Array) -> Any:
    """Raise x to where the series is accurate, one at a time, and sum the terms that this skips."""
    sign = (-1.0) ** (n + 1)
    total: Any = np.zeros_like(x)
    for _ in range(_LARGE + n):
        small = x < _LARGE + n
        total = total + np.where(small, sign * math.factorial(n) * x ** (-1.0 - n), 0)
        x = np.where(small, x + 1, x)
    return total + _series(n, x, sign)


def _series(n: int, x: Array, sign: float) -> Any:
    terms: Any = 0.0
    for k, bernoulli in reversed(list(enumerate(_BERNOULLI, 1))):
        factor = bernoulli * math.factorial(2 * k + n - 1) / math.factorial(2 * k)
        terms = terms + factor * x ** (-2.0 * k - n)
    if n == 0:
        return np.log(x) - 0.5 / x - terms
    first = math.factorial(n - 1) * x ** float(-n) + math.factorial(n) / 2 * x ** (-1.0 - n)
    return sign * (first + terms)


_samples = unary(low=0.3, high=6.0)


@op(
    names="",
    samples=lambda rng: [Sample(rng.uniform(0.3, 6.0, (3, 4)), n=n) for n in (0, 1, 3)],
)
def polygamma(x: Array, *, n: int) -> Any:
    """Return the n-th derivative of :func:`digamma`."""
    if n < 0:
        raise ValueError(f"polygamma: n is {n}: it must be 0 or more")
    return _polygamma(n, np.asarray(x))


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
    return _polygamma(0, np.asarray(x))


_log_gamma = np.frompyfunc(lambda value: _scalar_log_gamma(value), 1, 1)


def _scalar_log_gamma(value: float) -> float:
    if value <= 0 and value == math.floor(value):
        return math.inf
    return math.lgamma(value)


@op(names="Tensor_ tg special.gammaln", x=lambda g, x: g * digamma(x), samples=_samples)
def lgamma(x: Array) -> Any:
    """Return the logarithm of the absolute value of the gamma function.

    Examples
    --------
    >>> lgamma(np.array([1.0, 5.0]))  # log 0!, log 4!
    array([0.        , 3.17805383])
    """
    values = np.asarray(x)
    wanted = values.dtype if values.dtype.kind == "f" else np.float64
    return np.asarray(_log_gamma(values.astype(np.float64)), np.float64).astype(wanted, copy=False)


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
