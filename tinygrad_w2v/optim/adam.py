"""Adam and its relatives, which scale a moving average of gradients by their size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import (
    Arrays,
    BlockwiseOptimizer,
    count_step,
    number_in,
    update_average,
)


class Adam(BlockwiseOptimizer, declared=True):
    """Steps scaled by moving averages of the gradient and of its square.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980,
    algorithm 1.

    With ``sparse="exact"``, rows without a gradient still move by their averages.
    """

    arrays = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    lr: hp.LearningRate = 1e-3
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    amsgrad: hp.AMSGrad = False
    _: KW_ONLY
    decoupled_weight_decay: hp.Decoupled = False
    sparse: hp.Sparse = "exact"

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return self.arrays if group["amsgrad"] else self.arrays[:2]

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        root = math.sqrt(1 - beta2**steps)
        # lr·m̂ / (√v̂ + ε), with both corrections moved out of the array arithmetic.
        return beta1, beta2, group["lr"] * root / (1 - beta1**steps), group["eps"] * root

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        mean, square, *largest = state
        beta1, beta2, lr, eps = c
        update_average(mean, gradient, beta1, scratch)
        update_average(square, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
        if largest:
            square = np.maximum(largest[0], square, out=largest[0])
        np.sqrt(square, out=scratch)
        scratch += eps
        np.divide(mean, scratch, out=scratch)
        scratch *= lr
        values -= scratch


class AdamW(Adam, declared=True):
    """Adam with decoupled weight decay.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv 1711.05101,
    algorithm 2.

    With ``sparse="lazy"`` the weight decay must be 0.
    """

    weight_decay: hp.DecoupledWeightDecay = 0.01
    decoupled_weight_decay: hp.Decoupled = field(default=True, init=False)


class SparseAdam(Adam, declared=True):
    """Adam that moves only the rows that have a gradient; PyTorch's SparseAdam up to rounding.

    It is ``Adam(sparse="lazy")`` except for `eps`, which is added to the root of the second average
    before its bias correction. A dense gradient moves all rows.
    """

    weight_decay: hp.WeightDecay = field(default=0.0, init=False)
    amsgrad: hp.AMSGrad = field(default=False, init=False)
    decoupled_weight_decay: hp.Decoupled = field(default=False, init=False)
    sparse: hp.Sparse = field(default="lazy", init=False)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        return *super().coefficients(state, group)[:3], group["eps"]


class Adamax(BlockwiseOptimizer, declared=True):
    """Adam with a decaying maximum of the gradient's size in place of the root mean square.

    Source: Kingma and Ba, arXiv 1412.6980, algorithm 2.

    `eps` is added to the size of each gradient. Row-sparse gradients are treated as by Adam.
    """

    arrays = ("exp_avg", "exp_inf")

    lr: hp.LearningRate = 2e-3
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        beta1, beta2 = group["betas"]
        return beta1, beta2, group["lr"] / (1 - beta1 ** count_step(state)), group["eps"]

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
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


class NAdam(BlockwiseOptimizer, declared=True):
    """Adam with Nesterov's momentum: the step looks ahead along the next moving average.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, with the
    momentum schedule that PyTorch uses.

    Row-sparse gradients are treated as by Adam.
    """

    arrays = ("exp_avg", "exp_avg_sq")

    lr: hp.LearningRate = 2e-3
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    momentum_decay: hp.MomentumDecay = 4e-3
    decoupled_weight_decay: hp.Decoupled = False
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        now, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
            for step in (steps, steps + 1)
        )
        product = number_in(state, "mu_product", 1)
        product._data *= now
        of_gradient = group["lr"] * (1 - now) / (1 - product.item())
        of_mean = group["lr"] * ahead / (1 - product.item() * ahead)
        return beta1, beta2, of_gradient, of_mean, 1 / (1 - beta2**steps), group["eps"]

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
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


class RAdam(BlockwiseOptimizer, declared=True):
    """Adam whose steps are not scaled until the average of squares is reliable.

    Source: Liu et al., "On the variance of the adaptive learning rate and beyond", arXiv
    1908.03265, algorithm 2; with PyTorch's threshold of 5 in place of 4.

    Row-sparse gradients are treated as by Adam.
    """

    arrays = ("exp_avg", "exp_avg_sq")

    lr: hp.LearningRate = 1e-3
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    decoupled_weight_decay: hp.Decoupled = False
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        correction = 1 - beta2**steps
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * steps * beta2**steps / correction
        lr, eps = group["lr"] / (1 - beta1**steps), None
        if length > 5:
            variance = (length - 4) * (length - 2) / length
            lr *= math.sqrt(correction * variance * longest / ((longest - 4) * (longest - 2)))
            eps = group["eps"]
        return beta1, beta2, lr, eps

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        mean, square = state
        beta1, beta2, lr, eps = c
        update_average(mean, gradient, beta1, scratch)
        update_average(square, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
        if eps is None:
            np.multiply(mean, lr, out=scratch)
        else:
            np.sqrt(square, out=scratch)
            scratch += eps
            np.divide(mean, scratch, out=scratch)
            scratch *= lr
        values -= scratch
