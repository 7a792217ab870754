"""The contract that every backward rule keeps, checked on every walk: count, shape, dtype.

A gradient has the shape and dtype of its input. Where an op broadcasts, the rule may leave the
broadcast axes in and they are summed here, once for all ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor

if TYPE_CHECKING:
    from tinygrad_w2v.engine.op import Op
    from tinygrad_w2v.engine.types import DType, Shape


class RuleError(RuntimeError):
    """A backward rule broke the contract."""


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


def conform(op: Op, position: int, gradient: Any, shape: Shape, dtype: DType) -> Any:
    """Return the gradient that a rule gave for the input at `position` in its shape and dtype.

    Raises
    ------
    RuleError
        If it cannot be: names the op, the input, and what was found and expected.
    """
    if type(gradient) is np.ndarray and gradient.dtype == dtype and op.broadcasts:
        extra = gradient.ndim - len(shape)
        if extra == 1 and gradient.shape[1:] == shape:
            return np.add.reduce(gradient)  # the commonest case, a bias
    if gradient is None:
        raise RuleError(
            f"{_rule_of(op, position)} returned None, but a gradient of shape {shape} is wanted"
        )
    if not isinstance(gradient, np.ndarray | Tensor | RowSparse):
        gradient = np.asarray(gradient)
    if gradient.dtype != dtype:
        if not np.issubdtype(gradient.dtype, np.floating):
            raise RuleError(
                f"{_rule_of(op, position)} returned a gradient of dtype {gradient.dtype}, the "
                f"input is {dtype}: return floating numbers"
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


def _rule_of(op: Op, position: int) -> str:
    return f"{op.name}: the rule for '{op.signature.input_name(position)}'"


def _is_broadcast(shape: Shape, wider: Shape) -> bool:
    tail = wider[len(wider) - len(shape) :]
    return len(wider) >= len(shape) and all(
        size in (1, wide) for size, wide in zip(shape, tail, strict=True)
    )


def check_count(op: Op, returned: Any, positions: tuple[int, ...]) -> tuple[Any, ...]:
    """Return what a joint rule returned as a tuple of the right length, or raise."""
    if not isinstance(returned, tuple | list) or len(returned) != len(positions):
        found = f"{len(returned)} values" if isinstance(returned, tuple | list) else "one value"
        names = ", ".join(op.signature.input_name(position) for position in positions)
        raise RuleError(
            f"{op.name}: the rule for '{names}' returned {found}, it must return a "
            f"tuple of {len(positions)} gradients (None where needs says it is not wanted)"
        )
    return tuple(returned)
