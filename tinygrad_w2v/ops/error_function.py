"""The error function, which NumPy lacks.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969), 631-637: a quotient of polynomials for each of three ranges, accurate to 18
digits.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.precision import in_float64
from tinygrad_w2v.ops.samples import unary

_TWO_OVER_ROOT_PI = float(2 / np.sqrt(np.pi))

# fmt: off
# Coefficients of numerator and denominator, highest power first.
# |x| ≤ 0.46875: erf(x) = x · P(x²) / Q(x²).
_SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)
# Up to 4: erfc(x) = exp(−x²) · P(x) / Q(x).
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
     1.23033935480374942e3),
)
# Above: erfc(x) = exp(−x²) / x · (1/√π − x⁻² · P(x⁻²) / Q(x⁻²)).
_LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)
# fmt: on


@op(
    names="Tensor_ tg F special",
    x=lambda g, x: g * (_TWO_OVER_ROOT_PI * np.exp(-x * x)),
    samples=unary(),
)
def erf(x: Array) -> Any:
    """Error function 2/√π ∫₀ˣ exp(−t²) dt, accurate to the dtype's last digits.

    Integers are converted to float64.

    Examples
    --------
    >>> erf(np.array([0.0, 1.0, -np.inf]))
    array([ 0.        ,  0.84270079, -1.        ])
    """
    x = np.asarray(x)
    dtype = x.dtype if x.dtype.kind == "f" else np.dtype(np.float64)
    # The coefficients exceed the range of float16.
    values = x.astype(np.float32 if dtype.itemsize < 4 else dtype, copy=False)
    # Beyond 6 the result is ±1 in any dtype.
    size = np.minimum(np.abs(values), 6)
    is_small = size <= 0.46875
    # Both formulas are evaluated for all values, which is faster than selecting.
    tail = _tail(size)
    near = np.where(is_small, values, 0)
    near_zero = near * _quotient(_SMALL, near * near)
    return np.where(is_small, near_zero, np.copysign(1 - tail, values)).astype(dtype, copy=False)


@op(
    names="Tensor_ tg special",
    x=lambda g, x: -g * (_TWO_OVER_ROOT_PI * np.exp(-x * x)),
    samples=unary(),
)
@in_float64
def erfc(x: Array) -> Any:
    """Return 1 − erf(x), accurate where it is small."""
    return np.where(x < 0.5, 1 - erf(x), _tail(np.abs(x)))


@op(
    names="special",
    x=lambda g, x, out: g * (2 * x * out - _TWO_OVER_ROOT_PI),
    samples=unary(),
)
@in_float64
def erfcx(x: Array) -> Any:
    """Return exp(x²) · erfc(x)."""
    return np.where(x < 0.5, np.exp(x * x) * (1 - erf(x)), _scaled_tail(np.abs(x)))


@op(
    names="Tensor_ tg special",
    x=lambda g, out: g * (np.exp(out * out) / _TWO_OVER_ROOT_PI),
    samples=unary(low=-0.9, high=0.9),
)
@in_float64
def erfinv(x: Array) -> Any:
    """Return the inverse of :func:`erf`: infinite at ±1, NaN beyond.

    Winitzki's approximation, "A handy approximation for the error function and its inverse", 2008,
    corrected by steps of Halley's method.
    """
    size = np.abs(x)
    return np.copysign(_inverse_of_tail(1 - size, size), x)


def _inverse_of_tail(rest: Array, value: Array) -> Any:
    """Return the inverse of erfc at `rest` from 0 to 1, which is 1 − `value`.

    Both are needed: near 0 only the one, near 1 only the other is accurate.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(rest) + np.log1p(value)
        half = 2 / (np.pi * 0.147) + logarithm / 2
        found = np.sqrt(np.sqrt(half * half - logarithm / 0.147) - half)
        for _ in range(3):
            off = np.where(found < 0.5, erf(found) - value, rest - _tail(found))
            step = off / (_TWO_OVER_ROOT_PI * np.exp(-found * found))
            found = found - step / (1 + found * step)
    found = np.where(rest == 0, np.inf, found)
    return np.where((rest < 0) | (rest > 1), np.nan, found)


# --- the normal distribution ---------------------------------------------------------------------

_ROOT_HALF = math.sqrt(0.5)


@named("special")
def ndtr(x: TensorLike) -> Any:
    """Return the distribution function of the standard normal distribution."""
    return 0.5 * erfc(operand(x) * -_ROOT_HALF)


@op(
    names="special",
    x=lambda g, out: g * (math.sqrt(2 * math.pi) * np.exp(out * out / 2)),
    samples=unary(low=0.05, high=0.95),
)
@in_float64
def ndtri(x: Array) -> Any:
    """Return the inverse of :func:`ndtr`: infinite at 0 and 1, NaN outside."""
    rest = np.minimum(x, 1 - x)
    return np.copysign(_inverse_of_tail(2 * rest, 1 - 2 * rest), x - 0.5) / _ROOT_HALF


@op(
    names="special",
    x=lambda g, x: g * (_TWO_OVER_ROOT_PI * _ROOT_HALF / erfcx(x * -_ROOT_HALF)),
    samples=unary(),
)
@in_float64
def log_ndtr(x: Array) -> Any:
    """Return the logarithm of :func:`ndtr`, without underflow."""
    scaled = x * _ROOT_HALF
    below = np.log(erfcx(-scaled) / 2) - scaled * scaled
    return np.where(x < -1, below, np.log1p(-erfc(scaled) / 2))


# --- rational approximations ---------------------------------------------------------------------


def _tail(size: Array) -> Any:
    """Return erfc = 1 − erf for values of at least 0.46875; for smaller ones a finite value."""
    return np.exp(-size * size) * _scaled_tail(size)


def _scaled_tail(size: Array) -> Any:
    tail = _quotient(_MIDDLE, size)
    is_large = np.greater(size, 4)
    if is_large.any():  # rare, and then for few values
        tail, large = np.array(tail), size[is_large]
        inverse = 1 / (large * large)
        bracket = _TWO_OVER_ROOT_PI / 2 - inverse * _quotient(_LARGE, inverse)
        tail[is_large] = bracket / large
    return tail


def _quotient(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Any:
    above, below = coefficients
    return _polynomial(above, x) / _polynomial(below, x)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Any:
    first, *rest = coefficients
    total = np.full_like(x, first)
    for coefficient in rest:
        total *= x
        total += coefficient
    return total
