"""Distances between all rows of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike


@named("tg")
def cdist(x1: TensorLike, x2: TensorLike, p: float = 2.0, compute_mode: str | None = None) -> Any:
    """Return the p-norms of the differences of all rows, (..., N, D) and (..., M, D) → (..., N, M).

    Examples
    --------
    >>> cdist(np.zeros((1, 2)), np.array([[3.0, 4.0], [0.0, 1.0]]))
    array([[5., 1.]])
    """
    first, second = operand(x1), operand(x2)
    difference = np.expand_dims(first, -2) - np.expand_dims(second, -3)
    return np.linalg.norm(difference, ord=p, axis=-1)
