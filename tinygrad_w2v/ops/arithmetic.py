"""Elementwise arithmetic: sums, products, rounding, powers, extremes of two, selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.counting import nonzero
from tinygrad_w2v.ops.samples import binary, normal, unary

if TYPE_CHECKING:
    pass

# --- sums and products --------------------------------------------------------------------------

add = op(
    np.add,
    names="Tensor.__add__ Tensor.__radd__",
    a=lambda g: g,
    b=lambda g: g,
    samples=binary(),
)
subtract = op(
    np.subtract,
    names="Tensor.__sub__ Tensor.__rsub__",
    a=lambda g: g,
    b=lambda g: -g,
    samples=binary(),
)
multiply = op(
    np.multiply,
    names="Tensor.__mul__ Tensor.__rmul__ Tensor_ tg Tensor_.mul tg.mul F.mul",
    a=lambda g, b: g * b,
    b=lambda g, a: g * a,
    samples=binary(),
)
divide = op(
    np.divide,
    names="Tensor.__truediv__ Tensor.__rtruediv__ Tensor_.true_divide tg.true_divide",
    a=lambda g, b: g / b,
    b=lambda g, a, b: -g * (a / b) / b,
    samples=binary(second=(0.5, 2.0)),
)
# The result has the divisor's sign, as in Python. At a jump the gradient is one-sided.
remainder = op(
    np.remainder,
    names="Tensor.__mod__ Tensor.__rmod__ Tensor_ tg F",
    a=lambda g: g,
    b=lambda g, a, b: -g * np.floor(a / b),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
# The result has the dividend's sign, as in C.
fmod = op(
    np.fmod,
    names="Tensor_ tg",
    a=lambda g: g,
    b=lambda g, a, b: -g * np.trunc(a / b),
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)
negative = op(
    np.negative,
    names="Tensor.__neg__ Tensor_ tg Tensor_.neg tg.neg F.neg",
    x=lambda g: -g,
    samples=unary(),
)
absolute = op(
    np.absolute,
    names="Tensor.__abs__ Tensor_ tg Tensor_.abs tg.abs F.abs np.fabs",
    x=lambda g, x: g * np.sign(x),
    samples=unary(kinks=[0.0]),
)


def _scaled(other: Any, alpha: float) -> Any:
    return other if alpha == 1 else operand(other) * alpha


@named("Tensor_.add tg.add F.add")
def _add(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Any:
    """Return ``x + alpha * other``, with broadcasting."""
    return add(x, _scaled(other, alpha))


@named("Tensor_.sub tg.sub F.sub Tensor_.subtract tg.subtract")
def _sub(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Any:
    """Return ``x - alpha * other``, with broadcasting."""
    return subtract(x, _scaled(other, alpha))


@named("tg")
def rsub(x: TensorLike, other: TensorLike, *, alpha: float = 1) -> Any:
    """Return ``other - alpha * x``, with broadcasting."""
    return subtract(other, _scaled(x, alpha))


@named("Tensor_.div tg.div F.div Tensor_.divide tg.divide")
def _div(x: TensorLike, other: TensorLike, *, rounding_mode: str | None = None) -> Any:
    """Return ``x / other``, with broadcasting; rounded if `rounding_mode` asks for it.

    Parameters
    ----------
    rounding_mode
        ``"floor"`` rounds down, ``"trunc"`` towards zero.
    """
    if rounding_mode == "floor":
        return floor_divide(x, other)
    if rounding_mode is None:
        return divide(x, other)
    if rounding_mode != "trunc":
        raise ValueError(f"div: rounding_mode is {rounding_mode!r}: use 'floor', 'trunc' or None")
    whole = trunc(divide(x, other))
    dtype = np.result_type(*map(array_of, (x, other)))
    return whole if dtype.kind == "f" else whole.astype(dtype)


# --- sign and rounding: the gradient is zero -----------------------------------------------------


def _zero(g: Any) -> Any:
    return np.zeros_like(g)


_BETWEEN_HALVES = unary(-1.9, 1.9, kinks=[-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])

sign = op(np.sign, names="Tensor_ tg F Tensor_.sgn tg.sgn", x=_zero, samples=unary(kinks=[0.0]))
floor = op(np.floor, names="Tensor_ tg F", x=_zero, samples=_BETWEEN_HALVES)
ceil = op(np.ceil, names="Tensor_ tg F", x=_zero, samples=_BETWEEN_HALVES)
trunc = op(np.trunc, names="Tensor_ tg Tensor_.fix tg.fix", x=_zero, samples=_BETWEEN_HALVES)
rint = op(np.rint, x=_zero, samples=_BETWEEN_HALVES)
floor_divide = op(
    np.floor_divide,
    names="Tensor.__floordiv__ Tensor.__rfloordiv__ Tensor_ tg",
    a=_zero,
    b=_zero,
    samples=binary(0.1, 0.4, second=(0.5, 2.0)),
)


@op(names="Tensor_ tg F special np np.around", x=_zero, samples=_BETWEEN_HALVES)
def round_(x: Any, *, decimals: int = 0) -> Any:
    """Round to a number of decimals, halves to the even digit, as NumPy and PyTorch do."""
    return np.round(x, decimals)


# --- powers and roots ---------------------------------------------------------------------------


@op(
    names="Tensor.__pow__ Tensor.__rpow__ F.pow np np.float_power",
    broadcasts=True,
    promotes="a b",
    samples=binary(0.3, 2.0, second=(-2.0, 2.0)),
)
def power(a: Array, b: Array) -> Any:
    """Return a to the power b; the gradient of 0**0 is 0, as in PyTorch.

    A negative base yields NaN with an exponent that is not an integer, and as the exponent's
    gradient.
    """
    # ** on an array uses square and sqrt for the exponents 2 and 0.5; numpy.power does not.
    return a**b if isinstance(a, np.ndarray) else np.power(a, b)


@power.backward("a")
def _power_of_base(g: Any, a: Any, b: Any) -> Any:
    if isinstance(b, int | float):
        return g * (b * a ** (b - 1)) if b else np.zeros_like(g)
    # The condition avoids 0**(0 - 1), which is infinite and would turn a gradient of 0 into NaN.
    return g * b * a ** np.where(np.equal(b, 0), np.ones_like(b), b - 1)


@power.backward("b")
def _power_of_exponent(g: Any, a: Any, out: Any) -> Any:
    if isinstance(a, int | float):
        return g * out * (float(np.log(a)) if a else 0.0)
    return g * out * np.log(np.where(np.equal(a, 0), np.ones_like(a), a))


@named("Tensor_.pow tg.pow")
def _pow(x: TensorLike, exponent: TensorLike) -> Any:
    """Return ``x ** exponent``, with broadcasting."""
    return power(x, exponent)


square = op(np.square, names="Tensor_ tg F", x=lambda g, x: g * (2 * x), samples=unary())
sqrt = op(np.sqrt, names="Tensor_ tg F", x=lambda g, out: g / (2 * out), samples=unary(0.2, 3.0))
cbrt = op(np.cbrt, x=lambda g, out: g / (3 * out * out), samples=unary(0.2, 3.0))


@op(names="Tensor_ tg F np", x=lambda g, out: -g * (out * out), samples=unary(0.4, 3.0))
def reciprocal(x: Array) -> Any:
    """Return 1 / x; integers are converted to floats, which numpy.reciprocal does not do."""
    return np.divide(1, x)


@op(names="Tensor_ tg F", x=lambda g, out: g * (-0.5 * out**3), samples=unary(0.2, 3.0))
def rsqrt(x: Array) -> Any:
    """Return 1 / √x."""
    return np.divide(1, np.sqrt(x))


hypot = op(
    np.hypot,
    names="Tensor_ tg F",
    a=lambda g, a, out: g * (a / out),
    b=lambda g, b, out: g * (b / out),
    samples=binary(0.3, 2.0),
)

# --- extremes of two ----------------------------------------------------------------------------


def _of_greater(g: Any, a: Any, b: Any) -> Any:
    """Return the gradient where a > b, half of it at a tie as in PyTorch, and 0 elsewhere."""
    return g * np.where(np.equal(a, b), 0.5, np.greater(a, b)).astype(g.dtype)


maximum = op(
    np.maximum,
    names="Tensor_ tg F np.fmax",
    a=_of_greater,
    b=lambda g, a, b: _of_greater(g, b, a),
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)
minimum = op(
    np.minimum,
    names="Tensor_ tg F np.fmin",
    a=lambda g, a, b: _of_greater(g, b, a),
    b=_of_greater,
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)


@op(
    names="Tensor_ tg F Tensor_.clip tg.clip",
    samples=lambda rng: [
        *(Sample(*s.args, min=-1.0, max=1.0) for s in unary(kinks=[-1.0, 1.0])(rng)),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), min=0.0),
        Sample(rng.uniform(0.2, 1.0, (2, 3)), max=0.1),
        Sample(rng.uniform(0.2, 1.0, 3), min=np.array([[0.125], [1.125]], np.float16)),
    ],
    broadcasts=True,
    composed="min max",
)
def clamp(
    x: Array,
    *,
    min: TensorLike | float | None = None,
    max: TensorLike | float | None = None,
) -> Any:
    """Limit values to ``min … max``; one of the two may be omitted.

    The gradient is passed on where ``min <= x <= max``, as in PyTorch.
    """
    if min is None and max is None:
        raise ValueError("clamp: neither min nor max is given: give at least one")
    if isinstance(min, Tensor) or isinstance(max, Tensor):
        return _limited(x, min, max)
    return np.clip(x, min, max)


def _limited(x: Any, low: Any, high: Any) -> Any:
    """Return :func:`clamp` as a composition, differentiable with respect to the limits."""
    if low is not None:
        x = np.where(np.logical_or(np.less(x, low), np.isnan(low)), low, x)
    if high is not None:
        x = np.where(np.logical_or(np.greater(x, high), np.isnan(high)), high, x)
    return x


@clamp.backward("x")
def _clamp_rule(g: Any, x: Any, min: Any, max: Any) -> Any:
    if min is None:
        return g * np.less_equal(x, max)
    if max is None:
        return g * np.greater_equal(x, min)
    return g * np.logical_and(np.greater_equal(x, min), np.less_equal(x, max))


@named("np.clip")
def _numpy_clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    if not isinstance(a, Tensor):  # the Tensor is a limit
        return _limited(a, low, high)
    return clamp(a, min=low, max=high)


# --- selection, interpolation -------------------------------------------------------


@op(
    names="F",
    broadcasts=True,
    promotes="a b",
    a=lambda g, condition: np.where(condition, g, np.zeros_like(g)),
    b=lambda g, condition: np.where(condition, np.zeros_like(g), g),
    samples=normal(
        [np.tri(3, 4, dtype=bool), (3, 4), (4,)],
        [np.True_, (), (2, 2)],
        [np.zeros((0, 2), bool), (0, 2), (1, 2)],
    ),
)
def where(condition: Array, a: Array, b: Array) -> Array:
    """Return `a` where the condition is true and `b` elsewhere."""
    return np.where(condition, a, b)


@named("tg.where")
def _where(condition: TensorLike, input: TensorLike | None = None, other: Any = None) -> Any:
    """Return `input` where the condition is true and `other` elsewhere.

    With the condition alone, return the positions where it is true, an array for each axis.
    """
    if input is None:
        return nonzero(condition, as_tuple=True)
    return where(condition, input, other)


@named("Tensor.where")
def _where_method(self: Tensor, condition: TensorLike, other: TensorLike) -> Any:
    """Return the tensor where the condition is true and `other` elsewhere."""
    return where(condition, self, other)


@named("Tensor_ tg")
def clamp_min(x: TensorLike, min: TensorLike) -> Any:
    """Limit values to at least `min`."""
    return clamp(x, min=min)


@named("Tensor_ tg")
def clamp_max(x: TensorLike, max: TensorLike) -> Any:
    """Limit values to at most `max`."""
    return clamp(x, max=max)


@named("Tensor_ tg")
def frac(x: TensorLike) -> Any:
    """Return the part of each value after the decimal point, with its sign."""
    return operand(x) - trunc(x)


@named("Tensor_ tg")
def float_power(x: TensorLike, exponent: TensorLike) -> Any:
    """Return ``x ** exponent`` in float64."""
    return power(*(operand(value).astype(np.float64) for value in (x, exponent)))


@named("Tensor_ tg")
def nan_to_num(
    x: TensorLike, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Replace NaN by `nan` and infinities by `posinf` and `neginf`, by default the extremes."""
    array: Any = operand(x)
    if array.dtype.kind != "f":
        return array
    limits = np.finfo(array.dtype)
    high, low = (
        (limits.max if posinf is None else posinf),
        (limits.min if neginf is None else neginf),
    )
    plain = array_of(array)
    finite = where(np.isnan(plain), array.dtype.type(nan), array)
    finite = where(np.equal(plain, np.inf), array.dtype.type(high), finite)
    return where(np.equal(plain, -np.inf), array.dtype.type(low), finite)


@named("Tensor_ tg")
def heaviside(x: TensorLike, values: TensorLike) -> Any:
    """Return 0 where `x` is negative, 1 where it is positive, and `values` where it is 0."""
    plain = array_of(x)
    return where(np.equal(plain, 0), values, np.greater(plain, 0).astype(plain.dtype))


@named("Tensor_ tg F")
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
