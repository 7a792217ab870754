"""Numba implementation of the drawing in ``kernels.alias``."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import compiled
from tinygrad_w2v.kernels.dispatch import Array


@compiled
def _choose_alias(
    uniform: Array, share: Array, alias: Array, out: Array
) -> None:  # pragma: no cover
    for i in range(len(uniform)):
        scaled = uniform[i] * len(share)
        cell = np.intp(scaled)
        out[i] = cell if scaled - cell < share[cell] else alias[cell]


def choose_alias(uniform: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number selects; see ``alias.choose_alias``."""
    out = np.empty(len(uniform), np.intp)
    _choose_alias(uniform, share, alias, out)
    return out
