"""Optimizers that scale steps by the size of earlier gradients: Adagrad, RMSprop, Adadelta."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
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
    lr_decay: hp.LearningRateDecay = 0.0
    weight_decay: hp.WeightDecay = 0.0
    initial_accumulator_value: hp.InitialSum = 0.0
    eps: hp.Epsilon = 1e-10
    _: KW_ONLY
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

    arrays = ("square_avg", "grad_avg", "momentum_buffer")

    lr: hp.LearningRate = 1e-2
    alpha: hp.Alpha = 0.99
    eps: hp.Epsilon = 1e-8
    weight_decay: hp.WeightDecay = 0.0
    momentum: hp.Momentum = 0.0
    centered: hp.Centered = False
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        needed = (True, group["centered"], group["momentum"])
        return tuple(name for name, is_needed in zip(self.arrays, needed, strict=True) if is_needed)

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


class Adadelta(BlockwiseOptimizer, declared=True):
    """Steps scaled by the ratio of the average sizes of earlier steps and gradients.

    Source: Zeiler, "ADADELTA: an adaptive learning rate method", arXiv 1212.5701, algorithm 1.

    `eps` is added to both averages of squares. With ``sparse="exact"`` the averages of all rows
    decay.
    """

    arrays = ("square_avg", "acc_delta")

    lr: hp.LearningRate = 1.0
    rho: hp.Rho = 0.9
    eps: hp.Epsilon = 1e-6
    weight_decay: hp.WeightDecay = 0.0
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        square, of_steps = state
        update_average(square, np.multiply(gradient, gradient, out=scratch), c["rho"], scratch)
        step = np.sqrt(of_steps + c["eps"])
        np.add(square, c["eps"], out=scratch)
        step /= np.sqrt(scratch, out=scratch)
        step *= gradient
        update_average(of_steps, np.multiply(step, step, out=scratch), c["rho"], scratch)
        step *= c["lr"]
        values -= step
