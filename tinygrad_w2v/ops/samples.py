"""Functions that make the sample calls of ops: shapes, ranges, distance from kinks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.sample import Sample, Sampler
from tinygrad_w2v.engine.types import Array, Shape

UNARY_SHAPES: list[Shape] = [(3, 4), (), (0, 2)]


def away_from(
    rng: np.random.Generator, shape: Shape, low: float, high: float, kinks: Sequence[float]
) -> Array:
    """Draw uniform values at least 5 % of the range away from each kink."""
    values = rng.uniform(low, high, size=shape)
    margin = 0.05 * (high - low)
    for kink in kinks:
        near = np.abs(values - kink) < margin
        values = np.where(near, kink + np.where(values < kink, -margin, margin), values)
    return values


def unary(
    low: float = -2.0, high: float = 2.0, kinks: Sequence[float] = (), **attributes: float | str
) -> Sampler:
    """Make samples of one array: a matrix, a single value, and an empty array.

    With `attributes`, each of them twice: without the attributes and with them.
    """
    return functools.partial(_unary, low=low, high=high, kinks=kinks, attributes=attributes)


def _unary(
    rng: np.random.Generator,
    low: float,
    high: float,
    kinks: Sequence[float],
    attributes: dict[str, Any],
) -> list[Sample]:
    made = [Sample(away_from(rng, shape, low, high, kinks)) for shape in UNARY_SHAPES]
    return made + [Sample(*s.args, **attributes) for s in made if attributes]


def binary(
    low: float = -2.0, high: float = 2.0, second: tuple[float, float] | None = None
) -> Sampler:
    """Make samples of two arrays that broadcast; `second` is the range of the second array."""
    return functools.partial(_binary, first=(low, high), second=second or (low, high))


def _binary(
    rng: np.random.Generator, first: tuple[float, float], second: tuple[float, float]
) -> list[Sample]:
    firsts: list[Shape] = [(3, 4), (3, 4), (2, 1, 3), (), (0, 3)]
    seconds: list[Shape] = [(3, 4), (4,), (4, 1), (2, 3), (1, 3)]
    return [
        Sample(rng.uniform(*first, a), rng.uniform(*second, b))
        for a, b in zip(firsts, seconds, strict=True)
    ]


def boolean(count: int) -> Sampler:
    """Make samples of `count` boolean arrays of the same shape."""
    return functools.partial(_boolean, count=count)


def _boolean(rng: np.random.Generator, count: int) -> list[Sample]:
    return [Sample(*(rng.random(shape) < 0.5 for _ in range(count))) for shape in UNARY_SHAPES]


def normal(*calls: Sequence[Any]) -> Sampler:
    """Make samples of `calls`: each lists the inputs and, last, the attributes as a dictionary.

    An input given as a shape is an array of normally distributed values; one given as a function
    is the array that it draws from the generator.
    """
    return functools.partial(_normal, calls=calls)


def _normal(rng: np.random.Generator, calls: Sequence[Sequence[Any]]) -> list[Sample]:
    made = []
    for *inputs, last in calls:
        attributes = last if isinstance(last, dict) else {}
        inputs += [] if isinstance(last, dict) else [last]
        drawn = (rng.normal(size=x) if isinstance(x, tuple) else x for x in inputs)
        arrays = (x(rng) if callable(x) else x for x in drawn)
        made.append(Sample(*arrays, **attributes))
    return made
