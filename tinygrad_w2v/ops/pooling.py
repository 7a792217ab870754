"""Pooling: the largest value or the mean of each window."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.convolution import Sizes, per_axis, unfold
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.joining import pad_constant
from tinygrad_w2v.ops.operands import operand


def _windows(
    name: str,
    x: TensorLike,
    kernel: int | Sizes,
    stride: int | Sizes | None,
    padding: int | Sizes,
    dilation: int | Sizes,
    axes: int,
    fill: float,
) -> Any:
    """Return the windows of a padded input, (N, C, *positions, values in a window)."""
    array: Any = operand(x)
    if array.ndim != axes + 2:
        raise ValueError(
            f"{name}: x has shape {array.shape}: it must have {axes + 2} axes, batch and channel "
            f"first"
        )
    sizes = per_axis(name, "kernel_size", kernel, axes, 1)
    steps = sizes if stride is None else per_axis(name, "stride", stride, axes, 1)
    around = per_axis(name, "padding", padding, axes, 0)
    if any(2 * p > k for p, k in zip(around, sizes, strict=True)):
        raise ValueError(f"{name}: padding {padding} is more than half of kernel_size {kernel}")
    if any(around):
        array = pad_constant(array, widths=((0, 0), (0, 0), *((p, p) for p in around)), value=fill)
    apart = per_axis(name, "dilation", dilation, axes, 1)
    windows = unfold(array, kernel=sizes, stride=steps, dilation=apart)
    return np.reshape(windows, (*windows.shape[: 2 + axes], math.prod(sizes)))


def _largest(windows: Any) -> Any:
    largest = np.argmax(np.asarray(windows), axis=-1, keepdims=True)
    return take_along_dim(windows, largest, axis=-1)[..., 0]


def max_pool1d(
    x: TensorLike,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
) -> Any:
    """Largest value of each window of (N, C, L); the first of ties gets the gradient.

    Examples
    --------
    >>> import numpy as np
    >>> max_pool1d(np.array([[[1.0, 3.0, 2.0, 0.0]]]), 2)
    array([[[3., 2.]]])
    """
    name = "max_pool1d"
    return _largest(_windows(name, x, kernel_size, stride, padding, dilation, 1, -np.inf))


def max_pool2d(
    x: TensorLike,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
    dilation: int | Sizes = 1,
) -> Any:
    """Largest value of each window of (N, C, H, W); the first of ties gets the gradient.

    Parameters
    ----------
    kernel_size, stride, padding, dilation
        One number or (vertical, horizontal); the stride is `kernel_size` by default. Padding is
        never the largest.
    """
    name = "max_pool2d"
    return _largest(_windows(name, x, kernel_size, stride, padding, dilation, 2, -np.inf))


def avg_pool1d(x: TensorLike, kernel_size: int, stride: int | None = None, padding: int = 0) -> Any:
    """Mean of each window of (N, C, L), zeros of the padding counted."""
    return np.mean(_windows("avg_pool1d", x, kernel_size, stride, padding, 1, 1, 0.0), axis=-1)


def avg_pool2d(
    x: TensorLike,
    kernel_size: int | Sizes,
    stride: int | Sizes | None = None,
    padding: int | Sizes = 0,
) -> Any:
    """Mean of each window of (N, C, H, W), zeros of the padding counted."""
    return np.mean(_windows("avg_pool2d", x, kernel_size, stride, padding, 1, 2, 0.0), axis=-1)
