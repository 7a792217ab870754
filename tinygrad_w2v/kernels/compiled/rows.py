"""Numba form of ``kernels.rows``'s routine that reads rows, and parts of others that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled, for_width, inlined
from tinygrad_w2v.kernels.compiled.prefetch import AHEAD, fetch_row


@compiled
def are_rows(table: Array, rows: Array) -> bool:  # pragma: no cover
    """Whether all row numbers are of the table."""
    height = len(table)
    outside = 0
    for i in range(len(rows)):
        outside += rows[i] < 0 or rows[i] >= height
    return outside == 0


@compiled
def name_rows(table: Array, first: Array, second: Array, rows: Array) -> bool:  # pragma: no cover
    """Put both arrays' row numbers into `rows`, one after the other; False at one outside."""
    height, count = len(table), len(first)
    for i in range(count):
        if first[i] < 0 or first[i] >= height:
            return False
        rows[i] = first[i]
    for i in range(len(second)):
        if second[i] < 0 or second[i] >= height:
            return False
        rows[count + i] = second[i]
    return True


@inlined
def gather(
    table: Array, rows: Array, begin: int, out: Array, size: int
) -> None:  # pragma: no cover
    """Copy the rows from the `begin`-th on, as many as `out` has."""
    for k in range(len(out)):
        if begin + k + AHEAD < len(rows):
            fetch_row(table, rows[begin + k + AHEAD])
        row = rows[begin + k]
        for d in range(size):
            out[k, d] = table[row, d]


@for_width
def _take_rows(width: int) -> Callable[..., Any]:
    def routine(table: Array, rows: Array, out: Array) -> bool:  # pragma: no cover
        """Copy rows; return False at one that is outside."""
        count, size = len(out), width or out.shape[1]
        height = len(table)
        for i in range(count):
            if i + AHEAD < count:
                fetch_row(table, rows[i + AHEAD])
            row = rows[i]  # not in the loop, where each number written might change it
            if row < 0 or row >= height:
                return False
            for d in range(size):
                out[i, d] = table[row, d]
        return True

    return routine


def take_rows(table: Array, rows: Array) -> Any:
    """Return copies of rows, or None; see ``rows.take_rows``."""
    if table.ndim != 2 or not table.flags.c_contiguous:
        return NotImplemented
    width = table.shape[1]
    out = np.empty((rows.size, width), table.dtype)
    if not _take_rows[width](table, rows.reshape(-1), out):
        return None
    return out if rows.ndim == 1 else out.reshape(*rows.shape, width)
