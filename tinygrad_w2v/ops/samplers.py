"""Makers of sample calls for the rule tables: what shapes, what range, how far from a kink."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinygrad_w2v.engine.sample import Sample, Sampler
from tinygrad_w2v.engine.types import Array


def away_from(
    rng: np.random.Generator,
    shape: tuple[int, ...],
    low: float,
    high: float,
    kinks: Sequence[float],
) -> Array:
    """Draw uniform values at least 5 % of the range away from each kink."""
    values = rng.uniform(low, high, size=shape)
    margin = 0.05 * (high - low)
    for kink in kinks:
        near = np.abs(values - kink) < margin
        values = np.where(near, kink + np.where(values < kink, -margin, margin), values)
    return values


def unary(low: float = -2.0, high: float = 2.0, kinks: Sequence[float] = ()) -> Sampler:
    """Make samples of one array: a matrix, a single value, and an empty one."""

    def samples(rng: np.random.Generator) -> list[Sample]:
        shapes: list[tuple[int, ...]] = [(3, 4), (), (0, 2)]
        return [Sample(away_from(rng, shape, low, high, kinks)) for shape in shapes]

    return samples


def binary(
    low: float = -2.0, high: float = 2.0, second: tuple[float, float] | None = None
) -> Sampler:
    """Make samples of two arrays that broadcast; `second` is the range of the second one."""
    low2, high2 = second or (low, high)

    def samples(rng: np.random.Generator) -> list[Sample]:
        shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
            ((3, 4), (3, 4)),
            ((3, 4), (4,)),
            ((2, 1, 3), (4, 1)),
            ((), (2, 3)),
            ((0, 3), (1, 3)),
        ]
        return [Sample(rng.uniform(low, high, a), rng.uniform(low2, high2, b)) for a, b in shapes]

    return samples
