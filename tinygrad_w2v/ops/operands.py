"""What functions made of several ops do first with what they are given."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Shape, TensorLike


def operand(x: TensorLike) -> Any:
    """Return a Tensor as it is, and anything else as an array."""
    return x if isinstance(x, Tensor) else np.asarray(x)


def shape_of(x: TensorLike) -> Shape:
    """Return the sizes of the axes of a Tensor, an array, or nested lists."""
    shape: Shape = np.shape(x)
    return shape


def at(axis: int, x: Any, part: Any) -> tuple[Any, ...]:
    """Return the index that takes `part` (a number, a slice, an array) of one axis of `x`."""
    return (slice(None),) * (axis % int(x.ndim)) + (part,)
