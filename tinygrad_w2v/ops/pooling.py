"""Pooling: the maximum, mean or norm of each window of the last axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.gathering import gather_along, scatter_along
from tinygrad_w2v.ops.windows import (
    Setting,
    Sizes,
    batched,
    over_axes,
    padded,
    per_axis,
    sliding_windows,
)


class _Windows:
    """The windows of a pooling over the last axes of `x`, and the padding that they need."""

    def __init__(
        self,
        name: str,
        axes: int,
        x: Any,
        kernel_size: Setting,
        stride: Setting | None,
        padding: Setting,
        dilation: Setting,
        ceil_mode: bool,
    ) -> None:
        batched(name, axes, x)
        self.axes = axes
        self.kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
        has_stride = stride is not None and stride != ()
        self.stride = per_axis(name, "stride", stride, axes, 1) if has_stride else self.kernel  # type: ignore[arg-type]
        self.padding = per_axis(name, "padding", padding, axes, 0)
        self.dilation = per_axis(name, "dilation", dilation, axes, 1)
        if any(2 * p > k for p, k in zip(self.padding, self.kernel, strict=True)):
            raise ValueError(
                f"{name}: padding {padding} is more than half of kernel_size {kernel_size}"
            )
        self.sizes: Sizes = tuple(x.shape[x.ndim - axes :])
        self.positions = tuple(self._count(axis, ceil_mode) for axis in range(axes))

    def _span(self, axis: int) -> int:
        return self.dilation[axis] * (self.kernel[axis] - 1) + 1

    def _count(self, axis: int, ceil_mode: bool) -> int:
        """Return the number of windows; with `ceil_mode` the last may reach over the end."""
        size, width, step = self.sizes[axis], self.padding[axis], self.stride[axis]
        room = size + 2 * width - self._span(axis)
        count = room // step + 1
        if ceil_mode:
            count = -(-room // step) + 1
            count -= (count - 1) * step >= size + width
        return count

    def of(self, x: Any, value: float) -> Any:
        """Return the windows of `x`, (..., *positions, *kernel), padded with a value."""
        pairs = []
        for axis, count in enumerate(self.positions):
            reach = (count - 1) * self.stride[axis] + self._span(axis)
            before = self.padding[axis]
            beyond = max(reach - self.sizes[axis] - 2 * before, 0)
            pairs.append((before, before + beyond))
        settings: Any = {"stride": self.stride, "dilation": self.dilation}
        return sliding_windows(padded(x, pairs, value), kernel=self.kernel, **settings)

    def index_of_maximum(self, x: Array) -> Array:
        """Return the place of each window's maximum among the values of the spatial axes."""
        low = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
        windows = array_of(self.of(x, low))
        flat = windows.reshape(*windows.shape[: x.ndim], math.prod(self.kernel))
        inside = np.unravel_index(np.argmax(flat, axis=-1), self.kernel)
        grid = np.ogrid[tuple(slice(count) for count in self.positions)]
        places: list[Any] = []
        for axis, (start, offset) in enumerate(zip(grid, inside, strict=True)):
            place = start * self.stride[axis] - self.padding[axis] + offset * self.dilation[axis]
            places.append(np.clip(place, 0, self.sizes[axis] - 1))
        return np.asarray(np.ravel_multi_index(tuple(places), self.sizes))

    def divisors(self, count_include_pad: bool) -> Array:
        """Return the number of values of each window, with or without the padding."""
        total: Any = np.ones(())
        for axis, count in enumerate(self.positions):
            size, width = self.sizes[axis], self.padding[axis]
            start = np.arange(count) * self.stride[axis] - width
            end = np.minimum(start + self.kernel[axis], size + width)
            if not count_include_pad:
                start, end = np.maximum(start, 0), np.minimum(end, size)
            total = np.multiply.outer(total, end - start)
        return np.asarray(total)


def _at(x: Any, index: Array, axes: int) -> Any:
    """Return the values of `x` at places among those of the last axes."""
    lead = x.shape[: x.ndim - axes]
    flat = np.reshape(x, (*lead, -1))
    return np.reshape(gather_along(flat, index.reshape(*lead, -1), axis=-1), index.shape)


