"""Ops that move values without changing them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import unbroadcast
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape


def _reshape(x: Array, *, shape: Shape | int) -> Array:
    """Give the values another shape of as many; one size may be −1, to be worked out."""
    return np.reshape(x, shape)


reshape = op(
    _reshape,
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 4)), shape=(2, -1)),
        Sample(rng.normal(size=(1, 1)), shape=()),
        Sample(rng.normal(size=(0, 3)), shape=(3, 0)),
    ],
)


def _transpose(x: Array, *, axes: tuple[int, ...] | None = None) -> Array:
    """Reorder the axes; by default reverse them."""
    return np.transpose(x, axes)


def _transpose_back(g: Any, axes: tuple[int, ...] | None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(np.argsort([axis % len(axes) for axis in axes]).tolist()))


transpose = op(
    _transpose,
    x=_transpose_back,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3))),
        Sample(rng.normal(size=(2, 3, 4)), axes=(1, -1, 0)),
        Sample(rng.normal(size=3)),
    ],
)


def _swapaxes(x: Array, *, axis1: int, axis2: int) -> Array:
    """Exchange two axes."""
    return np.swapaxes(x, axis1, axis2)


swapaxes = op(
    _swapaxes,
    x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2),
    samples=lambda rng: [Sample(rng.normal(size=(2, 3, 4)), axis1=-1, axis2=0)],
)


def _broadcast_to(x: Array, *, shape: Shape) -> Array:
    """Repeat along new axes and along axes of size 1."""
    return np.broadcast_to(x, shape)


broadcast_to = op(
    _broadcast_to,
    x=lambda g, shapes: unbroadcast(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 1)), shape=(2, 3, 4)),
        Sample(rng.normal(size=()), shape=(2,)),
        Sample(rng.normal(size=(1, 3)), shape=(0, 3)),
    ],
)


def _concatenate(*arrays: Array, axis: int = 0) -> Array:
    """Join arrays along an axis they have."""
    return np.concatenate(arrays, axis=axis)


concatenate = op(
    _concatenate,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), rng.normal(size=(1, 3))),
        Sample(rng.normal(size=(2, 1)), rng.normal(size=(2, 0)), rng.normal(size=(2, 3)), axis=-1),
    ],
)


@concatenate.backward("arrays")
def _cut_apart(g: Any, needs: tuple[bool, ...], shapes: tuple[Shape, ...], axis: int) -> list[Any]:
    pieces, start = [], 0
    before = (slice(None),) * (axis % g.ndim)
    for is_wanted, shape in zip(needs, shapes, strict=True):
        stop = start + shape[axis]
        cut = (*before, slice(start, stop))
        pieces.append(g[cut] if is_wanted else None)
        start = stop
    return pieces
