"""What becomes of the losses of single items: their mean, their sum, or all of them."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine.types import Array

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def reduce_losses(losses: Any, reduction: Reduction) -> Any:
    """Take the mean or the sum of losses, or leave them."""
    if reduction == "mean":
        if isinstance(losses, np.ndarray) and losses.size and losses.dtype.char in "fd":
            return np.add.reduce(losses, axis=None) / losses.dtype.type(losses.size)
        return np.mean(losses)  # the same, by detours
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is {reduction!r}: use 'mean', 'sum' or 'none'")


def per_item(g: Any, reduction: Reduction, count: int) -> Any:
    """Return what the gradient of a reduced loss is for each item, (N,) or broadcastable to it."""
    return g / count if reduction == "mean" else g


def worked_out(*gradients: Array) -> tuple[Array, ...]:
    """Return gradients that were worked out with the loss, closed to writing.

    Where 1 comes back for the loss, as in a training, they are passed on as they are; but a graph
    that is kept needs them again.
    """
    for gradient in gradients:
        gradient.setflags(write=False)
    return gradients


def same_shape(name: str, given: Any, target: Any) -> None:
    """Refuse a target of another shape: broadcasting a loss is nearly always a mistake."""
    if np.shape(given) != np.shape(target):
        raise ValueError(
            f"{name}: input {np.shape(given)} and target {np.shape(target)}: the two shapes must "
            f"be equal; use reshape or broadcast_to"
        )
