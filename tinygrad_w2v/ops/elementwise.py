"""Elementwise ops: one value in, one value out, broadcasting.

Each row is a function and, for each input, the rule of its gradient: ``g`` is the gradient of
the output, the other names are what the rule needs kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.samplers import binary, unary

# --- arithmetic ---------------------------------------------------------------------------------

add = op(np.add, a=lambda g: g, b=lambda g: g, samples=binary())
subtract = op(np.subtract, a=lambda g: g, b=lambda g: -g, samples=binary())
multiply = op(np.multiply, a=lambda g, b: g * b, b=lambda g, a: g * a, samples=binary())
divide = op(
    np.divide,
    a=lambda g, b: g / b,
    b=lambda g, b, out: -g * out / b,
    samples=binary(second=(0.5, 2.0)),
)
# The guards keep 0**0 and 0**b from making NaN of a gradient that is 0 (PyTorch's choice too).
power = op(
    np.power,
    a=lambda g, a, b: g * b * a ** np.where(b == 0, 1, b - 1),
    b=lambda g, a, out: g * out * np.log(np.where(a == 0, 1, a)),
    samples=binary(0.3, 2.0, second=(-2.0, 2.0)),
)
negative = op(np.negative, x=lambda g: -g, samples=unary())
absolute = op(np.absolute, x=lambda g, x: g * np.sign(x), samples=unary(kinks=[0.0]))
square = op(np.square, x=lambda g, x: g * 2 * x, samples=unary())
sqrt = op(np.sqrt, x=lambda g, out: g / (2 * out), samples=unary(0.2, 3.0))

# At a tie the gradient is halved between the two, as in PyTorch.
maximum = op(
    np.maximum,
    a=lambda g, a, b: g * np.where(a == b, 0.5, a > b).astype(g.dtype),
    b=lambda g, a, b: g * np.where(a == b, 0.5, b > a).astype(g.dtype),
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)
minimum = op(
    np.minimum,
    a=lambda g, a, b: g * np.where(a == b, 0.5, a < b).astype(g.dtype),
    b=lambda g, a, b: g * np.where(a == b, 0.5, b < a).astype(g.dtype),
    samples=binary(-2.0, -0.1, second=(0.1, 2.0)),
)

# --- exponentials and what neural networks make of them ----------------------------------------

exp = op(np.exp, x=lambda g, out: g * out, samples=unary())
log = op(np.log, x=lambda g, x: g / x, samples=unary(0.2, 3.0))
tanh = op(np.tanh, x=lambda g, out: g * (1 - out * out), samples=unary())


def _sigmoid(x: Array) -> Any:
    """Logistic function 1 / (1 + exp(−x)), to full relative precision for any x."""
    decay = np.exp(-np.abs(x))
    return np.where(np.less(x, 0), decay, 1) / (1 + decay)


def _softplus(x: Array) -> Any:
    """Return log(1 + exp(x)), without overflow for any x."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _relu(x: Array) -> Array:
    """Return max(x, 0); the gradient at 0 is 0."""
    return np.maximum(x, 0)


sigmoid = op(_sigmoid, x=lambda g, out: g * out * (1 - out), samples=unary(-6.0, 6.0))
softplus = op(_softplus, x=lambda g, x: g * sigmoid(x), samples=unary(-6.0, 6.0))
relu = op(_relu, x=lambda g, out: g * (out > 0), samples=unary(kinks=[0.0]))

# --- choice ------------------------------------------------------------------------------------


def _where(condition: Array, a: Array, b: Array) -> Array:
    """Return `a` where the condition holds and `b` elsewhere."""
    return np.where(condition, a, b)


where = op(
    _where,
    broadcasts=True,
    a=lambda g, condition: np.where(condition, g, np.zeros_like(g)),
    b=lambda g, condition: np.where(condition, np.zeros_like(g), g),
    samples=lambda rng: [
        Sample(rng.random((3, 4)) < 0.5, rng.normal(size=(3, 4)), rng.normal(size=4)),
        Sample(np.asarray(True), rng.normal(size=()), rng.normal(size=(2, 2))),
    ],
)


def _astype(x: Array, *, dtype: np.dtype[np.generic]) -> Array:
    """Return a copy of another dtype; the gradient is converted back."""
    return np.asarray(x).astype(dtype)


astype = op(
    _astype, x=lambda g: g, samples=lambda rng: [Sample(rng.normal(size=(2, 3)), dtype=np.float64)]
)

# --- no gradient: results are truth values or steps --------------------------------------------

greater = op(np.greater, inputs="a b", samples=binary())
greater_equal = op(np.greater_equal, inputs="a b", samples=binary())
less = op(np.less, inputs="a b", samples=binary())
less_equal = op(np.less_equal, inputs="a b", samples=binary())
equal = op(np.equal, inputs="a b", samples=binary())
not_equal = op(np.not_equal, inputs="a b", samples=binary())
sign = op(np.sign, x=lambda g: np.zeros_like(g), samples=unary(kinks=[0.0]))
