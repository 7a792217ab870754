"""Rearranging of image values: pixel shuffle, channel shuffle, and windows as columns."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.windows import (
    Setting,
    add_windows,
    batched,
    padded,
    per_axis,
    sliding_windows,
)


@named("tg F")
def pixel_shuffle(x: TensorLike, upscale_factor: int) -> Any:
    """Rearrange (..., C·r², H, W) to (..., C, H·r, W·r), where r is `upscale_factor`.

    Source: Shi et al., arXiv 1609.05158.
    """
    array: Any = operand(x)
    *lead, channels, height, width = array.shape
    r = upscale_factor
    if r < 1 or channels % (r * r):
        raise ValueError(f"pixel_shuffle: x {array.shape}: {r}² must divide {channels} channels")
    apart = np.reshape(array, (*lead, channels // (r * r), r, r, height, width))
    n = len(lead)
    order = (*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    shape = (*lead, channels // (r * r), height * r, width * r)
    return np.reshape(np.transpose(apart, order), shape)


@named("tg F")
def pixel_unshuffle(x: TensorLike, downscale_factor: int) -> Any:
    """Rearrange (..., C, H·r, W·r) to (..., C·r², H, W): undo :func:`pixel_shuffle`."""
    array: Any = operand(x)
    *lead, channels, height, width = array.shape
    r = downscale_factor
    if r < 1 or height % r or width % r:
        raise ValueError(f"pixel_unshuffle: x {array.shape}: {r} must divide the last two sizes")
    apart = np.reshape(array, (*lead, channels, height // r, r, width // r, r))
    n = len(lead)
    order = (*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    shape = (*lead, channels * r * r, height // r, width // r)
    return np.reshape(np.transpose(apart, order), shape)


@named("tg F")
def channel_shuffle(x: TensorLike, groups: int) -> Any:
    """Interleave the channels, the second axis, of `groups` groups (Zhang et al., 1707.01083)."""
    array: Any = operand(x)
    batch, channels, *spatial = array.shape
    if groups < 1 or channels % groups:
        raise ValueError(f"channel_shuffle: x {array.shape}: {groups} must divide {channels}")
    apart = np.reshape(array, (batch, groups, channels // groups, *spatial))
    return np.reshape(np.swapaxes(apart, 1, 2), array.shape)


@named("F.unfold")
def columns_of_windows(
    x: TensorLike,
    kernel_size: Setting,
    dilation: Setting = 1,
    padding: Setting = 0,
    stride: Setting = 1,
) -> Any:
    """Extract the windows of (N, C, H, W) as columns, (N, C · kernel values, windows).

    Parameters
    ----------
    kernel_size, dilation, padding, stride
        Size of the window, step inside it, width of the zeros on both sides, and step of the
        window: an integer or (vertical, horizontal).
    """
    images, is_single = batched("unfold", 2, operand(x))
    kernel = per_axis("unfold", "kernel_size", kernel_size, 2, 1)
    windows = sliding_windows(
        padded(images, per_axis("unfold", "padding", padding, 2, 0)),
        kernel=kernel,
        stride=per_axis("unfold", "stride", stride, 2, 1),
        dilation=per_axis("unfold", "dilation", dilation, 2, 1),
    )
    batch, channels, *positions = windows.shape[:4]
    columns = np.reshape(
        np.transpose(windows, (0, 1, 4, 5, 2, 3)),
        (batch, channels * math.prod(kernel), math.prod(positions)),
    )
    return columns[0] if is_single else columns


@named("F.fold")
def add_columns(
    x: TensorLike,
    output_size: Setting,
    kernel_size: Setting,
    dilation: Setting = 1,
    padding: Setting = 0,
    stride: Setting = 1,
) -> Any:
    """Add up columns of windows, (N, C · kernel values, windows), to (N, C, *output_size).

    It is the adjoint of :func:`columns_of_windows`, whose settings it takes.
    """
    columns, is_single = operand(x), np.ndim(x) == 2
    columns = np.expand_dims(columns, 0) if is_single else columns
    sizes = per_axis("fold", "output_size", output_size, 2, 1)
    kernel = per_axis("fold", "kernel_size", kernel_size, 2, 1)
    widths = per_axis("fold", "padding", padding, 2, 0)
    steps = per_axis("fold", "stride", stride, 2, 1)
    spacing = per_axis("fold", "dilation", dilation, 2, 1)
    full = tuple(n + 2 * p for n, p in zip(sizes, widths, strict=True))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, spacing, strict=True)]
    positions = [(n - span) // s + 1 for n, span, s in zip(full, spans, steps, strict=True)]
    if columns.ndim != 3 or columns.shape[1] % math.prod(kernel):
        raise ValueError(f"fold: x {columns.shape}: pass (N, C · {math.prod(kernel)}, windows)")
    if columns.shape[2] != math.prod(positions):
        raise ValueError(
            f"fold: x {columns.shape} has {columns.shape[2]} windows, the settings give "
            f"{math.prod(positions)}"
        )
    channels = columns.shape[1] // math.prod(kernel)
    windows = np.reshape(columns, (len(columns), channels, *kernel, *positions))
    windows = np.transpose(windows, (0, 1, 4, 5, 2, 3))
    shape = (len(columns), channels, *full)
    out = add_windows(windows, shape=shape, stride=steps, dilation=spacing)
    inner: Any = (..., *(slice(p, p + n) for p, n in zip(widths, sizes, strict=True)))
    out = out[inner]
    return out[0] if is_single else out
