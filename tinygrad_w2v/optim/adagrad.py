"""Adagrad, element by element and row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim.adam import decayed
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters
from tinygrad_w2v.validation import within


class Adagrad(BlockwiseOptimizer):
    """Steps scaled by the root of the sum of all squared gradients so far.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12, 2011. Row by row: the sum is of each row's mean square, as
    in DLRM's embedding tables, which takes one number a row instead of one an element.

    Parameters
    ----------
    params
        Parameters or groups; see :class:`Optimizer`.
    lr
        Learning rate.
    lr_decay
        The rate is divided by ``1 + (steps − 1) · lr_decay``.
    eps
        Added to the root.
    weight_decay
        Times the values, added to the gradient.
    initial_accumulator_value
        Where the sums start.
    rowwise
        One sum for each row.
    sparse
        How a row-sparse gradient is treated. A row without a gradient would not move, so that
        both ``"exact"`` and ``"lazy"`` visit the gradient's rows only; with weight decay
        ``"exact"`` visits all and ``"lazy"`` is refused.
    """

    arrays = ("sum",)

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        lr_decay: float = 0.0,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        rowwise: bool = False,
        sparse: Sparse = "exact",
    ) -> None:
        settings = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "rowwise": rowwise,
            "sparse": sparse,
        }
        super().__init__(params, settings)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        for name in ("lr_decay", "initial_accumulator_value"):
            within(0, math.inf, **{name: group[name]})

    def moves_all_rows(self, group: Mapping[str, Any]) -> bool:
        """Whether a row with a gradient of zero changes: only by weight decay."""
        return bool(group["weight_decay"])

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        """Make the sums."""
        shape = (len(values), 1) if group["rowwise"] and values.ndim else values.shape
        start = group["initial_accumulator_value"]
        return np.full(shape, start, values.dtype) if start else np.zeros(shape, values.dtype)

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        steps = state["steps"] = state.get("steps", 0) + 1
        return group["lr"] / (1 + (steps - 1) * group["lr_decay"]), group

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        (total,) = kept
        rate, group = numbers
        gradient = decayed(values, gradient, group, decoupled=False)
        np.multiply(gradient, gradient, out=spare)
        total += spare.mean(axis=1, keepdims=True) if group["rowwise"] else spare
        root = np.sqrt(total)
        root += group["eps"]
        np.divide(gradient, root, out=spare)
        spare *= rate
        values -= spare
