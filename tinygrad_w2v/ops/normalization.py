"""Normalization to unit norm or to mean 0 and variance 1, and cosine similarity."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.reduction import norm, sum_
from tinygrad_w2v.ops.samples import normal


@named("F")
def normalize(x: TensorLike, p: float = 2.0, axis: int = 1, eps: float = 1e-12) -> Any:
    """Divide by the p-norm along an axis: x / max(‖x‖, eps).

    Examples
    --------
    >>> import numpy as np
    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    array: Any = operand(x)
    return array / clamp(norm(array, p=p, axis=axis, keepdims=True), min=eps)


@named("tg F")
def cosine_similarity(a: TensorLike, b: TensorLike, axis: int = 1, eps: float = 1e-8) -> Any:
    """Cosine similarity along an axis, a·b / (max(‖a‖, eps) · max(‖b‖, eps)).

    `a` and `b` broadcast. The similarity with a zero vector is 0.
    """
    return sum_(normalize(a, 2.0, axis, eps) * normalize(b, 2.0, axis, eps), axis=axis)


@op(
    residuals=True,
    samples=normal(
        [(3, 4)], [(2, 3, 4), {"axis": (-2, -1)}], [(3, 2), {"axis": (0,), "eps": 0.1}], [(0, 2)]
    ),
)
def standardize(x: Array, *, axis: tuple[int, ...] = (-1,), eps: float = 1e-5) -> Any:
    """Shift and scale to mean 0 and variance 1 over axes.

    The variance has the divisor n; `eps` is added to it before the square root.
    """
    centred = x - np.mean(x, axis=axis, keepdims=True)
    scale = 1 / np.sqrt(np.mean(centred * centred, axis=axis, keepdims=True) + eps)
    return centred * scale, scale


@standardize.backward("x")
def _standardize_rule(g: Any, out: Any, axis: tuple[int, ...], residuals: Any) -> Any:
    along = np.mean(g * out, axis=axis, keepdims=True)
    return residuals * (g - np.mean(g, axis=axis, keepdims=True) - out * along)


@named("F")
def layer_norm(
    x: TensorLike,
    normalized_shape: int | tuple[int, ...],
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    eps: float = 1e-5,
) -> Any:
    """Normalize over the last axes: (x − mean) / √(variance + eps) · weight + bias.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.

    Parameters
    ----------
    normalized_shape
        Sizes of the axes to standardize over, and the shape of `weight` and `bias`.
    """
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    array: Any = operand(x)
    if not shape or array.shape[-len(shape) :] != shape:
        raise ValueError(
            f"layer_norm: normalized_shape {shape} must be the last sizes of x {array.shape}"
        )
    for name, given in (("weight", weight), ("bias", bias)):
        if given is not None and np.shape(given) != shape:
            found = np.shape(given)
            raise ValueError(f"layer_norm: {name} has shape {found}, not normalized_shape {shape}")
    out = standardize(array, axis=tuple(range(-len(shape), 0)), eps=eps)
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias
