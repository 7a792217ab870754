"""Sign and rounding: functions that are constant between jumps, so that the gradient is zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.ops.samples import unary


def _zero(g: Any) -> Any:
    return np.zeros_like(g)


_BETWEEN_HALVES = unary(-1.9, 1.9, kinks=[-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])

sign = op(np.sign, names="Tensor.sign tg.sign F.sign", x=_zero, samples=unary(kinks=[0.0]))
floor = op(np.floor, names="Tensor.floor tg.floor F.floor", x=_zero, samples=_BETWEEN_HALVES)
ceil = op(np.ceil, names="Tensor.ceil tg.ceil F.ceil", x=_zero, samples=_BETWEEN_HALVES)
trunc = op(np.trunc, names="Tensor.trunc tg.trunc", x=_zero, samples=_BETWEEN_HALVES)
rint = op(np.rint, x=_zero, samples=_BETWEEN_HALVES)


def _round(x: Any, *, decimals: int = 0) -> Any:
    """Round to a number of decimals, halves to the even digit, as NumPy and PyTorch do."""
    return np.round(x, decimals)


round_ = op(
    _round,
    names="Tensor.round tg.round F.round np.round np.around",
    x=_zero,
    samples=_BETWEEN_HALVES,
)
