"""Resizing of the spatial axes: nearest neighbours, linear and cubic interpolation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops import pooling
from tinygrad_w2v.ops.indexing import at, getitem

_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}
_MODES = ("nearest", "nearest-exact", "area", *_LINEAR)
_CUBIC = -0.75  # Keys' a, as in PyTorch


@named("F F.upsample")
def interpolate(
    x: TensorLike,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Resize the spatial axes of (N, C, ...).

    Parameters
    ----------
    size, scale_factor
        One of them: the new sizes, or the factors; a number or one for each spatial axis.
    mode
        ``"nearest"``, ``"nearest-exact"``, ``"linear"`` (one spatial axis), ``"bilinear"`` and
        ``"bicubic"`` (two), ``"trilinear"`` (three) or ``"area"``.
    align_corners
        Whether the centres of the first and last values keep their places, in the linear and cubic
        modes; otherwise the edges do.
    recompute_scale_factor
        Whether to use the ratio of the sizes in place of `scale_factor`.
    antialias
        True is not available.

    Examples
    --------
    >>> import numpy as np
    >>> interpolate(np.array([[[1.0, 3.0]]]), scale_factor=2, mode="linear")
    array([[[1. , 1.5, 2.5, 3. ]]])
    """
    array: Any = operand(x)
    axes = array.ndim - 2
    if mode not in _MODES:
        raise ValueError(f"interpolate: mode is {mode!r}: use {', '.join(map(repr, _MODES))}")
    if axes < 1 or _LINEAR.get(mode, axes) != axes:
        raise ValueError(
            f"interpolate: x {array.shape} has {axes} spatial axes: mode {mode!r} takes "
            f"{_LINEAR.get(mode, 'at least 1')}"
        )
    if antialias:
        raise ValueError("interpolate: antialias=True is not available: leave it out")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: pass one of size and scale_factor")
    spatial = array.shape[2:]
    factors = None if scale_factor is None else _for_axes(scale_factor, axes, "scale_factor")
    if factors is None:
        sizes = [int(n) for n in _for_axes(size, axes, "size")]
    else:
        sizes = [math.floor(n * f) for n, f in zip(spatial, factors, strict=True)]
    if mode == "area":
        return getattr(pooling, f"adaptive_avg_pool{axes}d")(array, tuple(sizes))
    for axis, (count, new) in enumerate(zip(spatial, sizes, strict=True)):
        ratio = count / new
        if factors is not None and not recompute_scale_factor:
            ratio = 1 / factors[axis]
        array = _resized(array, axis + 2, new, ratio, mode, bool(align_corners))
    return array


def _for_axes(value: Any, axes: int, name: str) -> list[Any]:
    values = list(value) if isinstance(value, Sequence | np.ndarray) else [value] * axes
    if len(values) != axes:
        raise ValueError(f"interpolate: {name} is {value}: pass a number or {axes} of them")
    return values


def _resized(x: Any, axis: int, new: int, ratio: float, mode: str, align: bool) -> Any:
    """Resize one axis; `ratio` is the distance of new values in units of the old ones."""
    size = x.shape[axis]
    if mode.startswith("nearest"):
        shift = 0.5 if mode == "nearest-exact" else 0.0
        places = np.floor((np.arange(new) + shift) * ratio).astype(np.int64)
        return getitem(x, index=at(axis, x, np.minimum(places, size - 1)))
    if align:
        source = np.arange(new) * ((size - 1) / (new - 1) if new > 1 else 0.0)
    else:
        source = (np.arange(new) + 0.5) * ratio - 0.5
        source = source if mode == "bicubic" else np.maximum(source, 0)
    weights = _weights(source, size, mode == "bicubic").astype(x.dtype)
    return np.swapaxes(np.matmul(np.swapaxes(x, axis, -1), weights), axis, -1)


def _weights(source: Array, size: int, is_cubic: bool) -> Array:
    """Return the (size, new) weights of the old values at places between them."""
    below = np.floor(source).astype(np.int64)
    t = source - below
    weights = np.zeros((size, len(source)))
    for offset, weight in enumerate(cubic_weights(t), -1) if is_cubic else ((0, 1 - t), (1, t)):
        places = np.clip(below + offset, 0, size - 1)
        np.add.at(weights, (places, np.arange(len(source))), weight)
    return weights


def cubic_weights(t: Any) -> list[Any]:
    """Return the weights of the values at −1, 0, 1 and 2 for a place `t` from 0 to 1."""
    return [_keys(np.abs(t - offset)) for offset in (-1, 0, 1, 2)]


def _keys(distance: Any) -> Any:
    """Return the cubic convolution kernel at a distance (Keys, 1981)."""
    a, d = _CUBIC, distance
    inner = ((a + 2) * d - (a + 3)) * d * d + 1
    outer = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, inner, np.where(d < 2, outer, 0))


@named("F")
def upsample_nearest(
    x: TensorLike,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Any:
    """Resize by nearest neighbours; see :func:`interpolate`."""
    return interpolate(x, size, scale_factor, "nearest")


@named("F")
def upsample_bilinear(
    x: TensorLike,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Any:
    """Resize bilinearly with aligned corners; see :func:`interpolate`."""
    return interpolate(x, size, scale_factor, "bilinear", align_corners=True)
