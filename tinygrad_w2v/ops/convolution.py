"""Convolution over one or two axes, as a matrix product with all windows (im2col), and pooling.

``unfold`` extracts the windows and ``fold`` adds them up again. Each is the other's gradient; with
them the gradients of a convolution are two matrix products.
"""

from __future__ import annotations

import itertools
import math
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.joining import pad_constant
from tinygrad_w2v.ops.samples import normal

Sizes: TypeAlias = tuple[int, ...]
"""One integer per spatial axis."""
Setting: TypeAlias = int | Sizes
"""One integer per spatial axis, or one for all."""


def _per_axis(name: str, setting: str, value: Setting, axes: int, least: int) -> Sizes:
    """Return one value per spatial axis, from an integer or a sequence; none below `least`."""
    sizes = (value,) * axes if isinstance(value, int) else tuple(value)
    if len(sizes) != axes or min(sizes) < least:
        raise ValueError(
            f"{name}: {setting} is {value}: pass an integer of at least {least}, or {axes} of them"
        )
    return sizes


def _padded(x: Any, padding: Sizes, value: float = 0.0) -> Any:
    """Pad the spatial axes of (N, C, *spatial) on both sides."""
    if not any(padding):
        return x
    return pad_constant(x, widths=((0, 0), (0, 0), *((p, p) for p in padding)), value=value)


# --- windows ------------------------------------------------------------------------------------


# Shapes of the input and of the windows; kernel, stride, dilation.
_CALLS: list[tuple[Shape, ...]] = [
    ((2, 5), (2, 3, 3), (3,), (1,), (1,)),
    ((7,), (2, 2), (2,), (2,), (3,)),
    ((4, 5), (2, 1, 2, 3), (2, 3), (2, 1), (1, 2)),
    ((0, 3), (0, 2, 2), (2,), (1,), (1,)),
]


