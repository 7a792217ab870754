"""Optimizers that use the signs of gradients only: Rprop, Lion."""

from __future__ import annotations

from dataclasses import KW_ONLY, field
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, update_average


class Rprop(BlockwiseOptimizer, declared=True):
    """Steps whose sizes grow while a gradient keeps its sign, and shrink when it changes.

    Source: Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning:
    the RPROP algorithm", ICNN 1993; without weight backtracking.

    Meant for gradients of the whole data, not of batches. `lr` is the first step size.
    """

    arrays = ("prev", "step_size")

    lr: hp.LearningRate = 1e-2
    etas: hp.Etas = (0.5, 1.2)
    step_sizes: hp.StepSizes = (1e-6, 50)
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        return np.full(values.shape, group["lr"] if name == "step_size" else 0, values.dtype)

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        before, size = state
        shrink, grow = c["etas"]
        np.multiply(gradient, before, out=scratch)
        is_reversed = scratch < 0
        size *= np.where(is_reversed, shrink, np.where(scratch > 0, grow, 1)).astype(size.dtype)
        np.clip(size, *c["step_sizes"], out=size)
        np.copyto(before, gradient)
        before[is_reversed] = 0  # no step here, and none that the next gradient could reverse
        np.sign(before, out=scratch)
        scratch *= size
        values -= scratch


class Lion(BlockwiseOptimizer, declared=True):
    """Steps of equal size ``lr`` in the direction of the sign of a moving average.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675,
    algorithm 2.

    A good learning rate is about 0.1 of Adam's. The first of `betas` is the fraction of the average
    in the direction, the second the decay rate of the average. With ``sparse="exact"``, rows
    without a gradient keep moving along their average.
    """

    arrays = ("exp_avg",)

    lr: hp.LearningRate = 1e-4
    betas: hp.Betas = (0.9, 0.99)
    weight_decay: hp.DecoupledWeightDecay = 0.0
    _: KW_ONLY
    decoupled_weight_decay: hp.Decoupled = field(default=True, init=False)
    sparse: hp.Sparse = "exact"

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        (mean,) = state
        beta1, beta2 = c["betas"]
        np.multiply(gradient, 1 - beta1, out=scratch)
        scratch += mean * beta1
        np.sign(scratch, out=scratch)
        scratch *= c["lr"]
        values -= scratch
        update_average(mean, gradient, beta2, scratch)
