"""Dropout. Ops are pure, so the random mask is an input of the op."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.operands import operand


def _masked_scale(x: Array, kept: Array, *, p: float) -> Any:
    """Zero where `kept` is false; scale what is left by 1 / (1 − p).

    Parameters
    ----------
    x : (...)
    kept : (...) booleans
        Each false with probability `p`.
    p
        Less than 1.
    """
    return x * kept * (1 / (1 - p))


masked_scale = op(
    _masked_scale,
    x=lambda g, kept, p: g * kept * (1 / (1 - p)),
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 4)), rng.random((3, 4)) < 0.5, p=0.5),
        Sample(rng.normal(size=()), np.asarray(True), p=0.25),
        Sample(np.zeros((0, 2)), np.zeros((0, 2), dtype=bool), p=0.5),
    ],
)


def dropout(
    x: TensorLike, p: float = 0.5, training: bool = True, rng: np.random.Generator | None = None
) -> Any:
    """Zero each value with probability `p` and scale the rest by 1 / (1 − p) (Hinton et al., 2012).

    Parameters
    ----------
    training
        False returns `x` as it is: the scaling has already made up for the zeros.
    rng
        Where the mask is drawn from; a freshly seeded generator by default.
    """
    if not 0.0 <= p <= 1.0:
        raise ValueError(f"dropout: p is {p}: it must be a probability, within 0 to 1")
    array: Any = operand(x)
    if not training or p == 0.0:
        return array
    if p == 1.0:
        return array * np.zeros(array.shape, dtype=bool)
    if rng is None:
        rng = np.random.default_rng()
    kept = rng.random(array.shape, dtype=np.float32) >= np.float32(p)
    return masked_scale(array, kept, p=p)
