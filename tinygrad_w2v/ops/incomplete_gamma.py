"""The regularized incomplete gamma functions, which NumPy lacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.gamma import lgamma
from tinygrad_w2v.ops.precision import in_float64

_MOST = 100_000  # terms; about 10 √a are needed
_SMALLEST = 1e-300


def _samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.uniform(0.4, 3.0, (2, 1)), rng.uniform(0.2, 6.0, 3)),
        Sample(rng.uniform(0.4, 3.0, (0, 1)), rng.uniform(0.2, 6.0, 2)),
    ]


def _density(a: Any, x: Any) -> Any:
    """Return the derivative of P(a, x) with respect to x: xᵃ⁻¹ exp(−x) / Γ(a)."""
    return np.exp((a - 1) * np.log(x) - x - lgamma(a))


def _by_series(a: Array, x: Array) -> Any:
    """Return P(a, x), Abramowitz and Stegun 6.5.29."""
    term: Any = 1 / a
    total = term
    for n in range(1, _MOST):
        term = term * (x / (a + n))
        total = total + term
        if (term <= 1e-17 * total).all():
            break
    return total * np.where(x > 0, x * _density(a, x), 0)


def _by_fraction(a: Array, x: Array) -> Any:
    """Return 1 − P(a, x) by the continued fraction 6.5.31, evaluated by Lentz's method."""
    b = x + 1 - a
    c = np.full_like(b, 1 / _SMALLEST)
    d = 1 / b
    total = d
    for n in range(1, _MOST):
        factor = n * (a - n)
        b = b + 2
        d = factor * d + b
        d = 1 / np.where(np.abs(d) < _SMALLEST, _SMALLEST, d)
        c = b + factor / c
        c = np.where(np.abs(c) < _SMALLEST, _SMALLEST, c)
        total = total * (d * c)
        if (np.abs(d * c - 1) <= 3e-16).all():
            break
    return total * x * _density(a, x)


def _both(a: Array, x: Array) -> tuple[Any, Any]:
    """Return P(a, x) and Q(a, x) = 1 − P(a, x); each computed directly where it is small."""
    a, x = np.broadcast_arrays(a, x)
    is_inside = (a > 0) & (x >= 0) & np.isfinite(a) & np.isfinite(x)
    uses_series = is_inside & (x < a + 1)
    uses_fraction = is_inside & ~uses_series
    p, q = np.full(a.shape, np.nan), np.full(a.shape, np.nan)
    p[uses_series] = _by_series(a[uses_series], x[uses_series])
    q[uses_fraction] = _by_fraction(a[uses_fraction], x[uses_fraction])
    q[uses_series], p[uses_fraction] = 1 - p[uses_series], 1 - q[uses_fraction]
    is_one = ((a == 0) & (x > 0)) | (np.isinf(x) & (a >= 0) & np.isfinite(a))
    is_zero = np.isinf(a) & (x >= 0) & np.isfinite(x)
    p[is_one], q[is_one], p[is_zero], q[is_zero] = 1, 0, 0, 1
    return p, q


@op(
    names="Tensor_ tg special.gammainc",
    broadcasts=True,
    promotes="input other",
    other=lambda g, input, other: g * _density(input, other),
    samples=_samples,
)
@in_float64
def igamma(input: Array, other: Array) -> Any:
    """Return the regularized lower incomplete gamma function P(input, other).

    It is the integral of ``tᵃ⁻¹ exp(−t) / Γ(a)`` from 0 to `other`, for a = `input`. As in PyTorch,
    there is no gradient with respect to `input`.

    Examples
    --------
    >>> igamma(np.array([1.0]), np.array([2.0])).round(6)  # 1 − exp(−2)
    array([0.864665])
    """
    return _both(input, other)[0]


@op(
    names="Tensor_ tg special.gammaincc",
    broadcasts=True,
    promotes="input other",
    other=lambda g, input, other: -g * _density(input, other),
    samples=_samples,
)
@in_float64
def igammac(input: Array, other: Array) -> Any:
    """Return the regularized upper incomplete gamma function, 1 − :func:`igamma`."""
    return _both(input, other)[1]
