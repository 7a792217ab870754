"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, update_average
from tinygrad_w2v.optim.optimizer import Parameters


class RMSprop(BlockwiseOptimizer):
    """Steps scaled by the root of a moving average of squared gradients.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera, 2012; centered as in Graves,
    "Generating sequences with recurrent neural networks", arXiv 1308.0850, equations 38 to 45.

    With ``sparse="exact"`` the averages of all rows decay.
    """

    arrays = ("square", "mean", "velocity")

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-2,
        *,
        alpha: hp.Alpha = 0.99,
        eps: hp.Epsilon = 1e-8,
        weight_decay: hp.WeightDecay = 0.0,
        momentum: hp.Momentum = 0.0,
        centered: hp.Centered = False,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, locals())

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the state arrays that the hyperparameters need."""
        needed = {"square": True, "mean": group["centered"], "velocity": group["momentum"]}
        return tuple(name for name in self.arrays if needed[name])

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        square, *others = state
        alpha = c["alpha"]
        update_average(square, np.multiply(gradient, gradient, out=scratch), alpha, scratch)
        if c["centered"]:
            mean = others.pop(0)
            update_average(mean, gradient, alpha, scratch)
            np.multiply(mean, mean, out=scratch)
            np.subtract(square, scratch, out=scratch)
            np.sqrt(scratch, out=scratch)
        else:
            np.sqrt(square, out=scratch)
        scratch += c["eps"]
        np.divide(gradient, scratch, out=scratch)
        if c["momentum"]:
            (velocity,) = others
            velocity *= c["momentum"]
            velocity += scratch
            np.copyto(scratch, velocity)
        scratch *= c["lr"]
        values -= scratch
