"""Convolution and its transpose over one to three axes, as matrix products with all windows."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from tinygrad_w2v.engine.promotion import promoted
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.samples import normal
from tinygrad_w2v.ops.windows import (
    Setting,
    Sizes,
    add_windows,
    batched,
    over_axes,
    padded,
    per_axis,
    sliding_windows,
)

_PLAIN = {"stride": (1,), "padding": (0,), "dilation": (1,)}
_GROUPED = {"stride": (2,), "padding": (1,), "dilation": (2,), "groups": 2}
_IMAGES = {"stride": (1, 2), "padding": (0, 1), "dilation": (1, 1)}


@op(
    samples=normal(
        *([(2, 3, 6), (4, 3, 2), _PLAIN], [(1, 4, 7), (2, 2, 2), _GROUPED]),
        *([(2, 2, 4, 5), (3, 2, 2, 3), _IMAGES], [(0, 2, 4), (1, 2, 2), _PLAIN]),
    )
)
def convolution(
    x: Array, weight: Array, *, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int = 1
) -> Any:
    """Cross-correlation, which neural networks call a convolution.

    Of `x`, (N, C, *spatial), and `weight`, (O, C / groups, *kernel); returns (N, O, *positions).
    """
    kernel = weight.shape[2:]
    windows = sliding_windows(padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
    kernels = np.reshape(weight, (groups, weight.shape[0] // groups, -1))
    out = np.matmul(kernels, _columns(windows, groups))
    positions = windows.shape[2 : 2 + len(stride)]
    return np.reshape(out, (x.shape[0], weight.shape[0], *positions))


@convolution.backward("x")
def _gradient_of_x(
    g: Any, shapes: Any, weight: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    (batch, outputs, *positions), axes = g.shape, len(stride)
    kernels = np.reshape(weight, (groups, outputs // groups, -1))
    columns = np.matmul(np.swapaxes(kernels, -1, -2), _by_group(g, groups))
    windows = np.reshape(columns, (batch, shapes.x[1], *shapes.weight[2:], *positions))
    spatial = tuple(size + 2 * p for size, p in zip(shapes.x[2:], padding, strict=True))
    shape = (*shapes.x[:2], *spatial)
    full = add_windows(_exchange(windows, axes), shape=shape, stride=stride, dilation=dilation)
    if not any(padding):
        return full
    inner: Any = (..., *(slice(p, p + n) for p, n in zip(padding, shapes.x[2:], strict=True)))
    return full[inner]


@convolution.backward("weight")
def _gradient_of_weight(
    g: Any, shapes: Any, x: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    kernel = shapes.weight[2:]
    windows = sliding_windows(padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
    each = np.matmul(_by_group(g, groups), np.swapaxes(_columns(windows, groups), -1, -2))
    return np.reshape(np.sum(each, axis=0), shapes.weight)


def _columns(windows: Any, groups: int) -> Any:
    """Return all windows as columns, (N, groups, C/groups · kernel, positions)."""
    axes = (windows.ndim - 2) // 2
    batch, channels, *positions = windows.shape[: 2 + axes]
    rows = channels // groups * math.prod(windows.shape[2 + axes :])
    return np.reshape(_exchange(windows, axes), (batch, groups, rows, math.prod(positions)))


def _exchange(windows: Any, axes: int) -> Any:
    """Exchange the last two blocks of axes: (N, C, *a, *b) to (N, C, *b, *a)."""
    return np.transpose(windows, (0, 1, *range(2 + axes, 2 + 2 * axes), *range(2, 2 + axes)))


def _by_group(g: Any, groups: int) -> Any:
    """Reshape (N, O, *positions) to (N, groups, O / groups, positions)."""
    batch, outputs, *positions = g.shape
    return np.reshape(g, (batch, groups, outputs // groups, math.prod(positions)))


# --- under PyTorch's names -----------------------------------------------------------------------


def _convnd(
    axes: int,
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    stride: Setting = 1,
    padding: Setting | str = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Any:
    """Convolution (cross-correlation) of an input, (N, C, *spatial) or (C, *spatial).

    Parameters
    ----------
    weight : (O, C / groups, *kernel)
    bias : (O,)
    stride, padding, dilation
        Step of the window, width of the zeros on both sides, and step inside the window: an
        integer or one for each spatial axis. The padding ``"valid"`` is 0; ``"same"`` preserves
        the size, with a stride of 1.
    groups
        Number of groups into which the channels are divided; each has its own kernels.

    Returns
    -------
    (N, O, *positions)
        ``(size + 2·padding − dilation·(kernel − 1) − 1) // stride + 1`` positions on each axis.
    """
    name, images, kernels = f"conv{axes}d", operand(x), operand(weight)
    images, is_single = batched(name, axes, images)
    steps = per_axis(name, "stride", stride, axes, 1)
    spacing = per_axis(name, "dilation", dilation, axes, 1)
    _check(name, axes, images.shape, kernels.shape, groups, kernels.shape[1] * groups)
    if kernels.shape[0] % groups:
        raise ValueError(f"{name}: weight {kernels.shape}: groups, {groups}, must divide its rows")
    widths = _widths(name, padding, kernels.shape[2:], steps, spacing)
    if any(before != after for before, after in widths):
        images, widths = padded(images, widths), [(0, 0)] * axes
    before = tuple(width for width, _ in widths)
    settings: Any = {"stride": steps, "padding": before, "dilation": spacing, "groups": groups}
    out = convolution(images, kernels, **settings)
    return _with_bias(out, bias, axes, is_single)


def _conv_transposend(
    axes: int,
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    stride: Setting = 1,
    padding: Setting = 0,
    output_padding: Setting = 0,
    groups: int = 1,
    dilation: Setting = 1,
) -> Any:
    """Transposed convolution of an input, (N, C, *spatial) or (C, *spatial).

    It is the gradient of a convolution with respect to its input, as a function of its own.

    Parameters
    ----------
    weight : (C, O / groups, *kernel)
    bias : (O,)
    stride, padding, dilation
        Those of the convolution; the padding is cut off.
    output_padding
        Positions added at the end of each axis, fewer than `stride` or `dilation`.
    groups
        Number of groups into which the channels are divided.

    Returns
    -------
    (N, O, *positions)
        ``(size − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1`` on each axis.
    """
    name, values, kernels = f"conv_transpose{axes}d", operand(x), operand(weight)
    values, is_single = batched(name, axes, values)
    steps = per_axis(name, "stride", stride, axes, 1)
    widths = per_axis(name, "padding", padding, axes, 0)
    extra = per_axis(name, "output_padding", output_padding, axes, 0)
    spacing = per_axis(name, "dilation", dilation, axes, 1)
    _check(name, axes, values.shape, kernels.shape, groups, kernels.shape[0])
    for more, step, space in zip(extra, steps, spacing, strict=True):
        if more >= max(step, space):
            raise ValueError(
                f"{name}: output_padding is {output_padding}: it must be below stride, {stride}, "
                f"or dilation, {dilation}"
            )
    sizes = zip(values.shape[2:], kernels.shape[2:], steps, widths, spacing, extra, strict=True)
    spatial = tuple((n - 1) * s - 2 * p + d * (k - 1) + e + 1 for n, k, s, p, d, e in sizes)
    shape = (values.shape[0], kernels.shape[1] * groups, *spatial)
    shapes = SimpleNamespace(x=shape, weight=kernels.shape)
    values, kernels = promoted((values, kernels), (0, 1))
    out = _gradient_of_x(values, shapes, kernels, steps, widths, spacing, groups)
    return _with_bias(out, bias, axes, is_single)


def _check(name: str, axes: int, x: Shape, weight: Shape, groups: int, channels: int) -> None:
    """Raise ValueError unless the weight has `channels`, those of x, in whole groups."""
    is_fitting = len(weight) == axes + 2 and groups > 0 and x[1] == channels
    if not is_fitting or channels % groups:
        raise ValueError(
            f"{name}: x {x} has {x[1]} channels, weight {weight} in {groups} groups takes "
            f"{channels} and has {len(weight)} axes: they must be equal, with {axes + 2} axes"
        )


def _widths(
    name: str, padding: Setting | str, kernel: Shape, stride: Sizes, dilation: Sizes
) -> list[tuple[int, int]]:
    """Return the padding before and after each axis."""
    if not isinstance(padding, str):
        return [(p, p) for p in per_axis(name, "padding", padding, len(kernel), 0)]
    if padding not in ("same", "valid"):
        raise ValueError(f"{name}: padding is {padding!r}: use integers, 'valid' or 'same'")
    if padding == "same" and set(stride) != {1}:
        raise ValueError(f"{name}: padding is 'same' and stride {stride}: use a stride of 1")
    is_same = padding == "same"
    totals = [is_same * d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return [(total // 2, total - total // 2) for total in totals]


def _with_bias(out: Any, bias: TensorLike | None, axes: int, is_single: bool) -> Any:
    out = out if bias is None else out + np.reshape(bias, (-1, *(1,) * axes))
    return out[0] if is_single else out


conv1d, conv2d, conv3d = over_axes("tg F", 1, 2, 3)(_convnd)
conv_transpose1d, conv_transpose2d, conv_transpose3d = over_axes("tg F", 1, 2, 3)(_conv_transposend)
