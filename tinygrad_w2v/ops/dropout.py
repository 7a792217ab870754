"""Dropout. Ops are pure: the random mask is an input of the op."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.samples import normal
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
def dropout(x: TensorLike, p: float = 0.5, training: bool = True, rng: SeedLike = None) -> Any:
    """Set each value to zero with probability `p`; scale the rest by 1 / (1 − p).

    Source: Hinton et al., arXiv 1207.0580.

    Parameters
    ----------
    training
        If False, `x` is returned unchanged.
    rng
        Generator of the mask, or a seed; by default the default generator.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout: p is {p}: it must be a probability, within 0 to 1")
    array: Any = operand(x)
    if not training or p == 0.0:
        return array
    if p == 1.0:
        return array * np.zeros(array.shape, dtype=bool)
    return masked_scale(array, keep_mask(array.shape, p, source_of(rng)), p=p)
