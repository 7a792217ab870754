"""Logistic losses in compiled routines: exp, softplus and sigmoid of float32 scores."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import compiled
from tinygrad_w2v.kernels.dispatch import Array

Workspace: TypeAlias = tuple[Array, Array, Array]
"""Made by :func:`exp_workspace`; the first array holds the results of :func:`exp_neg_abs`."""

_F, _I = np.float32, np.int32
_PER_DOUBLING = _F(1.4426950408889634)  # 1 / log 2
_HIGH = _F(0.693115234375)  # log 2 in two parts: integer multiples of the first are exact
_LOW = _F(3.194618498e-05)
_LEAST = _F(-87)  # exp of a lesser number is subnormal
_BIAS, _SHIFT = _I(127), _I(23)  # of the exponent in the bits of a float32
_MAX_FACTORS = 120  # each is at most 2: their product does not overflow


@compiled
def exp_workspace(count: int) -> Workspace:
    """Return the workspace of :func:`exp_neg_abs` for up to `count` numbers."""
    out, power = np.empty(count, np.float32), np.empty(count, np.float32)
    return out, power, power.view(np.int32)


@compiled
def exp_neg_abs(x: Array, out: Array, power: Array, bits: Array) -> None:
    """Write exp(−|x|) of float32 numbers to `out`, the first array of the workspace.

    exp(r + n·log 2) = exp(r)·2ⁿ. The first factor is the Taylor series to the 7th power, as |r| is
    at most log(2)/2. The second is assembled from its bits. Loops as simple as these are compiled
    to the widest vector instructions; calls of the math library take ten times as long.
    """
    for k in range(len(x)):
        exponent = -abs(x[k])
        exponent = _LEAST if exponent < _LEAST else exponent
        doublings = np.floor(exponent * _PER_DOUBLING + _F(0.5))
        out[k] = (exponent - doublings * _HIGH) - doublings * _LOW
        bits[k] = (_I(doublings) + _BIAS) << _SHIFT
    for k in range(len(x)):
        r = out[k]
        series = _F(1 / 5040)
        series = series * r + _F(1 / 720)
        series = series * r + _F(1 / 120)
        series = series * r + _F(1 / 24)
        series = series * r + _F(1 / 6)
        series = series * r + _F(1 / 2)
        series = series * r + _F(1)
        series = series * r + _F(1)
        out[k] = series * power[k]


@compiled
def softplus(x: Any, decay: Any) -> Any:
    """Return log(1 + exp(x)) of a number, given exp(−|x|)."""
    return max(x, _F(0)) + np.log(_F(1) + decay)


@compiled
def softplus_sums(x: Array, workspace: Workspace) -> Any:
    """Return the sum of log(1 + exp(x)) over each row of a matrix, and exp(−|x|).

    One logarithm is taken of the product of many factors. The matrices are indexed and not cut
    into rows, as counting references takes longer than a row.
    """
    rows, width = x.shape
    exp_neg_abs(x.reshape(-1), *workspace)
    decay, out = workspace[0][: rows * width].reshape(rows, width), np.empty(rows, np.float32)
    for i in range(rows):
        total, product = _F(0), _F(1)
        if width <= _MAX_FACTORS:
            for k in range(width):
                total += max(x[i, k], _F(0))
                product *= _F(1) + decay[i, k]
        else:
            for k in range(width):
                total += softplus(x[i, k], decay[i, k])
        out[i] = total + np.log(product)
    return out, decay


@compiled
def scaled_sigmoid(x: Array, decay: Array, factor: Any) -> None:
    """Replace x by factor·σ(x), given exp(−|x|)."""
    for k in range(len(x)):
        share = factor / (_F(1) + decay[k])
        x[k] = share if x[k] >= _F(0) else decay[k] * share
