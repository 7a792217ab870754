"""Reductions: sums over axes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape

Axis: TypeAlias = int | tuple[int, ...] | None


def spread(g: Any, shape: Shape, axis: Axis, keepdims: bool) -> Any:
    """Repeat a reduced value along the axes it was reduced over, back to `shape`."""
    return np.broadcast_to(np.reshape(g, _kept_shape(shape, axis)) if not keepdims else g, shape)


def _kept_shape(shape: Shape, axis: Axis) -> Shape:
    if axis is None:
        return (1,) * len(shape)
    reduced = {a % len(shape) for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if i in reduced else size for i, size in enumerate(shape))


def count(shape: Shape, axis: Axis) -> int:
    """Return how many values each result of a reduction was made from."""
    kept = _kept_shape(shape, axis)
    total = 1
    for size, left in zip(shape, kept, strict=True):
        total *= size if left == 1 else 1
    return total


def _samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(2, 3, 4)), axis=(0, -1), keepdims=True),
        Sample(rng.normal(size=(2, 3)), axis=-1, keepdims=True),
        Sample(rng.normal(size=()), axis=()),
        Sample(rng.normal(size=(0, 3)), axis=1),
    ]


def _sum(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over one axis, several, or all."""
    return np.sum(x, axis=axis, keepdims=keepdims)


def _mean(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over one axis, several, or all."""
    return np.mean(x, axis=axis, keepdims=keepdims)


sum_ = op(
    _sum,
    x=lambda g, shapes, axis, keepdims: spread(g, shapes.x, axis, keepdims),
    samples=_samples,
)
mean = op(
    _mean,
    x=lambda g, shapes, axis, keepdims: spread(g / count(shapes.x, axis), shapes.x, axis, keepdims),
    samples=_samples,
)
