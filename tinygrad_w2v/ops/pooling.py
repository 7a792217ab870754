"""Pooling: the maximum or the mean of each window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.convolution import Setting, padded, per_axis, unfold
from tinygrad_w2v.ops.gathering import take_along_dim


@named("F")
def max_pool1d(
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    dilation: Setting = 1,
) -> Any:
    """Maximum of each window of (N, C, L); see :func:`max_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool1d(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    array([[[3., 2.]]])
    """
    return _maximum(_windows("max_pool1d", 1, x, kernel_size, stride, padding, dilation, -np.inf))


@named("F")
def max_pool2d(
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    dilation: Setting = 1,
) -> Any:
    """Maximum of each window of (N, C, H, W); of equal maxima, the first gets the gradient.

    The settings are integers or (vertical, horizontal). The stride is `kernel_size` by default.
    Padding is never the maximum.
    """
    return _maximum(_windows("max_pool2d", 2, x, kernel_size, stride, padding, dilation, -np.inf))


@named("F")
def avg_pool1d(
    x: TensorLike, kernel_size: Setting, stride: Setting | None = None, padding: Setting = 0
) -> Any:
    """Mean of each window of (N, C, L), padding counted as zeros; see :func:`max_pool2d`."""
    return np.mean(_windows("avg_pool1d", 1, x, kernel_size, stride, padding), axis=-1)


@named("F")
def avg_pool2d(
    x: TensorLike, kernel_size: Setting, stride: Setting | None = None, padding: Setting = 0
) -> Any:
    """Mean of each window of (N, C, H, W), padding counted as zeros; see :func:`max_pool2d`."""
    return np.mean(_windows("avg_pool2d", 2, x, kernel_size, stride, padding), axis=-1)


def _maximum(windows: Any) -> Any:
    index = np.argmax(np.asarray(windows), axis=-1, keepdims=True)
    return take_along_dim(windows, index, axis=-1)[..., 0]


def _windows(
    name: str,
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None,
    padding: Setting,
    dilation: Setting = 1,
    fill: float = 0.0,
) -> Any:
    """Return the windows of a padded input, (N, C, *positions, values of a window)."""
    array: Any = operand(x)
    if array.ndim != axes + 2:
        raise ValueError(
            f"{name}: x has shape {array.shape}: it must have {axes + 2} axes, batch and channel "
            f"first"
        )
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else per_axis(name, "stride", stride, axes, 1)
    widths = per_axis(name, "padding", padding, axes, 0)
    if any(2 * p > k for p, k in zip(widths, kernel, strict=True)):
        raise ValueError(
            f"{name}: padding {padding} is more than half of kernel_size {kernel_size}"
        )
    spacing = per_axis(name, "dilation", dilation, axes, 1)
    windows = unfold(padded(array, widths, fill), kernel=kernel, stride=steps, dilation=spacing)
    return np.reshape(windows, (*windows.shape[: 2 + axes], math.prod(kernel)))
