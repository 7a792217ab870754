"""Exponentials, logarithms, trigonometric and hyperbolic functions, and the error function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.error_function import erf_values
from tinygrad_w2v.ops.samples import binary, unary

_LN2 = float(np.log(2.0))
_LN10 = float(np.log(10.0))
_TWO_OVER_ROOT_PI = float(2 / np.sqrt(np.pi))

# --- exponentials and logarithms ----------------------------------------------------------------

exp = op(np.exp, names="Tensor.exp tg.exp F.exp", x=lambda g, out: g * out, samples=unary())
exp2 = op(np.exp2, names="Tensor.exp2 tg.exp2", x=lambda g, out: g * (out * _LN2), samples=unary())
expm1 = op(
    np.expm1,
    names="Tensor.expm1 tg.expm1 F.expm1",
    x=lambda g, out: g * (out + 1),
    samples=unary(),
)
log = op(np.log, names="Tensor.log tg.log F.log", x=lambda g, x: g / x, samples=unary(0.2, 3.0))
log1p = op(
    np.log1p,
    names="Tensor.log1p tg.log1p F.log1p",
    x=lambda g, x: g / (1 + x),
    samples=unary(-0.6, 3.0),
)
log2 = op(
    np.log2,
    names="Tensor.log2 tg.log2 F.log2",
    x=lambda g, x: g / (x * _LN2),
    samples=unary(0.2, 3.0),
)
log10 = op(
    np.log10,
    names="Tensor.log10 tg.log10 F.log10",
    x=lambda g, x: g / (x * _LN10),
    samples=unary(0.2, 3.0),
)
logaddexp = op(
    np.logaddexp,
    names="Tensor.logaddexp tg.logaddexp F.logaddexp",
    a=lambda g, a, b: g * np.exp(a - np.logaddexp(a, b)),
    b=lambda g, a, b: g * np.exp(b - np.logaddexp(a, b)),
    samples=binary(),
)

# --- trigonometric ------------------------------------------------------------------------------

sin = op(np.sin, names="Tensor.sin tg.sin F.sin", x=lambda g, x: g * np.cos(x), samples=unary())
cos = op(np.cos, names="Tensor.cos tg.cos F.cos", x=lambda g, x: -g * np.sin(x), samples=unary())
tan = op(
    np.tan,
    names="Tensor.tan tg.tan F.tan",
    x=lambda g, out: g * (1 + out * out),
    samples=unary(-1.2, 1.2),
)
arcsin = op(
    np.arcsin,
    names="Tensor.asin Tensor.arcsin tg.asin tg.arcsin F.asin",
    x=lambda g, x: g / np.sqrt(1 - x * x),
    samples=unary(-0.8, 0.8),
)
arccos = op(
    np.arccos,
    names="Tensor.acos Tensor.arccos tg.acos tg.arccos F.acos",
    x=lambda g, x: -g / np.sqrt(1 - x * x),
    samples=unary(-0.8, 0.8),
)
arctan = op(
    np.arctan,
    names="Tensor.atan Tensor.arctan tg.atan tg.arctan F.atan",
    x=lambda g, x: g / (1 + x * x),
    samples=unary(),
)
# The angle of the point (b, a): a is the ordinate.
arctan2 = op(
    np.arctan2,
    names="Tensor.atan2 Tensor.arctan2 tg.atan2 tg.arctan2 F.atan2",
    a=lambda g, a, b: g * (b / (a * a + b * b)),
    b=lambda g, a, b: -g * (a / (a * a + b * b)),
    samples=binary(0.3, 2.0),
)

# --- hyperbolic ---------------------------------------------------------------------------------

sinh = op(
    np.sinh, names="Tensor.sinh tg.sinh F.sinh", x=lambda g, x: g * np.cosh(x), samples=unary()
)
cosh = op(
    np.cosh, names="Tensor.cosh tg.cosh F.cosh", x=lambda g, x: g * np.sinh(x), samples=unary()
)
# g · (1 − out²), written with products of arrays only, which are faster than 1 − an array.
tanh = op(
    np.tanh, names="Tensor.tanh tg.tanh F.tanh", x=lambda g, out: g - g * out * out, samples=unary()
)
arcsinh = op(
    np.arcsinh,
    names="Tensor.asinh Tensor.arcsinh tg.asinh tg.arcsinh F.asinh",
    x=lambda g, x: g / np.sqrt(x * x + 1),
    samples=unary(),
)
arccosh = op(
    np.arccosh,
    names="Tensor.acosh Tensor.arccosh tg.acosh tg.arccosh F.acosh",
    x=lambda g, x: g / np.sqrt(x * x - 1),
    samples=unary(1.3, 3.0),
)
arctanh = op(
    np.arctanh,
    names="Tensor.atanh Tensor.arctanh tg.atanh tg.arctanh F.atanh",
    x=lambda g, x: g / (1 - x * x),
    samples=unary(-0.7, 0.7),
)

# --- the error function -------------------------------------------------------------------------


def _erf(x: Array) -> Any:
    """Error function 2/√π ∫₀ˣ exp(−t²) dt, accurate to the dtype's last digits."""
    return erf_values(x)


erf = op(
    _erf,
    names="Tensor.erf tg.erf F.erf",
    x=lambda g, x: g * (_TWO_OVER_ROOT_PI * np.exp(-x * x)),
    samples=unary(),
)
