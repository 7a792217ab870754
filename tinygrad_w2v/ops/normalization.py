"""Normalization: to unit norm, to mean 0 and variance 1 over axes, and cosine similarity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.reduction import norm, sum_
from tinygrad_w2v.ops.samples import normal
from tinygrad_w2v.ops.windows import padded, sliding_windows


@named("F")
def normalize(
    x: TensorLike, p: float = 2.0, axis: int | tuple[int, ...] = 1, eps: float = 1e-12
) -> Any:
    """Divide by the p-norm along an axis, or several: x / max(‖x‖, eps).

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
    if np.shape(a) != np.shape(b):
        shape = np.broadcast_shapes(np.shape(a), np.shape(b))
        a, b = np.broadcast_to(operand(a), shape), np.broadcast_to(operand(b), shape)
    return sum_(normalize(a, 2.0, axis, eps) * normalize(b, 2.0, axis, eps), axis=axis)


@named("tg F")
def pdist(x: TensorLike, p: float = 2.0) -> Any:
    """p-norm of the differences of all pairs of rows of (N, D), (N · (N − 1) / 2,)."""
    array: Any = operand(x)
    if array.ndim != 2:
        raise ValueError(f"pdist: x has shape {array.shape}: it must be (N, D)")
    first, second = np.triu_indices(array.shape[0], 1)
    return norm(array[first] - array[second], p=p, axis=1)


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


