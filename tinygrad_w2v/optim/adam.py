"""Adam."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.optimizer import Optimizer


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", arXiv 1412.6980,
    algorithm 1.

    Parameters
    ----------
    params
        Parameters or groups.
    lr
        Learning rate.
    betas
        Decay of the two running means.
    eps
        Added to the root of the second one.
    sparse
        How a row-sparse gradient is treated. ``"exact"``: as the dense one, so that rows without
        a gradient still move by their running means; costs a pass over the whole table.
        ``"lazy"``: rows without a gradient and their means stand still, as PyTorch's SparseAdam.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Mapping[str, Any]],
        lr: float = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        sparse: Literal["exact", "lazy"] = "exact",
    ) -> None:
        if not all(0 <= beta < 1 for beta in betas):
            raise InputError(f"betas are {betas}: both must be within 0 ≤ beta < 1")
        if sparse not in ("exact", "lazy"):
            raise InputError(f"sparse is {sparse!r}: use 'exact' or 'lazy'")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "sparse": sparse})

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Take one step; see :meth:`Optimizer.update`."""
        rows: Any = ...
        if isinstance(gradient, RowSparse):
            if group["sparse"] == "lazy":
                gradient = gradient.coalesce()
                rows, gradient = gradient.rows, np.asarray(gradient.values)
            else:
                gradient = np.asarray(gradient)
        if not state:
            state.update(steps=0, mean=np.zeros_like(values), square=np.zeros_like(values))
        state["steps"] += 1
        beta1, beta2 = group["betas"]
        mean = beta1 * state["mean"][rows] + (1 - beta1) * gradient
        square = beta2 * state["square"][rows] + (1 - beta2) * gradient * gradient
        state["mean"][rows], state["square"][rows] = mean, square
        correction1 = 1 - beta1 ** state["steps"]
        correction2 = 1 - beta2 ** state["steps"]
        root = np.sqrt(square / correction2) + group["eps"]
        values[rows] -= (group["lr"] / correction1) * mean / root
