"""Numba form of ``kernels.alias``'s routine that draws."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled


@compiled
def _choose_alias(at: Array, share: Array, alias: Array, out: Array) -> None:  # pragma: no cover
    for i in range(len(at)):
        cell = np.intp(at[i])
        out[i] = cell if at[i] - cell < share[cell] else alias[cell]


def choose_alias(at: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number stands for; see ``alias.choose_alias``."""
    out = np.empty(at.shape, np.intp)
    _choose_alias(at.reshape(-1), share, alias, out.reshape(-1))
    return out
