"""Adamax and NAdam: Adam with another norm, and with Nesterov's momentum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim.adam import Adam, check_betas, decayed
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters
from tinygrad_w2v.validation import within


class Adamax(Adam):
    """Adam with the largest gradient, decaying, in place of the root mean square.

    Source: Kingma and Ba, arXiv 1412.6980, algorithm 2.

    Parameters
    ----------
    params, lr, betas, weight_decay, sparse
        As for :class:`Adam`, row-sparse gradients too.
    eps
        Added to the size of each gradient.
    """

    arrays = ("mean", "largest")

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        sparse: Sparse = "exact",
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay, sparse=sparse)

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        steps = state["steps"] = state.get("steps", 0) + 1
        return group["lr"] / (1 - group["betas"][0] ** steps), group

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        mean, largest = kept
        rate, group = numbers
        beta1, beta2 = group["betas"]
        gradient = decayed(values, gradient, group, decoupled=False)
        np.multiply(gradient, 1 - beta1, out=spare)
        mean *= beta1
        mean += spare
        np.abs(gradient, out=spare)
        spare += group["eps"]
        largest *= beta2
        np.maximum(largest, spare, out=largest)
        np.divide(mean, largest, out=spare)
        spare *= rate
        values -= spare


class NAdam(BlockwiseOptimizer):
    """Adam with Nesterov's momentum: the step looks ahead along the next running mean.

    Source: Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, with the
    schedule of momentum that PyTorch uses.

    Parameters
    ----------
    params, lr, betas, eps, weight_decay, sparse
        As for :class:`Adam`, row-sparse gradients too.
    momentum_decay
        The momentum of step t is ``beta1 · (1 − 0.5 · 0.96^(t · momentum_decay))``.
    """

    arrays = ("mean", "square")

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        sparse: Sparse = "exact",
    ) -> None:
        settings = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "sparse": sparse,
        }
        super().__init__(params, settings)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        check_betas(group["betas"])
        within(0, math.inf, momentum_decay=group["momentum_decay"])

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        steps = state["steps"] = state.get("steps", 0) + 1
        beta1, beta2 = group["betas"]
        now, ahead = (
            beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"]))
            for step in (steps, steps + 1)
        )
        product = state["momentum_product"] = state.get("momentum_product", 1.0) * now
        of_gradient = group["lr"] * (1 - now) / (1 - product)
        of_mean = group["lr"] * ahead / (1 - product * ahead)
        return of_gradient, of_mean, 1 / (1 - beta2**steps), group

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        mean, square = kept
        of_gradient, of_mean, correction, group = numbers
        beta1, beta2 = group["betas"]
        gradient = decayed(values, gradient, group, decoupled=False)
        np.multiply(gradient, 1 - beta1, out=spare)
        mean *= beta1
        mean += spare
        np.multiply(gradient, gradient, out=spare)
        spare *= 1 - beta2
        square *= beta2
        square += spare
        np.multiply(square, correction, out=spare)
        np.sqrt(spare, out=spare)
        spare += group["eps"]
        step = gradient * of_gradient
        step += mean * of_mean
        step /= spare
        values -= step
