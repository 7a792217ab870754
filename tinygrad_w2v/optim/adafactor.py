"""Adafactor: averages of squares of matrices, stored as a row and a column."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY
from typing import Annotated, Any

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import count_step
from tinygrad_w2v.optim.optimizer import Optimizer


class Adafactor(Optimizer, declared=True):
    """Steps scaled by a factored average of squares, which takes memory of rows + columns.

    Source: Shazeer and Stern, "Adafactor: adaptive learning rates with sublinear memory cost",
    arXiv 1804.04235, algorithms 4 and 5, as in PyTorch.

    A row-sparse gradient is converted to a dense one.
    """

    lr: hp.LearningRate = 1e-2
    beta2_decay: Annotated[
        float, hp.Hyperparameter("The averages decay by ``1 - step ** beta2_decay``.")
    ] = -0.8
    eps: Annotated[
        tuple[float | None, float],
        hp.Hyperparameter("Smallest root of an average, None for the dtype's; smallest RMS."),
    ] = (None, 1e-3)
    d: Annotated[float, hp.Hyperparameter("Largest root mean square of a step before scaling.")] = (
        1.0
    )
    weight_decay: hp.DecoupledWeightDecay = 0.0
    _: KW_ONLY

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        slope = gradient.to_dense() if isinstance(gradient, RowSparse) else gradient
        step = float(count_step(state))
        smallest, smallest_rms = group["eps"]
        if smallest is None:
            smallest = float(np.finfo(values.dtype).eps)
        rate = max(smallest_rms, _rms(values)) * min(group["lr"], 1 / math.sqrt(step))
        if group["weight_decay"]:
            values *= 1 - group["lr"] * group["weight_decay"]
        square = slope * slope
        share = step ** group["beta2_decay"]
        if slope.ndim > 1:
            rows = _averaged(state, "row_var", square.mean(axis=-1, keepdims=True), share)
            columns = _averaged(state, "col_var", square.mean(axis=-2, keepdims=True), share)
            square = rows @ columns / np.maximum(rows.mean(axis=-2, keepdims=True), smallest)
        else:
            square = _averaged(state, "variance", square, share)
        change = slope / np.sqrt(np.maximum(square, smallest**2))
        values -= change * (rate / max(1.0, _rms(change) / group["d"]))


def _averaged(state: dict[str, Any], name: str, values: Array, share: float) -> Array:
    """Move an average in the state towards the values, and return it."""
    if name not in state:
        state[name] = Tensor(np.zeros_like(values))
    average: Array = state[name]._data
    average += (values - average) * share
    return average


def _rms(values: Array) -> float:
    return float(np.linalg.norm(values)) / math.sqrt(values.size) if values.size else 0.0
