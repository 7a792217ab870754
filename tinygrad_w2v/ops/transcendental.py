"""Exponentials, logarithms, trigonometric and hyperbolic functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.samples import binary, unary

_LN2 = float(np.log(2.0))
_LN10 = float(np.log(10.0))

# --- exponentials and logarithms ----------------------------------------------------------------

exp = op(np.exp, names="Tensor_ tg F", x=lambda g, out: g * out, samples=unary())
exp2 = op(np.exp2, names="Tensor_ tg special", x=lambda g, out: g * (out * _LN2), samples=unary())
expm1 = op(np.expm1, names="Tensor_ tg special F", x=lambda g, out: g * (out + 1), samples=unary())
log = op(np.log, names="Tensor_ tg F", x=lambda g, x: g / x, samples=unary(0.2, 3.0))
log1p = op(
    np.log1p, names="Tensor_ tg special F", x=lambda g, x: g / (1 + x), samples=unary(-0.6, 3.0)
)
log2 = op(np.log2, names="Tensor_ tg F", x=lambda g, x: g / (x * _LN2), samples=unary(0.2, 3.0))
log10 = op(np.log10, names="Tensor_ tg F", x=lambda g, x: g / (x * _LN10), samples=unary(0.2, 3.0))
logaddexp = op(
    np.logaddexp,
    names="Tensor_ tg F",
    a=lambda g, a, b: g * np.exp(a - np.logaddexp(a, b)),
    b=lambda g, a, b: g * np.exp(b - np.logaddexp(a, b)),
    samples=binary(),
)


@named("Tensor_ tg special")
def logit(x: TensorLike, eps: float | None = None) -> Any:
    """Return log(x / (1 − x)); with `eps`, of values limited to ``eps … 1 − eps``."""
    p: Any = operand(x) if eps is None else np.clip(x, eps, 1 - eps)
    return np.log(p / (1 - p))


def _times_logarithm(x: TensorLike, other: TensorLike, log: np.ufunc, unit: float) -> Any:
    """Return x · log(other), and 0 where x is 0 unless `other` is NaN; the log of `unit` is 0."""
    values: Any = operand(other)
    is_zero = np.equal(array_of(x), 0) & ~np.isnan(array_of(values))
    logarithm: Any = log(np.where(is_zero, np.asarray(unit, values.dtype), values))
    return operand(x) * np.where(is_zero, np.zeros((), logarithm.dtype), logarithm)


@named("Tensor_ tg special")
def xlogy(x: TensorLike, other: TensorLike) -> Any:
    """Return x · log(other), and 0 where x is 0 unless `other` is NaN."""
    return _times_logarithm(x, other, np.log, 1.0)


@named("special")
def xlog1py(x: TensorLike, other: TensorLike) -> Any:
    """Return x · log(1 + other), and 0 where x is 0 unless `other` is NaN."""
    return _times_logarithm(x, other, np.log1p, 0.0)


@named("special")
def entr(x: TensorLike) -> Any:
    """Return −x · log(x), 0 at 0, and −∞ below."""
    values: Any = operand(x)
    plain = array_of(values)
    inside = np.where(plain > 0, values, np.ones((), plain.dtype))
    found = -values * np.log(inside)
    return np.where(plain < 0, np.asarray(-np.inf, found.dtype), found)


@named("Tensor_ tg special np")
def sinc(x: TensorLike) -> Any:
    """Return sin(πx) / (πx), and 1 at 0."""
    is_zero = np.equal(array_of(x), 0)
    angle = math.pi * np.where(is_zero, np.ones((), array_of(x).dtype), x)
    return np.where(is_zero, np.ones((), array_of(x).dtype), np.sin(angle) / angle)


# --- trigonometric ------------------------------------------------------------------------------

sin = op(np.sin, names="Tensor_ tg F", x=lambda g, x: g * np.cos(x), samples=unary())
cos = op(np.cos, names="Tensor_ tg F", x=lambda g, x: -g * np.sin(x), samples=unary())
tan = op(
    np.tan, names="Tensor_ tg F", x=lambda g, out: g * (1 + out * out), samples=unary(-1.2, 1.2)
)
arcsin = op(
    np.arcsin,
    names="Tensor_ tg Tensor_.asin tg.asin F.asin",
    x=lambda g, x: g / np.sqrt(1 - x * x),
    samples=unary(-0.8, 0.8),
)
arccos = op(
    np.arccos,
    names="Tensor_ tg Tensor_.acos tg.acos F.acos",
    x=lambda g, x: -g / np.sqrt(1 - x * x),
    samples=unary(-0.8, 0.8),
)
arctan = op(
    np.arctan,
    names="Tensor_ tg Tensor_.atan tg.atan F.atan",
    x=lambda g, x: g / (1 + x * x),
    samples=unary(),
)
# The angle of the point (b, a): a is the ordinate.
arctan2 = op(
    np.arctan2,
    names="Tensor_ tg Tensor_.atan2 tg.atan2 F.atan2",
    a=lambda g, a, b: g * (b / (a * a + b * b)),
    b=lambda g, a, b: -g * (a / (a * a + b * b)),
    samples=binary(0.3, 2.0),
)

# --- hyperbolic ---------------------------------------------------------------------------------

sinh = op(np.sinh, names="Tensor_ tg F", x=lambda g, x: g * np.cosh(x), samples=unary())
cosh = op(np.cosh, names="Tensor_ tg F", x=lambda g, x: g * np.sinh(x), samples=unary())
# g · (1 − out²), written with products of arrays only, which are faster than 1 − an array.
tanh = op(np.tanh, names="Tensor_ tg F", x=lambda g, out: g - g * out * out, samples=unary())
arcsinh = op(
    np.arcsinh,
    names="Tensor_ tg Tensor_.asinh tg.asinh F.asinh",
    x=lambda g, x: g / np.sqrt(x * x + 1),
    samples=unary(),
)
arccosh = op(
    np.arccosh,
    names="Tensor_ tg Tensor_.acosh tg.acosh F.acosh",
    x=lambda g, x: g / np.sqrt(x * x - 1),
    samples=unary(1.3, 3.0),
)
arctanh = op(
    np.arctanh,
    names="Tensor_ tg Tensor_.atanh tg.atanh F.atanh",
    x=lambda g, x: g / (1 - x * x),
    samples=unary(-0.7, 0.7),
)
