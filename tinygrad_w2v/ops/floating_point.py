"""Parts and neighbours of floating-point numbers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import TensorLike


class Parts(NamedTuple):
    """The result of ``frexp``."""

    mantissa: Any
    exponent: Any


@named("Tensor.frexp tg.frexp np.frexp")
def _frexp(x: TensorLike) -> Any:
    """Return mantissas from 0.5 to 1 and exponents e, so that `x` is mantissa · 2ᵉ."""
    values = array_of(x)
    exponents = np.frexp(values)[1]
    scale = np.ldexp(np.ones((), values.dtype), -exponents)
    return Parts(operand(x) * scale, Tensor(np.asarray(exponents)))


@named("Tensor_.ldexp tg.ldexp np.ldexp")
def _ldexp(x: TensorLike, other: TensorLike) -> Any:
    """Return ``x · 2^other``."""
    return operand(x) * 2.0 ** operand(other)


@named("Tensor.angle tg.angle np.angle")
def _angle(z: TensorLike) -> Any:
    """Return π for negative numbers, 0 for others; its gradient is 0."""
    values = array_of(z)
    turned = np.where(values < 0, math.pi, 0.0).astype(np.result_type(values, np.float32))
    return np.where(np.isnan(values), turned * np.nan, turned) + 0 * operand(z)


@named("Tensor_ tg")
def nextafter(input: TensorLike, other: TensorLike) -> Any:
    """Return the next number from `input` towards `other`; the gradient is that of `input`."""
    values, target = array_of(input), array_of(other)
    found = np.nextafter(values, target)
    with np.errstate(invalid="ignore", over="ignore"):
        moved = operand(input) + (found - values)
    return np.where(np.equal(values, target), found, moved)
