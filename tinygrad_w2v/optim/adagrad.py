"""Adagrad, with one accumulator per element or per row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, count_step
from tinygrad_w2v.optim.optimizer import Parameters


class Adagrad(BlockwiseOptimizer):
    """Steps scaled by the root of the sum of all squared gradients so far.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12, 2011; row by row as in DLRM's embedding tables.

    A row without a gradient does not move, so both ``sparse="exact"`` and ``"lazy"`` visit the
    gradient's rows only. With weight decay ``"exact"`` visits all rows and ``"lazy"`` is refused.
    """

    arrays = ("sum",)

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-2,
        *,
        lr_decay: hp.LearningRateDecay = 0.0,
        eps: hp.Epsilon = 1e-10,
        weight_decay: hp.WeightDecay = 0.0,
        initial_accumulator_value: hp.InitialSum = 0.0,
        rowwise: hp.RowWise = False,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, locals())

    def moves_all_rows(self, group: Mapping[str, Any]) -> bool:
        """Whether a row whose gradient is zero changes: only by weight decay."""
        return bool(group["weight_decay"])

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        """Create the sums."""
        shape = (len(values), 1) if group["rowwise"] and values.ndim else values.shape
        start = group["initial_accumulator_value"]
        return np.full(shape, start, values.dtype) if start else np.zeros(shape, values.dtype)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Return the decayed learning rate and the hyperparameters."""
        return group["lr"] / (1 + (count_step(state) - 1) * group["lr_decay"]), group

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        (total,) = state
        lr, group = c
        np.multiply(gradient, gradient, out=scratch)
        total += scratch.mean(axis=1, keepdims=True) if group["rowwise"] else scratch
        root = np.sqrt(total, out=None if group["rowwise"] else scratch)
        root += group["eps"]
        np.divide(gradient, root, out=scratch)
        scratch *= lr
        values -= scratch