def _max_poolnd(
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    dilation: Setting = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Maximum of each window of (N, C, *spatial) or (C, *spatial).

    Of equal maxima, the first gets the gradient.

    Parameters
    ----------
    kernel_size, stride, padding, dilation
        Size and step of the window, width of the padding on both sides, and step inside the
        window: an integer or one for each spatial axis. The stride is `kernel_size` by default.
        Padding is never the maximum.
    ceil_mode
        Whether a last window that reaches over the end is used.
    return_indices
        Whether to return the place of each maximum, counted over the spatial axes, as well.
    """
    array: Any = operand(x)
    name = f"max_pool{axes}d"
    windows = _Windows(name, axes, array, kernel_size, stride, padding, dilation, ceil_mode)
    index = windows.index_of_maximum(array_of(array))
    values = _at(array, index, axes)
    return (values, _like(index, values)) if return_indices else values


def _like(index: Array, like: Any) -> Any:
    """Return an index as a Tensor if the values are one."""
    return type(like)(index) if hasattr(like, "requires_grad") else index


def _max_poolnd_with_indices(
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    dilation: Setting = 1,
    ceil_mode: bool = False,
    return_indices: bool = True,
) -> Any:
    """Maxima of the windows of (N, C, *spatial), and their places among the spatial axes."""
    return _max_poolnd(axes, x, kernel_size, stride, padding, dilation, ceil_mode, True)


def _avg_poolnd(
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Mean of each window of (N, C, *spatial) or (C, *spatial).

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode
        As of the pooling of maxima.
    count_include_pad
        Whether zeros of the padding count as values.
    divisor_override
        Divisor of the sums, in place of the number of values.
    """
    array: Any = operand(x)
    name = f"avg_pool{axes}d"
    windows = _Windows(name, axes, array, kernel_size, stride, padding, 1, ceil_mode)
    values = windows.of(array, 0.0)
    over = tuple(range(-axes, 0))
    if divisor_override is not None:
        if divisor_override == 0:
            raise ValueError(f"{name}: divisor_override is 0: it must not be")
        return np.sum(values, axis=over) / divisor_override
    counts = windows.divisors(count_include_pad)
    if (counts == math.prod(windows.kernel)).all():
        return np.mean(values, axis=over)
    return np.sum(values, axis=over) * (1 / counts).astype(array.dtype)


def _lp_poolnd(
    axes: int,
    x: TensorLike,
    norm_type: float,
    kernel_size: Setting,
    stride: Setting | None = None,
    ceil_mode: bool = False,
) -> Any:
    """p-norm of each window of (N, C, *spatial), (Σ xᵖ)^(1/p), where p is `norm_type`."""
    array: Any = operand(x)
    kernel = per_axis(f"lp_pool{axes}d", "kernel_size", kernel_size, axes, 1)
    mean = _avg_poolnd(axes, array**norm_type, kernel, stride, 0, ceil_mode)
    total = np.sign(array_of(mean)) * np.maximum(np.abs(mean), 0) * math.prod(kernel)
    return total ** (1.0 / norm_type)


# --- to a given size -----------------------------------------------------------------------------


def _output_sizes(name: str, axes: int, x: Any, output_size: Any) -> Sizes:
    batched(name, axes, x)
    given = output_size if isinstance(output_size, Sequence) else (output_size,) * axes
    spatial = x.shape[x.ndim - axes :]
    if len(given) != axes:
        raise ValueError(f"{name}: output_size is {output_size}: pass an integer or {axes} of them")
    return tuple(n if size is None else int(size) for size, n in zip(given, spatial, strict=True))


def _bounds(size: int, count: int) -> list[tuple[int, int]]:
    """Return the start and end of `count` windows that cover an axis."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _adaptive_avg_poolnd(axes: int, x: TensorLike, output_size: Any) -> Any:
    """Means of windows of (N, C, *spatial) that give `output_size`.

    Parameters
    ----------
    output_size
        An integer or one for each spatial axis; None preserves the size.
    """
    array: Any = operand(x)
    counts = _output_sizes(f"adaptive_avg_pool{axes}d", axes, array, output_size)
    for axis, count in zip(range(-axes, 0), counts, strict=True):
        size = array.shape[axis]
        if count == 1:
            array = np.mean(array, axis=axis, keepdims=True)
        elif count != size:
            weights = np.zeros((size, count), array.dtype)
            for column, (start, end) in enumerate(_bounds(size, count)):
                weights[start:end, column] = 1 / (end - start)
            array = np.swapaxes(np.matmul(np.swapaxes(array, axis, -1), weights), axis, -1)
    return array


def _adaptive_max_poolnd(
    axes: int, x: TensorLike, output_size: Any, return_indices: bool = False
) -> Any:
    """Maxima of windows of (N, C, *spatial) that give `output_size`.

    Parameters
    ----------
    output_size
        An integer or one for each spatial axis; None preserves the size.
    return_indices
        Whether to return the place of each maximum, counted over the spatial axes, as well.
    """
    array: Any = operand(x)
    counts = _output_sizes(f"adaptive_max_pool{axes}d", axes, array, output_size)
    values, sizes = array_of(array), array.shape[array.ndim - axes :]
    lead = values.shape[: values.ndim - axes]
    places = np.arange(math.prod(sizes)).reshape(sizes)
    index = np.empty((*lead, *counts), np.int64)
    bounds = [_bounds(size, count) for size, count in zip(sizes, counts, strict=True)]
    for cell in itertools.product(*map(range, counts)):
        part: Any = (..., *(slice(*bounds[axis][i]) for axis, i in enumerate(cell)))
        place: Any = (..., *cell)
        best = np.argmax(values[part].reshape(*lead, -1), axis=-1)
        index[place] = places[part].reshape(-1)[best]
    out = _at(array, index, axes)
    return (out, _like(index, out)) if return_indices else out


def _max_unpoolnd(
    axes: int,
    x: TensorLike,
    indices: TensorLike,
    kernel_size: Setting,
    stride: Setting | None = None,
    padding: Setting = 0,
    output_size: Sequence[int] | None = None,
) -> Any:
    """Zeros with the values of (N, C, *spatial) at their places: undoes the pooling of maxima.

    Parameters
    ----------
    indices
        As returned with ``return_indices``.
    kernel_size, stride, padding
        Those of the pooling.
    output_size
        Sizes of the result, which the settings do not determine.
    """
    name, array, places = f"max_unpool{axes}d", operand(x), array_of(indices)
    batched(name, axes, array)
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    steps = kernel if stride is None else per_axis(name, "stride", stride, axes, 1)
    widths = per_axis(name, "padding", padding, axes, 0)
    lead, spatial = array.shape[: array.ndim - axes], array.shape[array.ndim - axes :]
    by_default = zip(spatial, kernel, steps, widths, strict=True)
    sizes = tuple((n - 1) * s - 2 * p + k for n, k, s, p in by_default)
    if output_size is not None:
        sizes = tuple(output_size)[-axes:]
    flat = (*lead, -1)
    values, index = np.reshape(array, flat), places.reshape(flat)
    shape = (*lead, math.prod(sizes))
    # Windows that overlap have the same maximum, which is not to be added up.
    times = scatter_along(np.ones_like(array_of(values)), index, axis=-1, shape=shape)
    if times.size and times.max() > 1:
        values = values / np.take_along_axis(times, index, axis=-1)
    out = scatter_along(values, index, axis=-1, shape=shape)
    return np.reshape(out, (*lead, *sizes))


max_pool1d, max_pool2d, max_pool3d = over_axes("tg F", 1, 2, 3)(_max_poolnd)
(
    max_pool1d_with_indices,
    max_pool2d_with_indices,
    max_pool3d_with_indices,
) = over_axes("F", 1, 2, 3)(_max_poolnd_with_indices)
(avg_pool1d,) = over_axes("tg F", 1)(_avg_poolnd)
avg_pool2d, avg_pool3d = over_axes("F", 2, 3)(_avg_poolnd)
lp_pool1d, lp_pool2d, lp_pool3d = over_axes("F", 1, 2, 3)(_lp_poolnd)
(adaptive_avg_pool1d,) = over_axes("tg F", 1)(_adaptive_avg_poolnd)
adaptive_avg_pool2d, adaptive_avg_pool3d = over_axes("F", 2, 3)(_adaptive_avg_poolnd)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = over_axes("F", 1, 2, 3)(
    _adaptive_max_poolnd
)
max_unpool1d, max_unpool2d, max_unpool3d = over_axes("F", 1, 2, 3)(_max_unpoolnd)