def _affine(out: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Any:
    """Scale and shift by a weight and a bias in `shape`."""
    if weight is not None:
        out = out * (weight if np.shape(weight) == shape else np.reshape(weight, shape))
    if bias is not None:
        out = out + (bias if np.shape(bias) == shape else np.reshape(bias, shape))
    return out


def _per_channel(name: str, x: Any, least: int = 2) -> tuple[int, ...]:
    """Return the shape (C, 1, ...) of channels, the second axis of `x`."""
    if x.ndim < least:
        raise ValueError(f"{name}: x has shape {x.shape}: it must have {least} axes or more")
    return (x.shape[1], *(1,) * (x.ndim - 2))


def _last_axes(name: str, x: Any, normalized_shape: Any, *named: tuple[str, Any]) -> Shape:
    """Return `normalized_shape` as a tuple, after comparing it with x and with parameters."""
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or tuple(x.shape[-len(shape) :]) != shape:
        raise ValueError(f"{name}: normalized_shape {shape} must be the last sizes of x {x.shape}")
    for parameter, given in named:
        if given is not None and np.shape(given) != shape:
            found = np.shape(given)
            raise ValueError(f"{name}: {parameter} has shape {found}, not normalized_shape {shape}")
    return shape


@named("tg F")
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
    array: Any = operand(x)
    given = (("weight", weight), ("bias", bias))
    shape = _last_axes("layer_norm", array, normalized_shape, *given)
    out = standardize(array, axis=tuple(range(-len(shape), 0)), eps=eps)
    return _affine(out, weight, bias, shape)


@named("tg F")
def rms_norm(
    x: TensorLike,
    normalized_shape: int | tuple[int, ...],
    weight: TensorLike | None = None,
    eps: float | None = None,
) -> Any:
    """Divide by the root of the mean square over the last axes: x / √(mean(x²) + eps) · weight.

    Source: Zhang and Sennrich, "Root mean square layer normalization", arXiv 1910.07467.

    Parameters
    ----------
    normalized_shape
        Sizes of the axes, and the shape of `weight`.
    eps
        By default the machine epsilon of the dtype.
    """
    array: Any = operand(x)
    shape = _last_axes("rms_norm", array, normalized_shape, ("weight", weight))
    eps = float(np.finfo(array.dtype).eps) if eps is None else eps
    axes = tuple(range(-len(shape), 0))
    mean = np.mean(np.square(array), axis=axes, keepdims=True)
    return _affine(array / np.sqrt(mean + eps), weight, None, shape)


@named("tg F")
def group_norm(
    x: TensorLike,
    num_groups: int,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    eps: float = 1e-5,
) -> Any:
    """Standardize (N, C, ...) over the channels of each group and the axes after them.

    Source: Wu and He, "Group normalization", arXiv 1803.08494.

    Parameters
    ----------
    num_groups
        Number of groups; it must divide C.
    weight, bias : (C,)
    """
    array: Any = operand(x)
    shape = _per_channel("group_norm", array)
    if num_groups < 1 or shape[0] % num_groups:
        raise ValueError(f"group_norm: num_groups is {num_groups}: it must divide {shape[0]}")
    grouped = np.reshape(
        array,
        (array.shape[0], num_groups, shape[0] // num_groups * math.prod(array.shape[2:])),
    )
    out = np.reshape(standardize(grouped, eps=eps), array.shape)
    return _affine(out, weight, bias, shape)


@named("tg F")
def batch_norm(
    x: TensorLike,
    running_mean: TensorLike | None,
    running_var: TensorLike | None,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    cudnn_enabled: bool = False,
) -> Any:
    """Standardize (N, C, ...) over all axes but the channels.

    Source: Ioffe and Szegedy, "Batch normalization", arXiv 1502.03167.

    Parameters
    ----------
    running_mean, running_var : (C,)
        Averages over batches, updated in place in training and used otherwise.
    weight, bias : (C,)
    training
        Whether to use the mean and variance of the batch.
    momentum
        Weight of the batch in the running averages, whose variance has the divisor n − 1.
    """
    array: Any = operand(x)
    shape = _per_channel("batch_norm", array)
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("batch_norm: running_mean and running_var are needed: pass both")
        return _normalized(array, running_mean, running_var, weight, bias, eps, shape)
    axes = (0, *range(2, array.ndim))
    count = math.prod(array.shape) // max(shape[0], 1)
    if count == 1:
        raise ValueError(
            f"batch_norm: x {array.shape} has 1 value per channel: training needs more"
        )
    _update(running_mean, running_var, array_of(array), axes, momentum)
    return _affine(standardize(array, axis=axes, eps=eps), weight, bias, shape)


def _normalized(
    x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: Any, shape: Any
) -> Any:
    """Return (x − mean) / √(variance + eps) · weight + bias, one of each for each channel."""
    scale = 1 / np.sqrt(operand(variance) + eps)
    return _affine((x - np.reshape(mean, shape)) * np.reshape(scale, shape), weight, bias, shape)


def _update(
    mean: TensorLike | None, variance: TensorLike | None, x: Array, axes: Shape, momentum: float
) -> None:
    """Update running averages in place."""
    if mean is None and variance is None:
        return
    for running, of_batch in ((mean, np.mean(x, axes)), (variance, np.var(x, axes, ddof=1))):
        if running is not None:
            values = array_of(running)
            # Instance normalization: moments of each item.
            moment = of_batch if of_batch.ndim == 1 else of_batch.mean(0)
            values[...] = (1 - momentum) * values + momentum * moment
            if isinstance(running, Tensor):
                running.bump_version()


@named("tg F")
def instance_norm(
    x: TensorLike,
    running_mean: TensorLike | None = None,
    running_var: TensorLike | None = None,
    weight: TensorLike | None = None,
    bias: TensorLike | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
    cudnn_enabled: bool = False,
) -> Any:
    """Standardize each channel of each item of (N, C, ...) over the axes after them.

    Source: Ulyanov et al., "Instance normalization", arXiv 1607.08022.

    Parameters
    ----------
    running_mean, running_var, weight, bias, momentum
        See :func:`batch_norm`; the averages are over the items of the batch as well.
    use_input_stats
        Whether to use the mean and variance of the input instead of the running ones.
    """
    array: Any = operand(x)
    shape = _per_channel("instance_norm", array, least=3)
    if not use_input_stats:
        return _normalized(array, running_mean, running_var, weight, bias, eps, shape)
    axes = tuple(range(2, array.ndim))
    if math.prod(array.shape[2:]) == 1:
        raise ValueError(
            f"instance_norm: x {array.shape} has 1 value per channel and item: it needs more"
        )
    _update(running_mean, running_var, array_of(array), axes, momentum)
    return _affine(standardize(array, axis=axes, eps=eps), weight, bias, shape)


@named("F")
def local_response_norm(
    x: TensorLike, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """Divide (N, C, ...) by (k + alpha · mean of x² over `size` neighbouring channels) ** beta.

    Source: Krizhevsky et al., "ImageNet classification with deep convolutional neural networks",
    2012.
    """
    array: Any = operand(x)
    _per_channel("local_response_norm", array, least=3)
    squares = np.moveaxis(np.square(array), 1, -1)
    around = padded(squares, ((size // 2, (size - 1) // 2),))
    windows = sliding_windows(around, kernel=(size,), stride=(1,), dilation=(1,))
    mean = np.moveaxis(np.mean(windows, axis=-1), -1, 1)
    return array / (mean * alpha + k) ** beta
