"""Convolution over one or two axes, as a matrix product with all windows (im2col).

``unfold`` extracts the windows and ``fold`` adds them up again. Each is the other's gradient; with
them the gradients of a convolution are two matrix products.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.joining import pad_constant

Sizes: TypeAlias = tuple[int, ...]
"""One integer per spatial axis."""
Setting: TypeAlias = int | Sizes
"""One integer per spatial axis, or one for all."""


def per_axis(name: str, setting: str, value: Setting, axes: int, least: int) -> Sizes:
    """Return one value per spatial axis, from an integer or a sequence; none below `least`."""
    sizes = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(sizes) != axes or min(sizes) < least:
        raise ValueError(
            f"{name}: {setting} is {value}: pass an integer of at least {least}, or {axes} of them"
        )
    return sizes


def padded(x: Any, padding: Sizes, value: float = 0.0) -> Any:
    """Pad the spatial axes of (N, C, *spatial) on both sides."""
    if not any(padding):
        return x
    return pad_constant(x, widths=((0, 0), (0, 0), *((p, p) for p in padding)), value=value)


# --- windows ------------------------------------------------------------------------------------


def _unfold(x: Array, *, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """Extract all windows over the last axes, as a view.

    Parameters
    ----------
    x : (..., *spatial)
    kernel, stride, dilation
        For each spatial axis: the window's size, its step, and the step inside it.

    Returns
    -------
    (..., *positions, *kernel)
    """
    axes = len(kernel)
    spans = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    spatial = np.shape(x)[np.ndim(x) - axes :]
    if any(size < span for size, span in zip(spatial, spans, strict=True)):
        raise ValueError(
            f"unfold: windows of {spans} (kernel {kernel}, dilation {dilation}) do not fit into "
            f"{spatial}, padding included"
        )
    windows = np.lib.stride_tricks.sliding_window_view(x, spans, axis=tuple(range(-axes, 0)))
    steps: Any = (..., *(slice(None, None, s) for s in (*stride, *dilation)))
    return np.asarray(windows[steps])


def _fold(windows: Array, *, shape: Shape, stride: Sizes, dilation: Sizes) -> Array:
    """Add up windows at the positions they come from: the adjoint of :func:`unfold`."""
    out = np.zeros(shape, windows.dtype)
    axes = len(stride)
    positions = windows.shape[windows.ndim - 2 * axes : windows.ndim - axes]
    kernel = windows.shape[windows.ndim - axes :]
    for offset in itertools.product(*map(range, kernel)):
        starts = (i * d for i, d in zip(offset, dilation, strict=True))
        places = (
            slice(start, start + s * (n - 1) + 1, s)
            for start, s, n in zip(starts, stride, positions, strict=True)
        )
        target: Any = (..., *places)
        source: Any = (..., *offset)
        out[target] += windows[source]
    return out


def _window_samples(rng: np.random.Generator) -> list[tuple[Array, dict[str, Any]]]:
    return [
        (rng.normal(size=(2, 5)), {"kernel": (3,), "stride": (1,), "dilation": (1,)}),
        (rng.normal(size=(7,)), {"kernel": (2,), "stride": (2,), "dilation": (3,)}),
        (rng.normal(size=(4, 5)), {"kernel": (2, 3), "stride": (2, 1), "dilation": (1, 2)}),
        (np.zeros((0, 3)), {"kernel": (2,), "stride": (1,), "dilation": (1,)}),
    ]


def _fold_samples(rng: np.random.Generator) -> list[Sample]:
    samples = []
    for x, settings in _window_samples(rng):
        windows = rng.normal(size=_unfold(x, **settings).shape)
        del settings["kernel"]
        samples.append(Sample(windows, shape=x.shape, **settings))
    return samples


unfold: Op = op(
    _unfold,
    x=lambda g, shapes, stride, dilation: fold(g, shape=shapes.x, stride=stride, dilation=dilation),
    samples=lambda rng: [Sample(x, **settings) for x, settings in _window_samples(rng)],
)
fold: Op = op(
    _fold,
    windows=lambda g, shapes, stride, dilation: unfold(
        g, kernel=shapes.windows[-len(stride) :], stride=stride, dilation=dilation
    ),
    samples=_fold_samples,
)

# --- convolution --------------------------------------------------------------------------------


def _convolution(
    x: Array, weight: Array, *, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int = 1
) -> Any:
    """Cross-correlation of `x` with kernels, which neural networks call a convolution.

    Parameters
    ----------
    x : (N, C, *spatial)
    weight : (O, C / groups, *kernel)

    Returns
    -------
    (N, O, *positions)
    """
    kernel = weight.shape[2:]
    windows = unfold(padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
    kernels = np.reshape(weight, (groups, weight.shape[0] // groups, -1))
    out = np.matmul(kernels, _columns(windows, groups))
    positions = windows.shape[2 : 2 + len(stride)]
    return np.reshape(out, (x.shape[0], weight.shape[0], *positions))


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


def _gradient_of_x(
    g: Any, shapes: Any, weight: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    (batch, outputs, *positions), axes = g.shape, len(stride)
    kernels = np.reshape(weight, (groups, outputs // groups, -1))
    columns = np.matmul(np.swapaxes(kernels, -1, -2), _by_group(g, groups))
    windows = np.reshape(columns, (batch, shapes.x[1], *shapes.weight[2:], *positions))
    spatial = tuple(size + 2 * p for size, p in zip(shapes.x[2:], padding, strict=True))
    shape = (*shapes.x[:2], *spatial)
    full = fold(_exchange(windows, axes), shape=shape, stride=stride, dilation=dilation)
    if not any(padding):
        return full
    inner: Any = (..., *(slice(p, p + n) for p, n in zip(padding, shapes.x[2:], strict=True)))
    return full[inner]


def _gradient_of_weight(
    g: Any, shapes: Any, x: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    kernel = shapes.weight[2:]
    windows = unfold(padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
    each = np.matmul(_by_group(g, groups), np.swapaxes(_columns(windows, groups), -1, -2))
    return np.reshape(np.sum(each, axis=0), shapes.weight)


def _convolution_samples(rng: np.random.Generator) -> list[Sample]:
    calls: list[tuple[Shape, Shape, Sizes, Sizes, Sizes, int]] = [
        ((2, 3, 6), (4, 3, 2), (1,), (0,), (1,), 1),
        ((1, 4, 7), (2, 2, 2), (2,), (1,), (2,), 2),
        ((2, 2, 4, 5), (3, 2, 2, 3), (1, 2), (0, 1), (1, 1), 1),
        ((0, 2, 4), (1, 2, 2), (1,), (0,), (1,), 1),
    ]
    names = ("stride", "padding", "dilation", "groups")
    return [
        Sample(rng.normal(size=x), rng.normal(size=w), **dict(zip(names, settings, strict=True)))
        for x, w, *settings in calls
    ]


convolution = op(
    _convolution, x=_gradient_of_x, weight=_gradient_of_weight, samples=_convolution_samples
)


@named("tg.conv1d F.conv1d")
def conv1d(
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    *,
    stride: Setting = 1,
    padding: Setting = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Any:
    """Convolution of sequences; parameters are those of :func:`conv2d`.

    Parameters
    ----------
    x : (N, C, L)
    weight : (O, C / groups, K)
    bias : (O,)

    Returns
    -------
    (N, O, (L + 2·padding − dilation·(K − 1) − 1) // stride + 1)
    """
    return _convolve("conv1d", 1, x, weight, bias, (stride, padding, dilation), groups)


@named("tg.conv2d F.conv2d")
def conv2d(
    x: TensorLike,
    weight: TensorLike,
    bias: TensorLike | None = None,
    *,
    stride: Setting = 1,
    padding: Setting = 0,
    dilation: Setting = 1,
    groups: int = 1,
) -> Any:
    """Convolution (cross-correlation) of images with kernels.

    Parameters
    ----------
    x : (N, C, H, W)
    weight : (O, C / groups, KH, KW)
    bias : (O,)
    stride, dilation
        Step of the window, and step inside it: an integer or (vertical, horizontal).
    padding
        Width of the zeros on both sides: an integer or (vertical, horizontal).
    groups
        Number of groups into which the channels are divided; each has its own kernels.

    Returns
    -------
    (N, O, H', W')
        Sizes are as in :func:`conv1d`.
    """
    return _convolve("conv2d", 2, x, weight, bias, (stride, padding, dilation), groups)


def _convolve(
    name: str, axes: int, x: Any, weight: Any, bias: Any, settings: Any, groups: int
) -> Any:
    x, weight = operand(x), operand(weight)
    _check_channels(name, axes, x.shape, weight.shape, groups)
    stride, padding, dilation = settings
    out = convolution(
        x,
        weight,
        stride=per_axis(name, "stride", stride, axes, 1),
        padding=per_axis(name, "padding", padding, axes, 0),
        dilation=per_axis(name, "dilation", dilation, axes, 1),
        groups=groups,
    )
    return out if bias is None else out + np.reshape(bias, (-1, *(1,) * axes))


def _check_channels(name: str, axes: int, x: Shape, weight: Shape, groups: int) -> None:
    if len(x) != axes + 2 or len(weight) != axes + 2:
        raise ValueError(
            f"{name}: x {x} and weight {weight}: x must be (N, C, {'H, W' if axes > 1 else 'L'}) "
            f"and weight (O, C / groups, kernel)"
        )
    if groups < 1 or weight[0] % groups or x[1] != weight[1] * groups:
        raise ValueError(
            f"{name}: x {x} has {x[1]} channels, weight {weight} takes {weight[1]} in each of "
            f"{groups} groups: their product must be equal, and the outputs divisible"
        )
