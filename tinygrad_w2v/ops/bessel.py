"""Bessel functions of order 0 and 1, which NumPy lacks.

Source: Abramowitz and Stegun, "Handbook of mathematical functions", chapter 9. The integrals are
computed by the trapezoidal rule, whose error decreases exponentially for integrands that are
periodic, or vanish at both ends together with their derivatives.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.sample import Sampler
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.precision import in_float64

_NEGLIGIBLE = 40.0  # e⁻⁴⁰ does not change a sum of float64 that is about 1


def _uniform(low: float, high: float) -> Sampler:
    return lambda rng: [Sample(rng.uniform(low, high, shape)) for shape in [(4,), (0, 2)]]


_HALF, _WHOLE = _uniform(0.3, 6.0), _uniform(-4.0, 4.0)


def _over(value: Any, x: Any, at_zero: float) -> Any:
    """Return value / x, and the limit at 0."""
    is_zero = np.equal(array_of(x), 0)
    return np.where(is_zero, at_zero, value / np.where(is_zero, 1.0, x)).astype(x.dtype)


# --- modified, of the first kind -----------------------------------------------------------------

_STEPS = 48


def _scaled_first(order: int, x: Array) -> Any:
    """Return exp(−|x|) Iₙ(x) = 1/π ∫₀^π exp(−|x| (1 − cos t)) cos nt dt, 9.6.19.

    The integral ends where the integrand is negligible. For order 1 and small x the constant part
    of the integrand, whose integral is 0, is left out, so that the result is accurate near 0.
    """
    size = np.abs(x)
    end = 2 * np.arcsin(np.sqrt(np.minimum(_NEGLIGIBLE / 2 / size, 1)))
    is_near = size <= _NEGLIGIBLE / 2
    total: Any = 0.0
    for k in range(_STEPS + 1):
        t = end * (k / _STEPS)
        values = np.exp(-2 * size * np.sin(t / 2) ** 2)
        if order:
            near = np.exp(-size) * np.expm1(size * np.cos(t))
            values = np.where(is_near, near, values) * np.cos(t)
        total = total + values * (0.5 if k in (0, _STEPS) else 1.0)
    found = np.where(np.isinf(x), 0, total * end / (np.pi * _STEPS))
    return np.where(x < 0, -found, found) if order else found


def _unscaled(order: int, x: Array) -> Any:
    root = np.exp(np.abs(x) / 2)
    values = root * _scaled_first(order, x) * root
    return np.where(np.isinf(x), x if order else np.inf, values)


@op(
    names="Tensor_ tg special special.modified_bessel_i0",
    samples=_WHOLE,
)
@in_float64
def i0(x: Array) -> Any:
    """Return the modified Bessel function of the first kind of order 0.

    Examples
    --------
    >>> i0(np.array([0.0, 1.0])).round(6)
    array([1.      , 1.266066])
    """
    return _unscaled(0, x)


@op(
    names="special special.modified_bessel_i1",
    x=lambda g, x, out: g * (i0(x) - _over(out, x, 0.5)),
    samples=_WHOLE,
)
@in_float64
def i1(x: Array) -> Any:
    """Return the modified Bessel function of the first kind of order 1."""
    return _unscaled(1, x)


@i0.backward("x")
def _i0_rule(g: Any, x: Any) -> Any:
    return g * i1(x)


@op(names="special", samples=_WHOLE)
@in_float64
def i0e(x: Array) -> Any:
    """Return ``exp(−|x|)`` times :func:`i0`."""
    return _scaled_first(0, x)


@op(
    names="special",
    x=lambda g, x, out: g * (i0e(x) - np.sign(x) * out - _over(out, x, 0.5)),
    samples=_WHOLE,
)
@in_float64
def i1e(x: Array) -> Any:
    """Return ``exp(−|x|)`` times :func:`i1`."""
    return _scaled_first(1, x)


@i0e.backward("x")
def _i0e_rule(g: Any, x: Any, out: Any) -> Any:
    return g * (i1e(x) - np.sign(x) * out)


# --- modified, of the second kind ----------------------------------------------------------------

_TINY = 1e-5  # below, the integrand reaches too far, and the series has two terms


def _scaled_second(order: int, x: Array) -> Any:
    """Return exp(x) Kₙ(x) = ∫₀^∞ exp(−x (cosh t − 1)) cosh nt dt, 9.6.24."""
    end = 2 * np.arcsinh(np.sqrt(_NEGLIGIBLE / 2 / np.maximum(x, _TINY)))
    steps = 64
    total: Any = 0.0
    for k in range(steps):
        t = end * (k / steps)
        values = np.exp(-2 * x * np.sinh(t / 2) ** 2) * (np.cosh(t) if order else 1.0)
        total = total + values * (0.5 if k == 0 else 1.0)
    quarter, logarithm = x * x / 4, np.log(x / 2) + np.euler_gamma
    near = 1 / x + x / 2 * (logarithm - 0.5) if order else quarter - logarithm * (1 + quarter)
    found = np.where(x < _TINY, np.exp(x) * near, total * end / steps)
    return np.where(x > 0, np.where(np.isinf(x), 0, found), np.where(x == 0, np.inf, np.nan))


@op(names="special", samples=_HALF)
@in_float64
def modified_bessel_k0(x: Array) -> Any:
    """Return the modified Bessel function of the second kind of order 0; NaN below 0."""
    return np.exp(-x) * _scaled_second(0, x)


@op(
    names="special",
    x=lambda g, x, out: -g * (modified_bessel_k0(x) + out / x),
    samples=_HALF,
)
@in_float64
def modified_bessel_k1(x: Array) -> Any:
    """Return the modified Bessel function of the second kind of order 1; NaN below 0."""
    return np.exp(-x) * _scaled_second(1, x)


@modified_bessel_k0.backward("x")
def _modified_bessel_k0_rule(g: Any, x: Any) -> Any:
    return -g * modified_bessel_k1(x)


@op(
    names="special",
    samples=_HALF,
)
@in_float64
def scaled_modified_bessel_k0(x: Array) -> Any:
    """Return exp(x) times :func:`modified_bessel_k0`."""
    return _scaled_second(0, x)


@op(
    names="special",
    x=lambda g, x, out: g * (out - scaled_modified_bessel_k0(x) - out / x),
    samples=_HALF,
)
@in_float64
def scaled_modified_bessel_k1(x: Array) -> Any:
    """Return exp(x) times :func:`modified_bessel_k1`."""
    return _scaled_second(1, x)


@scaled_modified_bessel_k0.backward("x")
def _scaled_modified_bessel_k0_rule(g: Any, x: Any, out: Any) -> Any:
    return g * (out - scaled_modified_bessel_k1(x))


# --- of the first and of the second kind ---------------------------------------------------------

_FAR = 25.0  # the asymptotic series is accurate to the last digits of float64 from here on
_NODES = np.pi * np.arange(64) / 64
_ORDERS = np.arange(1, 31)[:, None]


def _means(x: Array, weights: Array, wave: Any) -> Any:
    """Return 1/π ∫₀^π wave(x sin t) w(t) dt for weights w at the nodes."""
    total: Any = 0.0
    for node, weight in zip(np.sin(_NODES), weights / len(_NODES), strict=True):
        total = total + weight * wave(x * node)
    return total


def _first_near(order: int, x: Array) -> Any:
    """Compute J₀ and J₁ from their integrals, 9.1.18 and 9.1.21."""
    return _means(x, np.sin(_NODES), np.sin) if order else _means(x, np.ones(64), np.cos)


def _second_near(order: int, x: Array) -> Any:
    """Compute Y₀ and Y₁ from the series of Bessel functions of the first kind, 9.1.88.

    The series is summed under the integral.
    """
    alternating = (-1.0) ** _ORDERS
    logarithm = np.log(x / 2) + np.euler_gamma
    if order:
        factors = alternating * (2 * _ORDERS + 1) / (_ORDERS * (_ORDERS + 1))
        rest = _means(x, np.sum(factors * np.sin((2 * _ORDERS + 1) * _NODES), axis=0), np.sin)
        first = (logarithm - 1) * _first_near(1, x) - _first_near(0, x) / x - rest
    else:
        factors = alternating / _ORDERS
        rest = _means(x, np.sum(factors * np.cos(2 * _ORDERS * _NODES), axis=0), np.cos)
        first = logarithm * _first_near(0, x) - 2 * rest
    return 2 / np.pi * first


def _far(order: int, x: Array) -> tuple[Any, Any]:
    """Return J and Y of large x by Hankel's asymptotic series, 9.2.5 and 9.2.6."""
    parts: list[Any] = [0.0, 0.0]
    term: Any = np.ones_like(x)
    for k in range(1, 31):
        parts[(k - 1) % 2] = parts[(k - 1) % 2] + term * (-1.0 if (k - 1) % 4 > 1 else 1.0)
        term = term * (4 * order**2 - (2 * k - 1) ** 2) / (8 * k * x)
    p, q = parts
    sine, cosine = np.sin(x), np.cos(x)
    of_phase = (sine - cosine, -sine - cosine) if order else (cosine + sine, sine - cosine)
    scale = 1 / np.sqrt(np.pi * x)
    return scale * (p * of_phase[0] - q * of_phase[1]), scale * (p * of_phase[1] + q * of_phase[0])


