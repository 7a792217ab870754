"""Pooling of maxima over windows at random places.

Source: B. Graham, "Fractional max-pooling", arXiv 1412.6071.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.gathering import gather_along
from tinygrad_w2v.ops.sampling import rand
from tinygrad_w2v.ops.windows import Setting, batched, over_axes, per_axis


def _starts(samples: Array, size: int, count: int, kernel: int) -> Array:
    """Return the starts of `count` windows of an axis, for each random number."""
    if count == 1:
        return np.full((*samples.shape, 1), size - kernel)
    step = (size - kernel) / (count - 1)
    places = np.arange(count)
    shift = samples[..., None]
    starts = np.trunc((places + shift) * step) - np.trunc(shift * step)
    starts[..., -1] = size - kernel
    return np.asarray(starts, np.int64)


def _fractional_max_poolnd(
    axes: int,
    x: TensorLike,
    kernel_size: Setting,
    output_size: Setting | None = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: TensorLike | None = None,
) -> Any:
    """Maxima of windows of (N, C, *spatial) or (C, *spatial) at random places.

    Parameters
    ----------
    kernel_size
        The size of the windows.
    output_size, output_ratio
        One of them: the number of windows on each axis, or its ratio to the size of the axis.
    return_indices
        Whether to return the places of the maxima among the spatial axes as well.
    _random_samples : (N, C, axes)
        Numbers from 0 to 1 that determine the places; drawn if they are not given.
    """
    name = f"fractional_max_pool{axes}d"
    array, is_single = batched(name, axes, operand(x))
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    lead, spatial = array.shape[:2], array.shape[2:]
    if (output_size is None) == (output_ratio is None):
        raise ValueError(f"{name}: give one of output_size and output_ratio")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, list | tuple) else [output_ratio] * axes
        output_size = [int(n * ratio) for n, ratio in zip(spatial, ratios, strict=True)]
    counts = per_axis(name, "output_size", output_size, axes, 1)
    if any(c + k - 1 > n for c, k, n in zip(counts, kernel, spatial, strict=True)):
        raise ValueError(
            f"{name}: {counts} windows of {kernel} do not fit into {spatial}: choose fewer or "
            f"smaller ones"
        )
    if _random_samples is None:
        _random_samples = rand(*lead, axes, dtype=array.dtype)
    samples = array_of(_random_samples)
    # The number for images belongs to the width first, that of volumes to the depth.
    samples = samples[..., ::-1] if axes == 2 else samples
    index: Any = 0
    for axis, (size, count, width) in enumerate(zip(spatial, counts, kernel, strict=True)):
        places = _starts(samples[..., axis], size, count, width)[..., None] + np.arange(width)
        shape = [1] * (2 * axes)
        shape[axis], shape[axes + axis] = count, width
        index = index * size + places.reshape(*lead, *shape)
    index = index.reshape(*lead, math.prod(counts), math.prod(kernel))
    flat = np.reshape(array, (*lead, math.prod(spatial)))
    values = np.take_along_axis(array_of(flat)[:, :, None], index, axis=-1)
    best = np.take_along_axis(index, np.argmax(values, axis=-1)[..., None], axis=-1)[..., 0]
    shape_out = (*lead, *counts)[is_single:]
    out = np.reshape(gather_along(flat, best, axis=-1), shape_out)
    indices = best.reshape(shape_out)
    return (out, Tensor(indices) if isinstance(x, Tensor) else indices) if return_indices else out


fractional_max_pool2d, fractional_max_pool3d = over_axes("F", 2, 3)(_fractional_max_poolnd)
