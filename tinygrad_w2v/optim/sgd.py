"""Stochastic gradient descent, with momentum or with averaged values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.rows import add_to_rows, clip_rows, sgd_step_rows
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.blockwise import Arrays, BlockwiseOptimizer, count_step, number_in

_CHUNK = 1 << 18
"""Numbers of a dense step that are updated in one pass: temporaries stay in the cache."""


class SGD(BlockwiseOptimizer, declared=True):
    """``values -= lr * gradient``, or along a running sum of gradients with momentum.

    Without momentum and weight decay, only the rows of a row-sparse gradient are visited. With
    either of them every row moves: ``sparse="exact"`` visits the whole table and ``"lazy"`` is
    refused.
    """

    block = 1 << 16  # a step uses three arrays at most

    lr: hp.LearningRate = 1e-3
    momentum: hp.Momentum = 0.0
    dampening: hp.Dampening = 0.0
    weight_decay: hp.WeightDecay = 0.0
    nesterov: hp.Nesterov = False
    _: KW_ONLY
    clip_row: hp.ClipRow = None
    sparse: hp.Sparse = "exact"

    def check_group(self, group: Mapping[str, Any]) -> None:
        super().check_group(group)
        if group["nesterov"] and (not group["momentum"] or group["dampening"]):
            raise InputError(
                f"nesterov needs momentum above 0 and dampening 0, found "
                f"{group['momentum']} and {group['dampening']}: set them so, or nesterov=False"
            )

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        longest = group["clip_row"]
        if group["momentum"] or group["weight_decay"]:
            super().update(values, gradient, state, group)
        elif isinstance(gradient, RowSparse):
            # The hot path of word2vec: one pass over the rows of the gradient.
            changes = np.asarray(gradient.values)
            if longest:
                sgd_step_rows(values, gradient.rows, changes, group["lr"], longest)
            else:  # without clipping, equal rows need not be summed first
                add_to_rows(values, gradient.rows, changes, -group["lr"])
        elif longest is None:
            _descend(values, gradient, float(group["lr"]))
        else:
            super().update(values, gradient, state, group)

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] else ()

    def keeps_state(self) -> bool:
        return any(group["momentum"] for group in self.param_groups)

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        return group, 1 - group["dampening"] if "momentum_buffer" in state else 1.0

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        group, share = c
        if state:
            (velocity,) = state
            velocity *= group["momentum"]
            velocity += gradient if share == 1 else np.multiply(gradient, share, out=scratch)
            if group["nesterov"]:  # dampening is 0 then
                np.multiply(velocity, group["momentum"], out=scratch)
                scratch += gradient
                gradient = scratch
            else:
                gradient = velocity
        np.multiply(gradient, -group["lr"], out=scratch)
        if group["clip_row"] is not None and values.shape[1] > 1:
            clip_rows(scratch, group["clip_row"])
        values += scratch


class ASGD(BlockwiseOptimizer, declared=True):
    """Gradient descent with decaying rates that also averages the values it visits.

    Source: Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM
    Journal on Control and Optimization 30, 1992. The averages are in the state under ``"ax"``.

    The rate of step t is ``lr / (1 + lambd * lr * t) ** alpha``; the first step uses `lr`.
    """

    arrays = ("ax",)

    lr: hp.LearningRate = 1e-2
    lambd: hp.Lambd = 1e-4
    alpha: hp.Power = 0.75
    t0: hp.AveragingStart = 1e6
    weight_decay: hp.WeightDecay = 0.0
    _: KW_ONLY
    sparse: hp.Sparse = "exact"

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        step, lr, lambd = count_step(state), group["lr"], group["lambd"]
        eta, mu = number_in(state, "eta", lr), number_in(state, "mu", 1)
        used = eta.item(), lambd, mu.item()
        eta._data[...] = lr / (1 + lambd * lr * step) ** group["alpha"]
        mu._data[...] = 1 / max(1, step - group["t0"])
        return used

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        (average,) = state
        rate, lambd, share = c
        values *= 1 - lambd * rate
        values -= np.multiply(gradient, rate, out=scratch)
        np.subtract(values, average, out=scratch)
        scratch *= share
        average += scratch


def _descend(values: Array, gradient: Array, lr: float) -> None:
    """Subtract ``lr * gradient``, in place."""
    if values.size <= _CHUNK or not (
        values.flags.c_contiguous and gradient.flags.c_contiguous and gradient.ndim
    ):
        values -= lr * gradient
        return
    flat, slope = values.reshape(-1), gradient.reshape(-1)
    scratch = np.empty(_CHUNK, np.result_type(gradient, lr))
    for start in range(0, flat.size, _CHUNK):
        piece = flat[start : start + _CHUNK]
        piece -= np.multiply(slope[start : start + _CHUNK], lr, out=scratch[: piece.size])
