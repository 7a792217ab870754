"""The contract of backward rules, checked on every walk: number of gradients, shape and dtype.

A gradient has the shape and dtype of its input. If the op broadcasts its inputs, a rule may return
a gradient of the broadcast shape, and it is summed here over the broadcast axes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.rule import OpRecord
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import DType, Shape


class RuleError(RuntimeError):
    """A backward rule returned something that is not a gradient of its inputs."""


def unbroadcast(gradient: Any, shape: Shape) -> Any:
    """Sum a gradient over the axes along which an input of `shape` was broadcast.

    Examples
    --------
    >>> unbroadcast(np.ones((4, 2, 3)), (2, 1))
    array([[12.],
           [12.]])
    """
    extra = gradient.ndim - len(shape)
    stretched = tuple(
        extra + i for i, size in enumerate(shape) if size == 1 and gradient.shape[extra + i] != 1
    )
    summed = np.sum(gradient, axis=tuple(range(extra)) + stretched)
    return np.reshape(summed, shape)


def conform(op: OpRecord, position: int, gradient: Any, shape: Shape, dtype: DType) -> Any:
    """Return a rule's gradient for the input at `position` in the input's shape and dtype.

    Raises
    ------
    RuleError
        If the gradient does not fit. Names the op, the input, what was returned and expected.
    """
    is_plain = type(gradient) is np.ndarray and gradient.dtype is dtype
    if is_plain and op.broadcasts and gradient.ndim > len(shape) and gradient.shape[1:] == shape:
        return np.asarray(np.add.reduce(gradient))  # a bias
    if gradient is None:
        raise RuleError(
            f"{_rule_of(op, position)} returned None, but a gradient of shape {shape} is required"
        )
    if not isinstance(gradient, np.ndarray | Tensor | RowSparse):
        gradient = np.asarray(gradient)
    if gradient.dtype != dtype:
        if not np.issubdtype(gradient.dtype, np.floating):
            raise RuleError(
                f"{_rule_of(op, position)} returned a gradient of dtype {gradient.dtype}, the "
                f"input is {dtype}: return a floating array"
            )
        gradient = gradient.astype(dtype)
    if gradient.shape != shape:
        if not op.broadcasts or not _is_broadcast(shape, gradient.shape):
            raise RuleError(
                f"{_rule_of(op, position)} returned a gradient of shape {gradient.shape}, the "
                f"input has shape {shape}: the two must be equal"
            )
        if isinstance(gradient, RowSparse):
            gradient = gradient.to_dense()
        gradient = unbroadcast(gradient, shape)
    return np.asarray(gradient) if isinstance(gradient, np.generic) else gradient


def _rule_of(op: OpRecord, position: int) -> str:
    return f"{op.name}: the rule for '{op.signature.input_name(position)}'"


def _is_broadcast(shape: Shape, wider: Shape) -> bool:
    tail = wider[len(wider) - len(shape) :]
    return len(wider) >= len(shape) and all(
        size in (1, wide) for size, wide in zip(shape, tail, strict=True)
    )


def check_count(op: OpRecord, returned: Any, positions: tuple[int, ...]) -> tuple[Any, ...]:
    """Return the result of a joint rule as a tuple, after checking its length."""
    if not isinstance(returned, tuple | list) or len(returned) != len(positions):
        found = f"{len(returned)} values" if isinstance(returned, tuple | list) else "one value"
        names = ", ".join(op.signature.input_name(position) for position in positions)
        raise RuleError(
            f"{op.name}: the rule for '{names}' returned {found}, it must return a "
            f"tuple of {len(positions)} gradients (None where needs says it is not wanted)"
        )
    return tuple(returned)
