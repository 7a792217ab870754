"""Activation functions with kinks: linear, constant or exponential in pieces."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.in_place import in_place, with_inplace
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.samples import unary
from tinygrad_w2v.random.distributions import SeedLike, numpy_generator


@op(names="Tensor_ tg F", x=lambda g, out: g * np.greater(out, 0), samples=unary(kinks=[0.0]))
def relu(x: Array, *, inplace: bool = False) -> Any:
    """Return max(x, 0); the gradient at 0 is 0."""
    return np.maximum(x, 0)


@op(
    names="F",
    x=lambda g, x, negative_slope: np.where(np.greater(x, 0), g, g * negative_slope),
    samples=unary(kinks=[0.0], negative_slope=0.3),
    composed="negative_slope",
)
def leaky_relu(x: Array, *, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """Return x where x > 0 and `negative_slope` · x elsewhere."""
    return np.where(np.greater(x, 0), x, np.multiply(x, negative_slope))


@op(
    names="F",
    x=lambda g, out, min_val, max_val: (
        g * np.logical_and(np.greater(out, min_val), np.less(out, max_val))
    ),
    samples=unary(kinks=[-1.0, 1.0]),
    composed="min_val max_val",
)
def hardtanh(
    x: Array, *, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Any:
    """Limit values to ``min_val … max_val``; the gradient at both limits is 0, as in PyTorch."""
    return np.clip(x, min_val, max_val)


# elu has a kink in the second derivative at 0 (in the first, if α is not 1).
@op(
    names="F",
    samples=lambda rng: [
        *unary(kinks=[0.0], alpha=0.5)(rng),
        *unary(kinks=[0.0], scale=1.5, input_scale=0.5)(rng),
    ],
    composed="alpha",
)
def elu(
    x: Array,
    *,
    alpha: float = 1.0,
    inplace: bool = False,
    scale: float = 1.0,
    input_scale: float = 1.0,
) -> Any:
    """Return x where x > 0 and α · (exp(x) − 1) elsewhere.

    Parameters
    ----------
    scale
        Factor of the result.
    input_scale
        Factor of x in the exponent.
    """
    negative = np.clip(x if input_scale == 1 else x * input_scale, None, 0.0)
    value = np.where(np.greater(x, 0), x, alpha * np.expm1(negative))
    return value if scale == 1 else value * scale


@elu.backward("x")
def _elu_rule(g: Any, x: Any, alpha: Any, scale: float, input_scale: float) -> Any:
    exponent = np.minimum(x if input_scale == 1 else x * input_scale, 0)
    slope = np.where(np.greater(x, 0), 1, alpha * input_scale * np.exp(exponent))
    return g * (slope if scale == 1 else slope * scale)


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


@named("tg F")
def selu(x: TensorLike, inplace: bool = False) -> Any:
    """Scaled :func:`elu` with the two constants of Klambauer et al., arXiv 1706.02515."""
    return elu(x, alpha=_SELU_ALPHA, inplace=inplace, scale=_SELU_SCALE)


@named("tg F")
def celu(x: TensorLike, alpha: float = 1.0, inplace: bool = False) -> Any:
    """Return x where x > 0 and α · (exp(x/α) − 1) elsewhere (Barron, arXiv 1704.07483)."""
    return elu(x, alpha=alpha, inplace=inplace, input_scale=1 / alpha)


@named("F")
def relu6(x: TensorLike, inplace: bool = False) -> Any:
    """Return min(max(x, 0), 6)."""
    return hardtanh(x, min_val=0.0, max_val=6.0, inplace=inplace)


@named("F")
@with_inplace
def hardsigmoid(x: TensorLike, inplace: bool = False) -> Any:
    """Return x/6 + 1/2, limited to 0 … 1."""
    return hardtanh(operand(x) / 6 + 0.5, min_val=0.0, max_val=1.0)


@op(
    names="F",
    x=lambda g, x: (
        g * np.where(np.greater_equal(np.abs(x), 3), np.greater(x, 0), x * (1 / 3) + 0.5)
    ),
    samples=unary(-5.0, 5.0, kinks=[-3.0, 3.0]),
)
def hardswish(x: Array, *, inplace: bool = False) -> Any:
    """Return x · min(max(x + 3, 0), 6) / 6 (Howard et al., arXiv 1905.02244)."""
    return x * (np.clip(x + 3, 0, 6) / 6)


@named("Tensor tg F")
def hardshrink(x: TensorLike, lambd: float = 0.5) -> Any:
    """Return x where |x| > lambd and 0 elsewhere."""
    return np.where(np.greater(np.abs(array_of(x)), lambd), operand(x), 0)


@named("F")
def softshrink(x: TensorLike, lambd: float = 0.5) -> Any:
    """Return x − lambd where x > lambd, x + lambd where x < −lambd, and 0 elsewhere."""
    if lambd < 0:
        raise ValueError(f"softshrink: lambd is {lambd}: it must not be negative")
    return operand(x) - clamp(x, min=-lambd, max=lambd)


@named("tg F")
@with_inplace
def threshold(x: TensorLike, threshold: float, value: float, inplace: bool = False) -> Any:
    """Return x where x > threshold and `value` elsewhere."""
    return np.where(np.greater(array_of(x), threshold), operand(x), value)


@named("Tensor tg F")
def prelu(x: TensorLike, weight: TensorLike) -> Any:
    """Return x where x > 0 and weight · x elsewhere (He et al., arXiv 1502.01852).

    Parameters
    ----------
    weight : (1,) or (C,)
        One slope, or one for each channel, the second axis of `x`.
    """
    array, slopes = operand(x), operand(weight)
    if slopes.ndim and array.ndim:
        channels = array.shape[1] if array.ndim > 1 else 1
        if slopes.shape[0] not in (1, channels):
            raise ValueError(
                f"prelu: x {array.shape} and weight {slopes.shape}: pass 1 slope or {channels}"
            )
        slopes = np.reshape(slopes, (-1, *(1,) * max(array.ndim - 2, 0)))
    elif slopes.ndim:
        slopes = np.reshape(slopes, ())
    return np.where(np.greater(array_of(array), 0), array, slopes * array)


@named("tg F")
@with_inplace
def rrelu(
    x: TensorLike,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Return x where x > 0 and slope · x elsewhere (Xu et al., arXiv 1505.00853).

    Parameters
    ----------
    lower, upper
        Each slope is uniform between them in training, else their mean.
    """
    array: Any = operand(x)
    slopes: Any = (lower + upper) / 2
    if training:
        drawn = numpy_generator(rng).uniform(lower, upper, array.shape)
        slopes = drawn.astype(array.dtype)
    return array * np.where(np.greater(array_of(array), 0), 1, slopes).astype(array.dtype)


_AT_TOP_LEVEL = ("relu", "selu", "celu", "rrelu", "threshold")
for _name in ("relu", "leaky_relu", "elu", "selu", "celu", "hardtanh", "rrelu", "threshold"):
    named(f"F.{_name}_ tg.{_name}_" if _name in _AT_TOP_LEVEL else f"F.{_name}_")(
        in_place(f"{_name}_", globals()[_name])
    )
