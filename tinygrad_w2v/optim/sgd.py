"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.row_update import add_to_rows, clip_rows, sgd_step_rows
from tinygrad_w2v.optim.adam import decayed
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters
from tinygrad_w2v.validation import within

_AT_ONCE = 1 << 18
"""Numbers that are changed in one pass: what is computed on the way stays in the cache."""


class SGD(BlockwiseOptimizer):
    """``values -= lr · gradient``, or along a running sum of gradients with momentum.

    Parameters
    ----------
    params
        Parameters or groups; see :class:`Optimizer`.
    lr
        Learning rate.
    momentum
        The share of the last step's direction that goes into the next one.
    dampening
        The share of the gradient that does not go into the direction, from the second step on.
    weight_decay
        Times the values, added to the gradient.
    nesterov
        Step along the gradient as it will be after the momentum's step (Sutskever et al. 2013).
    clip_row
        The longest Euclidean step that a row of a matrix may take at once; longer ones are
        shortened to it. It keeps frequent words stable when a batch holds many of their uses.
    sparse
        How a row-sparse gradient is treated. Plain SGD changes its rows only, which is what the
        dense gradient would do. With momentum or weight decay, ``"exact"`` passes over the whole
        table, since every row moves; ``"lazy"`` is refused, since rows would be skipped.
    """

    block = 1 << 16  # a step has three arrays at most

    def __init__(
        self,
        params: Parameters,
        lr: float,
        *,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        clip_row: float | None = None,
        sparse: Sparse = "exact",
    ) -> None:
        settings = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "clip_row": clip_row,
            "sparse": sparse,
        }
        super().__init__(params, settings)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        within(0, 1, momentum=group["momentum"], dampening=group["dampening"])
        longest = group["clip_row"]
        if longest is not None and not longest > 0:
            raise InputError(f"clip_row is {longest}: it must be above 0, or None for no clipping")
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            raise InputError(
                f"nesterov needs momentum above 0 and dampening 0, found "
                f"{group['momentum']} and {group['dampening']}: set them so, or nesterov=False"
            )

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Take one step; see :meth:`Optimizer.update`."""
        longest = group["clip_row"]
        if group["momentum"] or group["weight_decay"]:
            super().update(values, gradient, state, group)
        elif isinstance(gradient, RowSparse):
            # The hot path of word2vec: one pass over the rows of the gradient.
            changes = np.asarray(gradient.values)
            if longest:
                sgd_step_rows(values, gradient.rows, changes, group["lr"], longest)
            else:  # without clipping, equal rows need not be added up first
                add_to_rows(values, gradient.rows, changes, -group["lr"])
        elif longest is None:
            descend(values, gradient, float(group["lr"]))
        else:
            super().update(values, gradient, state, group)

    def kept_arrays(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the arrays kept: the velocity, with momentum."""
        return ("velocity",) if group["momentum"] else ()

    def keeps_state(self) -> bool:
        """Whether there is momentum."""
        return any(group["momentum"] for group in self.param_groups)

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        steps = state["steps"] = state.get("steps", 0) + 1
        return group, 1.0 if steps == 1 else 1 - group["dampening"]

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        group, share = numbers
        direction = decayed(values, gradient, group, decoupled=False)
        if kept:
            (velocity,) = kept
            velocity *= group["momentum"]
            velocity += direction if share == 1 else np.multiply(direction, share, out=spare)
            if group["nesterov"]:  # the share is 1 then
                np.multiply(velocity, group["momentum"], out=spare)
                spare += direction
                direction = spare
            else:
                direction = velocity
        np.multiply(direction, -group["lr"], out=spare)
        if group["clip_row"] is not None and values.shape[1] > 1:
            clip_rows(spare, group["clip_row"])
        values += spare


def descend(values: Array, gradient: Array, lr: float) -> None:
    """Subtract ``lr · gradient``, in place."""
    if values.size <= _AT_ONCE or not (
        values.flags.c_contiguous and gradient.flags.c_contiguous and gradient.ndim
    ):
        values -= lr * gradient
        return
    flat, slope = values.reshape(-1), gradient.reshape(-1)
    spare = np.empty(_AT_ONCE, np.result_type(gradient, lr))
    for start in range(0, flat.size, _AT_ONCE):
        piece = flat[start : start + _AT_ONCE]
        piece -= np.multiply(slope[start : start + _AT_ONCE], lr, out=spare[: piece.size])
