"""Dropout. Ops are pure: the random mask is an input of the op."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.in_place import with_inplace
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.samples import normal
from tinygrad_w2v.ops.windows import over_axes
from tinygrad_w2v.random.distributions import SeedLike, keep_mask, source_of


@op(
    x=lambda g, mask, p: g * mask * (1 / (1 - p)),
    samples=normal(
        [(3, 4), np.tri(3, 4, dtype=bool), {"p": 0.5}],
        [(), np.True_, {"p": 0.25}],
        [(0, 2), np.zeros((0, 2), bool), {"p": 0.5}],
    ),
)
def masked_scale(x: Array, mask: Array, *, p: float) -> Any:
    """Set `x` to zero where the boolean `mask` is False; scale the rest by 1 / (1 − p)."""
    return x * mask * (1 / (1 - p))


@named("tg F")
@with_inplace
def dropout(
    x: TensorLike,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Set each value to zero with probability `p`; scale the rest by 1 / (1 − p).

    Source: Hinton et al., arXiv 1207.0580.

    Parameters
    ----------
    training
        If False, `x` is returned unchanged.
    inplace
        Whether to write the result into `x`.
    rng
        Generator of the mask, or a seed; by default the default generator.
    """
    array: Any = operand(x)
    return _drop(array, array.shape, p, training, rng)


def _drop(array: Any, mask_shape: Shape, p: float, training: bool, rng: SeedLike) -> Any:
    """Drop the values where a random mask, which is broadcast, is False."""
    _check_probability(p)
    if not training or p == 0.0:
        return array
    if p == 1.0:
        return array * np.zeros(array.shape, dtype=bool)
    mask = keep_mask(mask_shape, p, source_of(rng))
    return masked_scale(array, np.broadcast_to(mask, array.shape), p=p)


def _check_probability(p: float) -> None:
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout: p is {p}: it must be a probability, within 0 to 1")


def _channels(x: Any, axes: int | None = None) -> Shape:
    """Return the shape of a mask with one value for each channel of (N, C, ...).

    With `axes` spatial axes, the input may also be (C, ...), without the batch axis.
    """
    lead = 1 if axes is not None and x.ndim == axes + 1 else 2
    if x.ndim < lead or (axes is not None and x.ndim > axes + 2):
        raise ValueError(f"dropout: x has shape {x.shape}: it must have channels, (N, C, ...)")
    return (*x.shape[:lead], *(1,) * (x.ndim - lead))


def _dropoutnd(
    axes: int,
    x: TensorLike,
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Set whole channels of (N, C, *spatial) to zero with probability `p`; see :func:`dropout`."""
    array: Any = operand(x)
    return _drop(array, _channels(array, axes), p, training, rng)


dropout1d, dropout2d, dropout3d = over_axes("F", 1, 2, 3)(_dropoutnd)


@named("tg")
def feature_dropout(
    x: TensorLike, p: float = 0.5, training: bool = True, *, rng: SeedLike = None
) -> Any:
    """Set whole channels of (N, C, ...) to zero with probability `p`; see :func:`dropout`."""
    array: Any = operand(x)
    return _drop(array, _channels(array), p, training, rng)


_LIMIT = -1.7580993408473766  # of SELU for x → −∞


@named("tg F")
@with_inplace
def alpha_dropout(
    x: TensorLike,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Set values to SELU's limit with probability `p`, such that mean 0, variance 1 are preserved.

    Source: Klambauer et al., arXiv 1706.02515.
    """
    array: Any = operand(x)
    return _alpha_drop(array, array.shape, p, training, rng)


@named("tg F")
@with_inplace
def feature_alpha_dropout(
    x: TensorLike,
    p: float = 0.5,
    training: bool = False,
    inplace: bool = False,
    *,
    rng: SeedLike = None,
) -> Any:
    """Set whole channels of (N, C, ...) to SELU's limit; see :func:`alpha_dropout`."""
    array: Any = operand(x)
    mask_shape = _channels(array) if training else ()
    return _alpha_drop(array, mask_shape, p, training, rng)


def _alpha_drop(array: Any, mask_shape: Shape, p: float, training: bool, rng: SeedLike) -> Any:
    _check_probability(p)
    if not training or p == 0.0:
        return array
    if p == 1.0:
        return array * np.zeros(array.shape, dtype=bool)
    kept = keep_mask(mask_shape, p, source_of(rng)).astype(array.dtype)
    scale = 1 / math.sqrt((_LIMIT**2 * p + 1) * (1 - p))
    return array * (kept * scale) + (_LIMIT * scale * ((1 - kept) - p)).astype(array.dtype)
