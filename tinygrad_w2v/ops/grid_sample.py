"""Sampling of images and volumes at places between their values, as spatial transformers do."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.gathering import gather_along
from tinygrad_w2v.ops.interpolation import cubic_weights

_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


@named("F")
def affine_grid(theta: TensorLike, size: Sequence[int], align_corners: bool | None = None) -> Any:
    """Return the places, (N, *spatial, axes), that affine maps give a regular grid.

    Source: Jaderberg et al., "Spatial transformer networks", arXiv 1506.02025.

    Parameters
    ----------
    theta : (N, 2, 3) or (N, 3, 4)
    size
        (N, C, H, W) or (N, C, D, H, W).
    align_corners
        Whether −1 and 1 are the centres of the first and last values instead of their edges.
    """
    matrices: Any = operand(theta)
    batch, _, *spatial = size
    axes = len(spatial)
    if matrices.shape != (batch, axes, axes + 1):
        raise ValueError(
            f"affine_grid: theta has shape {matrices.shape}: size {tuple(size)} needs "
            f"{(batch, axes, axes + 1)}"
        )
    lines = []
    for count in spatial:
        reach = 1.0 if align_corners else (count - 1) / count
        lines.append(np.linspace(-reach, reach, count) if count > 1 else np.zeros(1))
    grid = np.meshgrid(*lines, indexing="ij")[::-1]  # the last axis first
    points = np.stack([*grid, np.ones(spatial)], axis=-1).reshape(-1, axes + 1)
    places = np.matmul(points.astype(matrices.dtype), np.swapaxes(matrices, 1, 2))
    return np.reshape(places, (batch, *spatial, axes))


@named("F")
def grid_sample(
    x: TensorLike,
    grid: TensorLike,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Any:
    """Return the values of (N, C, *spatial) at places between −1 and 1, (N, *output, axes).

    Parameters
    ----------
    grid
        Places: the coordinate on the last axis first.
    mode
        ``"bilinear"`` interpolates linearly, ``"bicubic"`` (images only) with cubic polynomials,
        ``"nearest"`` takes the nearest value.
    padding_mode
        Outside the input: ``"zeros"``, the ``"border"`` value, or a ``"reflection"``.
    align_corners
        Whether −1 and 1 are the centres of the first and last values instead of their edges.

    Returns
    -------
    (N, C, *output)
    """
    array, places = operand(x), operand(grid)
    axes = array.ndim - 2
    is_mode = mode in _MODES and (mode != "bicubic" or axes == 2)
    if not is_mode or padding_mode not in _PADDINGS:
        raise ValueError(
            f"grid_sample: mode is {mode!r} and padding_mode {padding_mode!r}: use 'bilinear', "
            f"'nearest' or, for images, 'bicubic', and 'zeros', 'border' or 'reflection'"
        )
    if axes not in (2, 3) or places.ndim != axes + 2 or places.shape[-1] != axes:
        raise ValueError(
            f"grid_sample: x {array.shape} and grid {places.shape}: pass (N, C, H, W) and "
            f"(N, H', W', 2), or (N, C, D, H, W) and (N, D', H', W', 3)"
        )
    spatial = array.shape[2:]
    coordinates, align = [], bool(align_corners)
    for axis, size in enumerate(spatial):
        along = places[..., axes - 1 - axis]
        position = (along + 1) * ((size - 1) / 2 if align_corners else size / 2)
        position = position if align_corners else position - 0.5
        if mode != "bicubic":  # whose neighbours are moved inside one by one
            position = _inside(position, size, padding_mode, align)
        coordinates.append(position)
    if mode == "nearest":
        return _at(array, [np.rint(array_of(c)).astype(np.int64) for c in coordinates])
    below = [np.floor(array_of(c)) for c in coordinates]
    first, weights_of = (-1, cubic_weights) if mode == "bicubic" else (0, _linear_weights)
    weights = [weights_of(c - low) for c, low in zip(coordinates, below, strict=True)]
    total: Any = 0.0
    for corner in itertools.product(range(len(weights[0])), repeat=axes):
        index = [low + (first + offset) for low, offset in zip(below, corner, strict=True)]
        if mode == "bicubic":
            given = zip(index, spatial, strict=True)
            index = [_inside(along, size, padding_mode, align) for along, size in given]
        weight: Any = functools.reduce(
            operator.mul, (of_axis[k] for of_axis, k in zip(weights, corner, strict=True))
        )
        values = _at(array, [along.astype(np.int64) for along in index])
        total = total + values * np.expand_dims(weight, 1)
    return total


@named("tg tg.grid_sampler_2d tg.grid_sampler_3d")
def grid_sampler(
    x: TensorLike, grid: TensorLike, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Any:
    """Return :func:`grid_sample` with the modes given by number.

    0, 1 and 2 are bilinear, nearest and bicubic, and zeros, border and reflection.
    """
    modes = _MODES[interpolation_mode], _PADDINGS[padding_mode]
    return grid_sample(x, grid, *modes, align_corners)


def _linear_weights(t: Any) -> list[Any]:
    return [1 - t, t]


def _inside(position: Any, size: int, padding_mode: str, align: bool) -> Any:
    """Move positions outside an axis into it, unless they are to be zeros."""
    if padding_mode == "zeros":
        return position
    if padding_mode == "reflection":
        low, span = (0.0, size - 1.0) if align else (-0.5, float(size))
        if span == 0:
            position = position * 0
        else:
            values = array_of(position) - low
            turns = np.floor(np.abs(values) / span)
            sign = np.where(values < 0, -1.0, 1.0)
            distance = (position - low) * sign - turns * span
            position = np.where(turns % 2 == 0, distance, span - distance) + low
    return clamp(position, min=0, max=size - 1)


def _at(x: Any, index: list[Array]) -> Any:
    """Return the values of (N, C, *spatial) at (N, *output) places; outside it, zeros."""
    batch, channels, *spatial = x.shape
    is_inside = np.ones(index[0].shape, bool)
    flat = np.zeros(index[0].shape, np.int64)
    for along, size in zip(index, spatial, strict=True):
        is_inside &= (along >= 0) & (along < size)
        flat = flat * size + along.clip(0, size - 1)
    places = np.broadcast_to(flat.reshape(batch, 1, -1), (batch, channels, flat[0].size))
    values = gather_along(np.reshape(x, (batch, channels, math.prod(spatial))), places, axis=-1)
    shaped = np.reshape(values, (batch, channels, *index[0].shape[1:]))
    return shaped * np.expand_dims(is_inside, 1).astype(x.dtype)
