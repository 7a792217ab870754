"""Lion."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, update_average
from tinygrad_w2v.optim.optimizer import Parameters


class Lion(BlockwiseOptimizer):
    """Steps of equal size ``lr`` in the direction of the sign of a moving average.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675,
    algorithm 2.

    A good learning rate is about 0.1 of Adam's. The first of `betas` is the fraction of the average
    in the direction, the second the decay rate of the average. With ``sparse="exact"``, rows
    without a gradient keep moving along their average.
    """

    arrays = ("mean",)
    decoupled_weight_decay = True

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-4,
        *,
        betas: hp.Betas = (0.9, 0.99),
        weight_decay: hp.DecoupledWeightDecay = 0.0,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, locals())

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        (mean,) = state
        beta1, beta2 = c["betas"]
        np.multiply(gradient, 1 - beta1, out=scratch)
        scratch += mean * beta1
        np.sign(scratch, out=scratch)
        scratch *= c["lr"]
        values -= scratch
        update_average(mean, gradient, beta2, scratch)