def _first(order: int, x: Array) -> Any:
    size = np.abs(x)
    is_far = size > _FAR
    near = _first_near(order, np.where(is_far, 0, size))
    found = np.where(is_far, _far(order, np.where(is_far, size, _FAR))[0], near)
    found = np.where(np.isinf(x), 0, found)
    return np.where(x < 0, -found, found) if order else found


def _second(order: int, x: Array) -> Any:
    is_far = x > _FAR
    near = _second_near(order, np.where(is_far | (x <= 0), 1, x))
    found = np.where(is_far, _far(order, np.where(is_far, x, _FAR))[1], near)
    found = np.where(np.isinf(x), 0, found)
    return np.where(x > 0, found, np.where(x == 0, -np.inf, np.nan))


@op(names="special", samples=_WHOLE)
@in_float64
def bessel_j0(x: Array) -> Any:
    """Return the Bessel function of the first kind of order 0."""
    return _first(0, x)


@op(names="special", x=lambda g, x, out: g * (bessel_j0(x) - _over(out, x, 0.5)), samples=_WHOLE)
@in_float64
def bessel_j1(x: Array) -> Any:
    """Return the Bessel function of the first kind of order 1."""
    return _first(1, x)


@bessel_j0.backward("x")
def _bessel_j0_rule(g: Any, x: Any) -> Any:
    return -g * bessel_j1(x)


@op(names="special", samples=_HALF)
@in_float64
def bessel_y0(x: Array) -> Any:
    """Return the Bessel function of the second kind of order 0; NaN below 0."""
    return _second(0, x)


@op(names="special", x=lambda g, x, out: g * (bessel_y0(x) - out / x), samples=_HALF)
@in_float64
def bessel_y1(x: Array) -> Any:
    """Return the Bessel function of the second kind of order 1; NaN below 0."""
    return _second(1, x)


@bessel_y0.backward("x")
def _bessel_y0_rule(g: Any, x: Any) -> Any:
    return -g * bessel_y1(x)


@named("special")
def spherical_bessel_j0(x: TensorLike) -> Any:
    """Return sin(x) / x, and 1 at 0."""
    values: Any = operand(x)
    return _over(np.sin(values), values, 1.0)
