"""RMSprop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim.adam import decayed
from tinygrad_w2v.optim.blockwise import BlockwiseOptimizer, Sparse
from tinygrad_w2v.optim.optimizer import Parameters
from tinygrad_w2v.validation import within


class RMSprop(BlockwiseOptimizer):
    """Steps scaled by the root of a running mean of squared gradients.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera, 2012; centred as in Graves,
    "Generating sequences with recurrent neural networks", arXiv 1308.0850, equations 38 to 45.

    Parameters
    ----------
    params
        Parameters or groups; see :class:`Optimizer`.
    lr
        Learning rate.
    alpha
        Decay of the running mean.
    eps
        Added to the root.
    weight_decay
        Times the values, added to the gradient.
    momentum
        The share of the last step that goes into the next one.
    centered
        Divide by the standard deviation, not by the root mean square.
    sparse
        How a row-sparse gradient is treated. ``"exact"``: as the dense one; the running means of
        all rows decay, which costs a pass over the table. ``"lazy"``: rows without a gradient
        and their means stand still; refused together with momentum or weight decay.
    """

    arrays = ("square", "mean", "velocity")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        sparse: Sparse = "exact",
    ) -> None:
        settings = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
            "sparse": sparse,
        }
        super().__init__(params, settings)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that cannot be used."""
        super().check_settings(group)
        within(0, 1, alpha=group["alpha"], momentum=group["momentum"])

    def kept_arrays(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the arrays that the settings need."""
        needed = {"square": True, "mean": group["centered"], "velocity": group["momentum"]}
        return tuple(name for name in self.arrays if needed[name])

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Return the settings."""
        return group

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Take one step on some rows; see :meth:`BlockwiseOptimizer.rule`."""
        square, *others = kept
        group = numbers
        alpha = group["alpha"]
        gradient = decayed(values, gradient, group, decoupled=False)
        np.multiply(gradient, gradient, out=spare)
        spare *= 1 - alpha
        square *= alpha
        square += spare
        if group["centered"]:
            mean = others.pop(0)
            np.multiply(gradient, 1 - alpha, out=spare)
            mean *= alpha
            mean += spare
            root = np.sqrt(square - mean * mean)
        else:
            root = np.sqrt(square)
        root += group["eps"]
        np.divide(gradient, root, out=spare)
        if group["momentum"]:
            velocity = others.pop(0)
            velocity *= group["momentum"]
            velocity += spare
            np.copyto(spare, velocity)
        spare *= group["lr"]
        values -= spare
