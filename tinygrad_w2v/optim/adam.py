"""Adam and its kin with decoupled decay and with row-sparse gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters


class Adam(BlockwiseOptimizer):
    """Steps scaled by running means of the gradient and of its square.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980,
    algorithm 1.

    Parameters
    ----------
    params
        Parameters or groups; see :class:`Optimizer`.
    lr
        Learning rate.
    betas
        Decay of the two running means.
    eps
        Added to the root of the second one.
    weight_decay
        Times the values, added to the gradient.
    sparse
        How a row-sparse gradient is treated. ``"exact"``: as the dense one, so that rows without
        a gradient still move by their running means; costs a pass over the whole table.
        ``"lazy"``: rows without a gradient and their means stand still, as PyTorch's SparseAdam;
        refused together with weight decay.
    """

    arrays = ("mean", "square")
    _decoupled = False

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        sparse: Sparse = "exact",
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "sparse": sparse},
        )

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        check_betas(group["betas"])

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        steps = state["steps"] = state.get("steps", 0) + 1
        beta1, beta2 = group["betas"]
        root = math.sqrt(1 - beta2**steps)
        # lr·m̂ / (√v̂ + ε) with both corrections drawn out of the array arithmetic.
        return beta1, beta2, group["lr"] * root / (1 - beta1**steps), group["eps"] * root, group

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
        beta1, beta2, rate, eps, group = numbers
        gradient = decayed(values, gradient, group, self._decoupled)
        np.multiply(gradient, 1 - beta1, out=spare)
        mean *= beta1
        mean += spare
        np.multiply(gradient, gradient, out=spare)
        spare *= 1 - beta2
        square *= beta2
        square += spare
        np.sqrt(square, out=spare)
        spare += eps
        np.divide(mean, spare, out=spare)
        spare *= rate
        values -= spare


class AdamW(Adam):
    """Adam with the weight decay apart from the gradient: ``values *= 1 − lr · weight_decay``.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", arXiv 1711.05101,
    algorithm 2.

    Parameters
    ----------
    params, lr, betas, eps, sparse
        As for :class:`Adam`, row-sparse gradients too.
    weight_decay
        The decay; with ``sparse="lazy"`` it must be 0.
    """

    _decoupled = True

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        sparse: Sparse = "exact",
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, weight_decay=weight_decay, sparse=sparse)


class SparseAdam(Adam):
    """Adam that moves only the rows that have a gradient, to rounding as PyTorch's SparseAdam.

    It is ``Adam(sparse="lazy")`` but for `eps`. A dense gradient moves all rows.

    Parameters
    ----------
    params, lr, betas
        As for :class:`Adam`.
    eps
        Added to the root of the second running mean before its correction, not after.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        *,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, lr, betas=betas, eps=eps, sparse="lazy")

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step; return its numbers."""
        beta1, beta2, rate, _, group = super().begin(state, group)
        return beta1, beta2, rate, group["eps"], group


def check_betas(betas: Any) -> None:
    """Refuse what is not two numbers from 0 and below 1."""
    if not isinstance(betas, list | tuple) or len(betas) != 2:
        raise InputError(f"betas is {betas!r}: it must be two numbers, such as (0.9, 0.999)")
    if not all(0 <= beta < 1 for beta in betas):
        raise InputError(f"betas is {betas!r}: both must be within 0 ≤ beta < 1")


def decayed(values: Array, gradient: Array, group: Any, decoupled: bool) -> Array:
    """Apply the weight decay: to the values themselves if decoupled, else into a new gradient."""
    decay = group["weight_decay"]
    if not decay:
        return gradient
    if decoupled:
        values *= 1 - group["lr"] * decay
        return gradient
    into: Array = values * decay
    into += gradient
    return into
