"""Lion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim.adam import check_betas, decayed
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters


class Lion(BlockwiseOptimizer):
    """Steps of one size, in the direction of the sign of a running mean.

    Source: Chen et al., "Symbolic discovery of optimization algorithms", arXiv 2302.06675,
    algorithm 2.

    Parameters
    ----------
    params
        Parameters or groups; see :class:`Optimizer`.
    lr
        Learning rate, the size of each number's step; some tenth of Adam's.
    betas
        The share of the mean in the direction, and the decay of the mean.
    weight_decay
        Apart from the gradient: ``values *= 1 − lr · weight_decay``.
    sparse
        How a row-sparse gradient is treated. ``"exact"``: as the dense one, so that rows without
        a gradient go on along their mean; costs a pass over the table. ``"lazy"``: they stand
        still; refused together with weight decay.
    """

    arrays = ("mean",)

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-4,
        *,
        betas: Sequence[float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        sparse: Sparse = "exact",
    ) -> None:
        super().__init__(
            params, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "sparse": sparse}
        )

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        check_betas(group["betas"])

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        (mean,) = kept
        beta1, beta2 = numbers["betas"]
        decayed(values, gradient, numbers, decoupled=True)
        np.multiply(gradient, 1 - beta1, out=spare)
        spare += mean * beta1
        np.sign(spare, out=spare)
        spare *= numbers["lr"]
        values -= spare
        np.multiply(gradient, 1 - beta2, out=spare)
        mean *= beta2
        mean += spare
