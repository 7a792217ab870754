"""Numba form of ``kernels.alias``'s routine that draws."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled


@compiled
def _choose_alias(at: Array, share: Array, alias: Array, out: Array) -> None:  # pragma: no cover
    for i in range(len(at)):
        place = at[i] * len(share)
        cell = np.intp(place)
        out[i] = cell if place - cell < share[cell] else alias[cell]


def choose_alias(at: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number stands for; see ``alias.choose_alias``."""
    out = np.empty(len(at), np.intp)
    _choose_alias(at, share, alias, out)
    return out
