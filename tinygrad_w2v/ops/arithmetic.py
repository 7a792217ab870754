"""Elementwise arithmetic with broadcasting: sums, products, powers, extremes of two, selection.

Each row has a forward function, its names, and a backward rule for each input: ``g`` is the
gradient of the output, the other parameters of a rule name what is saved for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.tensor import Tensor, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.samples import binary, unary

if TYPE_CHECKING:
    import numpy.typing as npt

# --- sums and products --------------------------------------------------------------------------

add = op(
    np.add,
    names="Tensor.__add__ Tensor.__radd__ Tensor.add tg.add F.add",
    a=lambda g: g,
    b=lambda g: g,
    samples=binary(),
)
subtract = op(
    np.subtract,
    names="Tensor.__sub__ Tensor.__rsub__ Tensor.sub Tensor.subtract tg.sub tg.subtract F.sub",
    a=lambda g: g,
    b=lambda g: -g,
    samples=binary(),
)
multiply = op(
    np.multiply,
    names="Tensor.__mul__ Tensor.__rmul__ Tensor.mul Tensor.multiply tg.mul tg.multiply F.mul",
    a=lambda g, b: g * b,
    b=lambda g, a: g * a,
    samples=binary(),
)
divide = op(
    np.divide,
    names="""
        Tensor.__truediv__ Tensor.__rtruediv__ Tensor.div Tensor.divide Tensor.true_divide
        tg.div tg.divide tg.true_divide F.div
    """,
    a=lambda g, b: g / b,
    b=lambda g, a, b: -g * (a / b) / b,
    samples=binary(second=(0.5, 2.0)),
)
# The result has the divisor's sign, as in Python. At a jump the gradient is one-sided.
remainder = op(
    np.remainder,
    names="Tensor.__mod__ Tensor.__rmod__ Tensor.remainder tg.remainder F.remainder",
    a=lambda g: g,
    b=lambda g, a, b: -g * np.floor(a / b),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
floor_divide = op(
    np.floor_divide,
    names="Tensor.__floordiv__ Tensor.__rfloordiv__ Tensor.floor_divide tg.floor_divide",
    a=lambda g: np.zeros_like(g),
    b=lambda g: np.zeros_like(g),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
negative = op(
    np.negative,
    names="Tensor.__neg__ Tensor.neg Tensor.negative tg.neg tg.negative F.neg",
    x=lambda g: -g,
    samples=unary(),
)
absolute = op(
    np.absolute,
    names="Tensor.__abs__ Tensor.abs Tensor.absolute tg.abs tg.absolute F.abs np.fabs",
    x=lambda g, x: g * np.sign(x),
    samples=unary(kinks=[0.0]),
)

# --- powers and roots ---------------------------------------------------------------------------


def _power(a: Array, b: Array) -> Any:
    """Return a to the power b; the gradient of 0**0 is 0, as in PyTorch.

    A negative base with an exponent that is not an integer yields NaN, as does the gradient of
    the exponent of a negative base.
    """
    # ** on an array uses square and sqrt for the exponents 2 and 0.5; numpy.power does not.
    return a**b if isinstance(a, np.ndarray) else np.power(a, b)


def _power_of_base(g: Any, a: Any, b: Any) -> Any:
    if isinstance(b, int | float):
        return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
    # The condition avoids 0**(0 - 1), which is infinite and would turn a gradient of 0 into NaN.
    return g * b * a ** np.where(np.equal(b, 0), np.ones_like(b), b - 1)


def _power_of_exponent(g: Any, a: Any, out: Any) -> Any:
    if isinstance(a, int | float):
        return g * out * (float(np.log(a)) if a else 0.0)
    return g * out * np.log(np.where(np.equal(a, 0), np.ones_like(a), a))


power = op(
    _power,
    names="Tensor.__pow__ Tensor.__rpow__ Tensor.pow tg.pow F.pow np.power np.float_power",
    a=_power_of_base,
    b=_power_of_exponent,
    broadcasts=True,
    promotes="a b",
    samples=binary(0.3, 2.0, second=(-2.0, 2.0)),
)
square = op(
    np.square,
    names="Tensor.square tg.square F.square",
    x=lambda g, x: g * (2 * x),
    samples=unary(),
)
sqrt = op(
    np.sqrt,
    names="Tensor.sqrt tg.sqrt F.sqrt",
    x=lambda g, out: g / (2 * out),
    samples=unary(0.2, 3.0),
)
cbrt = op(np.cbrt, x=lambda g, out: g / (3 * out * out), samples=unary(0.2, 3.0))


def _reciprocal(x: Array) -> Any:
    """Return 1 / x; integers are converted to floats, which numpy.reciprocal does not do."""
    return np.divide(1, x)


def _rsqrt(x: Array) -> Any:
    """Return 1 / √x."""
    return np.divide(1, np.sqrt(x))


reciprocal = op(
    _reciprocal,
    names="Tensor.reciprocal tg.reciprocal F.reciprocal np.reciprocal",
    x=lambda g, out: -g * (out * out),
    samples=unary(0.4, 3.0),
)
rsqrt = op(
    _rsqrt,
    names="Tensor.rsqrt tg.rsqrt F.rsqrt",
    x=lambda g, out: g * (-0.5 * out**3),
    samples=unary(0.2, 3.0),
)
hypot = op(
    np.hypot,
    names="Tensor.hypot tg.hypot F.hypot",
    a=lambda g, a, out: g * (a / out),
    b=lambda g, b, out: g * (b / out),
    samples=binary(0.3, 2.0),
)

# --- extremes of two ----------------------------------------------------------------------------


def _share(wins: Any, ties: Any, dtype: Any) -> Any:
    """Return 1 where the operand is the extreme, 0 where the other one is, 0.5 at a tie."""
    return np.where(ties, 0.5, wins).astype(dtype)


def _share_of_greater(g: Any, a: Any, b: Any) -> Any:
    return g * _share(np.greater(a, b), np.equal(a, b), g.dtype)


def _share_of_less(g: Any, a: Any, b: Any) -> Any:
    return g * _share(np.less(a, b), np.equal(a, b), g.dtype)


# At a tie each of the two gets half of the gradient, as in PyTorch.
maximum = op(
    np.maximum,
    names="Tensor.maximum tg.maximum F.maximum np.fmax",
    a=_share_of_greater,
    b=_share_of_less,
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)
minimum = op(
    np.minimum,
    names="Tensor.minimum tg.minimum F.minimum np.fmin",
    a=_share_of_less,
    b=_share_of_greater,
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)


def _clamp(x: Array, *, min: float | None = None, max: float | None = None) -> Any:  # noqa: A002
    """Limit values to ``min … max``; one of the two may be omitted.

    The gradient is passed on where ``min <= x <= max``, as in PyTorch.
    """
    if min is None and max is None:
        raise ValueError("clamp: neither min nor max is given: give at least one")
    return np.clip(x, min, max)


def _clamp_rule(g: Any, x: Any, min: Any, max: Any) -> Any:  # noqa: A002
    if min is None:
        return g * np.less_equal(x, max)
    if max is None:
        return g * np.greater_equal(x, min)
    return g * np.logical_and(np.greater_equal(x, min), np.less_equal(x, max))


clamp = op(
    _clamp,
    names="Tensor.clamp Tensor.clip tg.clamp tg.clip F.clamp",
    x=_clamp_rule,
    samples=lambda rng: [
        *(Sample(*s.args, min=-1.0, max=1.0) for s in unary(kinks=[-1.0, 1.0])(rng)),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), min=0.0),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), max=0.1),
    ],
)


@named("np.clip")
def _numpy_clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,  # noqa: A002
    max: Any = None,  # noqa: A002
) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if np.ndim(low) or np.ndim(high):  # arrays of limits, which may require a gradient
        bounded = a if low is None else maximum(a, low)
        return bounded if high is None else minimum(bounded, high)
    return clamp(a, min=low, max=high)


# --- selection, interpolation, conversion -------------------------------------------------------


def _where(condition: Array, a: Array, b: Array) -> Array:
    """Return `a` where the condition is true and `b` elsewhere."""
    return np.where(condition, a, b)


where = op(
    _where,
    names="tg.where F.where np.where",
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


@named("Tensor.lerp tg.lerp F.lerp")
def lerp(start: TensorLike, end: TensorLike, weight: TensorLike) -> Any:
    """Linear interpolation ``start + weight · (end − start)``, with broadcasting.

    Examples
    --------
    >>> import numpy as np
    >>> lerp(np.zeros(2), np.array([1.0, 10.0]), 0.5)
    array([0.5, 5. ])
    """
    first: Any = operand(start)
    return first + weight * (end - first)


def _astype(x: Array, *, dtype: npt.DTypeLike) -> Array:
    """Return a copy with another dtype; the gradient is converted back."""
    return np.asarray(x).astype(dtype)


astype = op(
    _astype,
    names="Tensor.astype",
    x=lambda g: g,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), dtype=np.float64),
        Sample(rng.normal(size=()), dtype=np.float64),
        Sample(rng.normal(size=(0, 2)), dtype=np.float64),
    ],
)


@named("Tensor.float")
def _float(self: Tensor) -> Any:
    """Convert to float32."""
    return astype(self, dtype=np.float32)


@named("Tensor.double")
def _double(self: Tensor) -> Any:
    """Convert to float64."""
    return astype(self, dtype=np.float64)


@named("Tensor.half")
def _half(self: Tensor) -> Any:
    """Convert to float16."""
    return astype(self, dtype=np.float16)
