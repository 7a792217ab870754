"""Ops without a gradient, or with a gradient of zero: truth values, signs and steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample, Sampler
from tinygrad_w2v.ops.samplers import binary, unary

# --- truth values: nothing flows back -----------------------------------------------------------

greater = op(np.greater, inputs="a b", samples=binary())
greater_equal = op(np.greater_equal, inputs="a b", samples=binary())
less = op(np.less, inputs="a b", samples=binary())
less_equal = op(np.less_equal, inputs="a b", samples=binary())
equal = op(np.equal, inputs="a b", samples=binary())
not_equal = op(np.not_equal, inputs="a b", samples=binary())
isnan = op(np.isnan, inputs="x", samples=unary())
isinf = op(np.isinf, inputs="x", samples=unary())
isfinite = op(np.isfinite, inputs="x", samples=unary())


def _masks(count: int) -> Sampler:
    """Make samples of `count` boolean arrays."""

    def samples(rng: np.random.Generator) -> list[Sample]:
        shapes: list[tuple[int, ...]] = [(3, 4), (), (0, 2)]
        return [Sample(*(rng.random(shape) < 0.5 for _ in range(count))) for shape in shapes]

    return samples


logical_and = op(np.logical_and, inputs="a b", samples=_masks(2))
logical_or = op(np.logical_or, inputs="a b", samples=_masks(2))
logical_xor = op(np.logical_xor, inputs="a b", samples=_masks(2))
logical_not = op(np.logical_not, inputs="x", samples=_masks(1))
bitwise_and = op(np.bitwise_and, inputs="a b", samples=_masks(2))
bitwise_or = op(np.bitwise_or, inputs="a b", samples=_masks(2))
bitwise_xor = op(np.bitwise_xor, inputs="a b", samples=_masks(2))
invert = op(np.invert, inputs="x", samples=_masks(1))

# --- steps: flat between the jumps, so the gradient is zero -------------------------------------


def _flat(g: Any) -> Any:
    return np.zeros_like(g)


_BETWEEN_HALVES = unary(-1.9, 1.9, kinks=[-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])

sign = op(np.sign, x=_flat, samples=unary(kinks=[0.0]))
floor = op(np.floor, x=_flat, samples=_BETWEEN_HALVES)
ceil = op(np.ceil, x=_flat, samples=_BETWEEN_HALVES)
trunc = op(np.trunc, x=_flat, samples=_BETWEEN_HALVES)
rint = op(np.rint, x=_flat, samples=_BETWEEN_HALVES)


def _round(x: Any, *, decimals: int = 0) -> Any:
    """Round to a number of decimals, halves to the even digit, as NumPy and PyTorch do."""
    return np.round(x, decimals)


round_ = op(_round, x=_flat, samples=_BETWEEN_HALVES)
