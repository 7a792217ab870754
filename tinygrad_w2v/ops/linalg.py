"""Matrix products."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape


def _matmul(a: Array, b: Array) -> Array:
    """Matrix product over the last two axes, batches broadcasting, as ``numpy.matmul``."""
    shape_a, shape_b = np.shape(a), np.shape(b)
    if not shape_a or not shape_b or shape_a[-1] != shape_b[-2 if len(shape_b) > 1 else 0]:
        raise ValueError(_mismatch(shape_a, shape_b))
    return np.matmul(a, b)  # type: ignore[no-any-return]


def _mismatch(a: Shape, b: Shape) -> str:
    if not a or not b:
        return f"matmul: {a} @ {b}: a single value has no matrix product, use *"
    inner = b[-2 if len(b) > 1 else 0]
    hint = ""
    if len(b) > 1 and a[-1] == b[-1]:
        hint = "; transpose the second operand"
    return f"matmul: {a} @ {b}: inner sizes {a[-1]} and {inner} differ{hint}"


def _gradient_of_a(g: Any, shapes: Any, b: Any) -> Any:
    if len(shapes.b) == 1:  # b was a column: its axis is missing from g
        return np.expand_dims(g, -1) * b
    if len(shapes.a) == 1:  # a was a row
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


def _gradient_of_b(g: Any, shapes: Any, a: Any) -> Any:
    if len(shapes.a) == 1:
        return np.reshape(a, (-1, 1)) * np.expand_dims(g, -2) if len(shapes.b) > 1 else g * a
    if len(shapes.b) == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


def _samples(rng: np.random.Generator) -> list[Sample]:
    shapes: list[tuple[Shape, Shape]] = [
        ((3, 4), (4, 2)),
        ((4,), (4,)),
        ((4,), (4, 2)),
        ((3, 4), (4,)),
        ((5, 1, 3, 4), (2, 4, 2)),
        ((4,), (5, 4, 2)),
        ((5, 3, 4), (4,)),
        ((0, 4), (4, 2)),
        ((2, 0), (0, 3)),
    ]
    return [Sample(rng.normal(size=a), rng.normal(size=b)) for a, b in shapes]


matmul = op(_matmul, a=_gradient_of_a, b=_gradient_of_b, broadcasts=True, samples=_samples)


vecdot = op(
    np.vecdot,
    a=lambda g, b: np.expand_dims(g, -1) * b,
    b=lambda g, a: np.expand_dims(g, -1) * a,
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 4)), rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(2, 3, 4)), rng.normal(size=(3, 4))),
        Sample(rng.normal(size=4), rng.normal(size=4)),
    ],
)
