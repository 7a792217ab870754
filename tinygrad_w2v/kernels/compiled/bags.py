"""Numba implementation of the routine of ``kernels.bags``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth
from tinygrad_w2v.kernels.compiled.rows import AHEAD, are_rows, fetch_row
from tinygrad_w2v.kernels.dispatch import Array


@PerWidth
def _bag_sum(width: int) -> Callable[..., Any]:
    def routine(table: Array, indices: Array, sizes: Array, mean: bool, out: Array) -> bool:
        count, size, kind = len(indices), width or table.shape[1], table.dtype.type
        if not are_rows(table, indices):
            return False
        total, start = np.empty(size, table.dtype), 0
        for b in range(len(sizes)):
            for d in range(size):
                total[d] = kind(0)
            for i in range(start, start + sizes[b]):
                if i + AHEAD < count:
                    fetch_row(table, indices[i + AHEAD])
                row = indices[i]
                for d in range(size):
                    total[d] += table[row, d]
            share = kind(1) / kind(max(sizes[b], 1)) if mean else kind(1)
            for d in range(size):
                out[b, d] = total[d] * share
            start += sizes[b]
        return True

    return routine


def bag_sum(table: Array, indices: Array, sizes: Array, mean: bool) -> Any:
    """Return the sum or the mean of the rows in each bag; see ``bags.bag_sum``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    out = np.empty((len(sizes), table.shape[1]), table.dtype)
    return out if _bag_sum[table.shape[1]](table, indices, sizes, mean, out) else None
