"""Arithmetic, elementwise and broadcasting: sums, products, powers, roots, extremes of two, choice.

Each row is a function and, for each input, the rule of its gradient: ``g`` is the gradient of
the output, the other names are what the rule needs kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.operands import operand
from tinygrad_w2v.ops.samplers import binary, unary

# --- sums and products --------------------------------------------------------------------------

add = op(np.add, a=lambda g: g, b=lambda g: g, samples=binary())
subtract = op(np.subtract, a=lambda g: g, b=lambda g: -g, samples=binary())
multiply = op(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a, samples=binary())
divide = op(
    np.divide,
    a=lambda g, b: g / b,
    b=lambda g, a, b: -g * (a / b) / b,
    samples=binary(second=(0.5, 2.0)),
)
# The sign of the result is the divisor's, as in Python; at a jump the gradient is a side's.
remainder = op(
    np.remainder,
    a=lambda g: g,
    b=lambda g, a, b: -g * np.floor(a / b),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
floor_divide = op(
    np.floor_divide,
    a=lambda g: np.zeros_like(g),
    b=lambda g: np.zeros_like(g),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
negative = op(np.negative, x=lambda g: -g, samples=unary())
absolute = op(np.absolute, x=lambda g, x: g * np.sign(x), samples=unary(kinks=[0.0]))

# --- powers and roots ---------------------------------------------------------------------------


def _power(a: Array, b: Array) -> Any:
    """Return a to the power b; the gradient of 0**0 is 0, as in PyTorch.

    Negative numbers have no real power, and no gradient of the exponent, unless it is an integer:
    NaN.
    """
    # An array's own ** squares and takes roots for the exponents 2 and 0.5; numpy.power does not.
    return a**b if isinstance(a, np.ndarray) else np.power(a, b)


def _power_of_base(g: Any, a: Any, b: Any) -> Any:
    if isinstance(b, int | float):
        return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
    # The guard keeps 0**(0 - 1), an infinity, from making NaN of a gradient that is 0.
    return g * b * a ** np.where(np.equal(b, 0), np.ones_like(b), b - 1)


def _power_of_exponent(g: Any, a: Any, out: Any) -> Any:
    if isinstance(a, int | float):
        return g * out * (float(np.log(a)) if a else 0.0)
    return g * out * np.log(np.where(np.equal(a, 0), np.ones_like(a), a))


power = op(
    _power,
    a=_power_of_base,
    b=_power_of_exponent,
    broadcasts=True,
    promotes="a b",
    samples=binary(0.3, 2.0, second=(-2.0, 2.0)),
)
dispatch.UFUNCS[np.power] = power
dispatch.UFUNCS[np.float_power] = power

square = op(np.square, x=lambda g, x: g * (2 * x), samples=unary())
sqrt = op(np.sqrt, x=lambda g, out: g / (2 * out), samples=unary(0.2, 3.0))
cbrt = op(np.cbrt, x=lambda g, out: g / (3 * out * out), samples=unary(0.2, 3.0))


def _reciprocal(x: Array) -> Any:
    """Return 1 / x; of integers too, where numpy.reciprocal would round to 0."""
    return np.divide(1, x)


def _rsqrt(x: Array) -> Any:
    """Return 1 / √x."""
    return np.divide(1, np.sqrt(x))


reciprocal = op(_reciprocal, x=lambda g, out: -g * (out * out), samples=unary(0.4, 3.0))
dispatch.UFUNCS[np.reciprocal] = reciprocal
rsqrt = op(_rsqrt, x=lambda g, out: g * (-0.5 * out**3), samples=unary(0.2, 3.0))
hypot = op(
    np.hypot,
    a=lambda g, a, out: g * (a / out),
    b=lambda g, b, out: g * (b / out),
    samples=binary(0.3, 2.0),
)

# --- extremes of two ----------------------------------------------------------------------------


def _share(wins: Any, ties: Any, dtype: Any) -> Any:
    """Return 1 for the extreme and 0 for the other, half at a tie."""
    return np.where(ties, 0.5, wins).astype(dtype)


# At a tie the gradient is halved between the two, as in PyTorch.
maximum = op(
    np.maximum,
    a=lambda g, a, b: g * _share(np.greater(a, b), np.equal(a, b), g.dtype),
    b=lambda g, a, b: g * _share(np.less(a, b), np.equal(a, b), g.dtype),
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)
minimum = op(
    np.minimum,
    a=lambda g, a, b: g * _share(np.less(a, b), np.equal(a, b), g.dtype),
    b=lambda g, a, b: g * _share(np.greater(a, b), np.equal(a, b), g.dtype),
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)


def _clamp(x: Array, *, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    """Limit values to ``min … max``; either may be left out.

    The gradient passes where the value is within the limits, both included, as in PyTorch.
    """
    if min is None and max is None:
        raise ValueError("clamp: neither min nor max is given: give at least one")
    return np.clip(x, min, max)


def _within(g: Any, x: Any, min: Any, max: Any) -> Any:  # noqa: A002
    if min is None:
        return g * np.less_equal(x, max)
    if max is None:
        return g * np.greater_equal(x, min)
    return g * np.logical_and(np.greater_equal(x, min), np.less_equal(x, max))


clamp = op(
    _clamp,
    x=_within,
    samples=lambda rng: [
        *(Sample(*s.args, min=-1.0, max=1.0) for s in unary(kinks=[-1.0, 1.0])(rng)),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), min=0.0),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), max=0.1),
    ],
)

# --- choice and mixing --------------------------------------------------------------------------


def _where(condition: Array, a: Array, b: Array) -> Array:
    """Return `a` where the condition holds and `b` elsewhere."""
    return np.where(condition, a, b)


where = op(
    _where,
    broadcasts=True,
    promotes="a b",
    a=lambda g, condition: np.where(condition, g, np.zeros_like(g)),
    b=lambda g, condition: np.where(condition, np.zeros_like(g), g),
    samples=lambda rng: [
        Sample(rng.random((3, 4)) < 0.5, rng.normal(size=(3, 4)), rng.normal(size=4)),
        Sample(np.asarray(True), rng.normal(size=()), rng.normal(size=(2, 2))),
        Sample(np.zeros((0, 2), dtype=bool), rng.normal(size=(0, 2)), rng.normal(size=(1, 2))),
    ],
)


def lerp(start: TensorLike, end: TensorLike, weight: TensorLike) -> Any:
    """Return ``start + weight · (end − start)``: linear interpolation, broadcasting.

    Examples
    --------
    >>> import numpy as np
    >>> lerp(np.zeros(2), np.array([1.0, 10.0]), 0.5)
    array([0.5, 5. ])
    """
    first: Any = operand(start)
    return first + weight * (end - first)


def _astype(x: Array, *, dtype: np.dtype[np.generic]) -> Array:
    """Return a copy of another dtype; the gradient is converted back."""
    return np.asarray(x).astype(dtype)


astype = op(
    _astype,
    x=lambda g: g,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), dtype=np.float64),
        Sample(rng.normal(size=()), dtype=np.float64),
        Sample(rng.normal(size=(0, 2)), dtype=np.float64),
    ],
)
