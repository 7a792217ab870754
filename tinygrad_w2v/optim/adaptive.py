"""Optimizers that scale steps by what earlier gradients were: Adagrad, RMSprop, Adam, Lion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, field
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, count_step, update_average


class Adagrad(BlockwiseOptimizer, declared=True):
    """Steps scaled by the root of the sum of all squared gradients so far.

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and
    stochastic optimization", JMLR 12, 2011; row by row as in DLRM's embedding tables.

    A row without a gradient does not move, so both ``sparse="exact"`` and ``"lazy"`` visit the
    gradient's rows only. With weight decay ``"exact"`` visits all rows and ``"lazy"`` is refused.
    """

    arrays = ("sum",)

    lr: hp.LearningRate = 1e-2
    _: KW_ONLY
    lr_decay: hp.LearningRateDecay = 0.0
    eps: hp.Epsilon = 1e-10
    weight_decay: hp.WeightDecay = 0.0
    initial_accumulator_value: hp.InitialSum = 0.0
    rowwise: hp.RowWise = False
    sparse: hp.Sparse = "exact"

    def moves_all_rows(self, group: Mapping[str, Any]) -> bool:
        return bool(group["weight_decay"])

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        shape = (len(values), 1) if group["rowwise"] and values.ndim else values.shape
        start = group["initial_accumulator_value"]
        return np.full(shape, start, values.dtype) if start else np.zeros(shape, values.dtype)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        return group["lr"] / (1 + (count_step(state) - 1) * group["lr_decay"]), group

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        (total,) = state
        lr, group = c
        np.multiply(gradient, gradient, out=scratch)
        total += scratch.mean(axis=1, keepdims=True) if group["rowwise"] else scratch
        root = np.sqrt(total, out=None if group["rowwise"] else scratch)
        root += group["eps"]
        np.divide(gradient, root, out=scratch)
        scratch *= lr
        values -= scratch


class RMSprop(BlockwiseOptimizer, declared=True):
    """Steps scaled by the root of a moving average of squared gradients.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera, 2012; centered as in Graves,
    "Generating sequences with recurrent neural networks", arXiv 1308.0850, equations 38 to 45.

    With ``sparse="exact"`` the averages of all rows decay.
    """

    arrays = ("square", "mean", "velocity")

    lr: hp.LearningRate = 1e-2
    _: KW_ONLY
    alpha: hp.Alpha = 0.99
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    momentum: hp.Momentum = 0.0
    centered: hp.Centered = False
    sparse: hp.Sparse = "exact"

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        needed = {"square": True, "mean": group["centered"], "velocity": group["momentum"]}
        return tuple(name for name in self.arrays if needed[name])

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
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


class Adam(BlockwiseOptimizer, declared=True):
    """Steps scaled by moving averages of the gradient and of its square.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980,
    algorithm 1.

    With ``sparse="exact"``, rows without a gradient still move by their averages.
    """

    arrays = ("mean", "square")

    lr: hp.LearningRate = 1e-3
    _: KW_ONLY
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        steps = count_step(state)
        beta1, beta2 = group["betas"]
        root = math.sqrt(1 - beta2**steps)
        # lr·m̂ / (√v̂ + ε), with both corrections moved out of the array arithmetic.
        return beta1, beta2, group["lr"] * root / (1 - beta1**steps), group["eps"] * root

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        mean, square = state
        beta1, beta2, lr, eps = c
        update_average(mean, gradient, beta1, scratch)
        update_average(square, np.multiply(gradient, gradient, out=scratch), beta2, scratch)
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

    decoupled_weight_decay = True

    _: KW_ONLY
    weight_decay: hp.DecoupledWeightDecay = 0.01


class SparseAdam(Adam, declared=True):
    """Adam that moves only the rows that have a gradient; PyTorch's SparseAdam up to rounding.

    It is ``Adam(sparse="lazy")`` except for `eps`, which is added to the root of the second average
    before its bias correction. A dense gradient moves all rows.
    """

    weight_decay: hp.WeightDecay = field(default=0.0, init=False)
    sparse: hp.Sparse = field(default="lazy", init=False)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        return *super().coefficients(state, group)[:3], group["eps"]


class Adamax(Adam, declared=True):
    """Adam with a decaying maximum of the gradient's size in place of the root mean square.

    Source: Kingma and Ba, arXiv 1412.6980, algorithm 2.

    `eps` is added to the size of each gradient. Row-sparse gradients are treated as by Adam.
    """

    arrays = ("mean", "largest")

    lr: hp.LearningRate = 2e-3

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

    arrays = ("mean", "square")

    lr: hp.LearningRate = 2e-3
    _: KW_ONLY
    betas: hp.Betas = (0.9, 0.999)
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    momentum_decay: hp.MomentumDecay = 4e-3
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
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


class Lion(BlockwiseOptimizer, declared=True):
    """Steps of equal size ``lr`` in the direction of the sign of a moving average.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675,
    algorithm 2.

    A good learning rate is about 0.1 of Adam's. The first of `betas` is the fraction of the average
    in the direction, the second the decay rate of the average. With ``sparse="exact"``, rows
    without a gradient keep moving along their average.
    """

    arrays = ("mean",)
    decoupled_weight_decay = True

    lr: hp.LearningRate = 1e-4
    _: KW_ONLY
    betas: hp.Betas = (0.9, 0.99)
    weight_decay: hp.DecoupledWeightDecay = 0.0
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