@op(samples=normal(*([x, {"kernel": k, "stride": s, "dilation": d}] for x, _, k, s, d in _CALLS)))
def unfold(x: Array, *, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Array:
    """Extract all windows of `x`, (..., *spatial), as a view, (..., *positions, *kernel).

    For each spatial axis `kernel` is the window's size, `stride` its step, and `dilation` the step
    inside it.
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


@unfold.backward("x")
def _unfold_rule(g: Any, shapes: Any, stride: Sizes, dilation: Sizes) -> Any:
    return fold(g, shape=shapes.x, stride=stride, dilation=dilation)


@op(
    windows=lambda g, shapes, stride, dilation: unfold(
        g, kernel=shapes.windows[-len(stride) :], stride=stride, dilation=dilation
    ),
    samples=normal(
        *([windows, {"shape": x, "stride": s, "dilation": d}] for x, windows, _, s, d in _CALLS)
    ),
)
def fold(windows: Array, *, shape: Shape, stride: Sizes, dilation: Sizes) -> Array:
    """Add up windows at the positions they come from: the adjoint of :func:`unfold`."""
    out = np.zeros(shape, windows.dtype)
    axes = len(stride)
    positions = windows.shape[windows.ndim - 2 * axes : windows.ndim - axes]
    for offset in itertools.product(*map(range, windows.shape[windows.ndim - axes :])):
        places = (
            slice(i * d, i * d + s * (n - 1) + 1, s)
            for i, d, s, n in zip(offset, dilation, stride, positions, strict=True)
        )
        target: Any = (..., *places)
        source: Any = (..., *offset)
        out[target] += windows[source]
    return out


# --- convolution --------------------------------------------------------------------------------


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
    windows = unfold(_padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
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
    full = fold(_exchange(windows, axes), shape=shape, stride=stride, dilation=dilation)
    if not any(padding):
        return full
    inner: Any = (..., *(slice(p, p + n) for p, n in zip(padding, shapes.x[2:], strict=True)))
    return full[inner]


@convolution.backward("weight")
def _gradient_of_weight(
    g: Any, shapes: Any, x: Any, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Any:
    kernel = shapes.weight[2:]
    windows = unfold(_padded(x, padding), kernel=kernel, stride=stride, dilation=dilation)
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


@named("tg F")
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
    """Convolution of sequences x, (N, C, L), with weight, (O, C / groups, K); see :func:`conv2d`.

    Returns
    -------
    (N, O, (L + 2·padding − dilation·(K − 1) − 1) // stride + 1)
    """
    return _convolve("conv1d", 1, x, weight, bias, groups, (stride, padding, dilation))


@named("tg F")
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
    stride, padding, dilation
        Step of the window, width of the zeros on both sides, and step inside the window: an
        integer or (vertical, horizontal).
    groups
        Number of groups into which the channels are divided; each has its own kernels.

    Returns
    -------
    (N, O, H', W'), sizes as in :func:`conv1d`
    """
    return _convolve("conv2d", 2, x, weight, bias, groups, (stride, padding, dilation))


def _convolve(
    name: str, axes: int, x: Any, weight: Any, bias: Any, groups: int, settings: tuple[Setting, ...]
) -> Any:
    x, weight = operand(x), operand(weight)
    if len(x.shape) != axes + 2 or len(weight.shape) != axes + 2:
        raise ValueError(
            f"{name}: x {x.shape} and weight {weight.shape}: x must be (N, C, "
            f"{'H, W' if axes > 1 else 'L'}) and weight (O, C / groups, kernel)"
        )
    channels, (outputs, per_group) = x.shape[1], weight.shape[:2]
    if groups < 1 or outputs % groups or channels != per_group * groups:
        raise ValueError(
            f"{name}: x {x.shape} has {channels} channels, weight {weight.shape} takes {per_group} "
            f"in each of {groups} groups: their product must be equal, and the outputs divisible"
        )
    least = {"stride": 1, "padding": 0, "dilation": 1}
    sizes = {
        setting: _per_axis(name, setting, value, axes, least[setting])
        for setting, value in zip(least, settings, strict=True)
    }
    out = convolution(x, weight, **sizes, groups=groups)
    return out if bias is None else out + np.reshape(bias, (-1, *(1,) * axes))


# --- pooling ------------------------------------------------------------------------------------


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
    return _pool("max_pool1d", 1, x, kernel_size, stride, padding, dilation)


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
    return _pool("max_pool2d", 2, x, kernel_size, stride, padding, dilation)


@named("F")
def avg_pool1d(
    x: TensorLike, kernel_size: Setting, stride: Setting | None = None, padding: Setting = 0
) -> Any:
    """Mean of each window of (N, C, L), padding counted as zeros; see :func:`max_pool2d`."""
    return _pool("avg_pool1d", 1, x, kernel_size, stride, padding)


@named("F")
def avg_pool2d(
    x: TensorLike, kernel_size: Setting, stride: Setting | None = None, padding: Setting = 0
) -> Any:
    """Mean of each window of (N, C, H, W), padding counted as zeros; see :func:`max_pool2d`."""
    return _pool("avg_pool2d", 2, x, kernel_size, stride, padding)


def _pool(
    name: str,
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None,
    padding: Setting,
    dilation: Setting = 1,
) -> Any:
    array: Any = operand(x)
    if array.ndim != axes + 2:
        raise ValueError(
            f"{name}: x has shape {array.shape}: it must have {axes + 2} axes, batch and channel "
            f"first"
        )
    kernel = _per_axis(name, "kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else _per_axis(name, "stride", stride, axes, 1)
    widths = _per_axis(name, "padding", padding, axes, 0)
    if any(2 * p > k for p, k in zip(widths, kernel, strict=True)):
        raise ValueError(
            f"{name}: padding {padding} is more than half of kernel_size {kernel_size}"
        )
    spacing = _per_axis(name, "dilation", dilation, axes, 1)
    is_maximum = name.startswith("max")
    array = _padded(array, widths, -np.inf if is_maximum else 0.0)
    windows = unfold(array, kernel=kernel, stride=steps, dilation=spacing)
    values = np.reshape(windows, (*windows.shape[: 2 + axes], math.prod(kernel)))
    if not is_maximum:
        return np.mean(values, axis=-1)
    index = np.argmax(array_of(values), axis=-1, keepdims=True)
    return take_along_dim(values, index, axis=-1)[..., 0]
