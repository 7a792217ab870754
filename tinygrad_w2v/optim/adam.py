"""Adam and the optimizers derived from it: AdamW, SparseAdam, Adamax, NAdam."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, count_step, update_average
from tinygrad_w2v.optim.optimizer import Parameters


class Adam(BlockwiseOptimizer):
    """Steps scaled by moving averages of the gradient and of its square.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980,
    algorithm 1.

    With ``sparse="exact"``, rows without a gradient still move by their averages.
    """

    arrays = ("mean", "square")

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-3,
        *,
        betas: hp.Betas = (0.9, 0.999),
        eps: hp.Epsilon = 1e-8,
        weight_decay: hp.WeightDecay = 0.0,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, locals())

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Return both decay rates, the step size and epsilon, with the bias corrections."""
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        root = math.sqrt(1 - beta2**steps)
        # lr·m̂ / (√v̂ + ε), with both corrections moved out of the array arithmetic.
        return beta1, beta2, group["lr"] * root / (1 - beta1**steps), group["eps"] * root

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        mean, square = state
        beta1, beta2, lr, eps = c
        update_average(mean, gradient, beta1, scratch)
        update_average(square, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
        np.sqrt(square, out=scratch)
        scratch += eps
        np.divide(mean, scratch, out=scratch)
        scratch *= lr
        values -= scratch


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv 1711.05101,
    algorithm 2.

    With ``sparse="lazy"`` the weight decay must be 0.
    """

    decoupled_weight_decay = True

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-3,
        *,
        betas: hp.Betas = (0.9, 0.999),
        eps: hp.Epsilon = 1e-8,
        weight_decay: hp.DecoupledWeightDecay = 0.01,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay, sparse=sparse)


class SparseAdam(Adam):
    """Adam that moves only the rows that have a gradient; PyTorch's SparseAdam up to rounding.

    It is ``Adam(sparse="lazy")`` except for `eps`, which is added to the root of the second average
    before its bias correction. A dense gradient moves all rows.
    """

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 1e-3,
        *,
        betas: hp.Betas = (0.9, 0.999),
        eps: hp.Epsilon = 1e-8,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, sparse="lazy")

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Return Adam's coefficients, with epsilon as it is."""
        return *super().coefficients(state, group)[:3], group["eps"]


class Adamax(Adam):
    """Adam with a decaying maximum of the gradient's size in place of the root mean square.

    Source: Kingma and Ba, arXiv 1412.6980, algorithm 2.

    `eps` is added to the size of each gradient. Row-sparse gradients are treated as by Adam.
    """

    arrays = ("mean", "largest")

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 2e-3,
        *,
        betas: hp.Betas = (0.9, 0.999),
        eps: hp.Epsilon = 1e-8,
        weight_decay: hp.WeightDecay = 0.0,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay, sparse=sparse)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Return both decay rates, the step size with the bias correction, and epsilon."""
        beta1, beta2 = group["betas"]
        return beta1, beta2, group["lr"] / (1 - beta1 ** count_step(state)), group["eps"]

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        mean, largest = state
        beta1, beta2, lr, eps = c
        update_average(mean, gradient, beta1, scratch)
        np.abs(gradient, out=scratch)
        scratch += eps
        largest *= beta2
        np.maximum(largest, scratch, out=largest)
        np.divide(mean, largest, out=scratch)
        scratch *= lr
        values -= scratch


class NAdam(BlockwiseOptimizer):
    """Adam with Nesterov's momentum: the step looks ahead along the next moving average.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, with the
    momentum schedule that PyTorch uses.

    Row-sparse gradients are treated as by Adam.
    """

    arrays = ("mean", "square")

    def __init__(
        self,
        params: Parameters,
        lr: hp.LearningRate = 2e-3,
        *,
        betas: hp.Betas = (0.9, 0.999),
        eps: hp.Epsilon = 1e-8,
        weight_decay: hp.WeightDecay = 0.0,
        momentum_decay: hp.MomentumDecay = 4e-3,
        sparse: hp.Sparse = "exact",
    ) -> None:
        super().__init__(params, locals())

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Return decay rates, the factors of gradient and average, a bias correction, epsilon."""
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        now, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
            for step in (steps, steps + 1)
        )
        product = state["momentum_product"] = state.get("momentum_product", 1.0) * now
        of_gradient = group["lr"] * (1 - now) / (1 - product)
        of_mean = group["lr"] * ahead / (1 - product * ahead)
        return beta1, beta2, of_gradient, of_mean, 1 / (1 - beta2**steps), group["eps"]

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows; see :meth:`BlockwiseOptimizer.rule`."""
        mean, square = state
        beta1, beta2, of_gradient, of_mean, correction, eps = c
        update_average(mean, gradient, beta1, scratch)
        update_average(square, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
        np.multiply(square, correction, out=scratch)
        np.sqrt(scratch, out=scratch)
        scratch += eps
        step = gradient * of_gradient
        step += mean * of_mean
        step /= scratch
        values -= step
