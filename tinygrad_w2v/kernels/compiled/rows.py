"""Numba implementation of ``kernels.rows.take_rows``, and parts of routines that read rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth, compiled, inlined
from tinygrad_w2v.kernels.compiled.prefetch import AHEAD, fetch_row
from tinygrad_w2v.kernels.dispatch import Array


@compiled
def are_rows(table: Array, rows: Array) -> bool:  # pragma: no cover
    """Whether all rows are in the table."""
    height = len(table)
    outside = 0
    for i in range(len(rows)):
        outside += rows[i] < 0 or rows[i] >= height
    return outside == 0


@compiled
def join_rows(table: Array, first: Array, second: Array, rows: Array) -> bool:  # pragma: no cover
    """Write the rows of both arrays to `rows`, in this order; return False if one is outside."""
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
    """Copy the rows ``rows[begin:]``, as many as `out` has."""
    for k in range(len(out)):
        if begin + k + AHEAD < len(rows):
            fetch_row(table, rows[begin + k + AHEAD])
        row = rows[begin + k]
        for d in range(size):
            out[k, d] = table[row, d]


@PerWidth
def _take_rows(width: int) -> Callable[..., Any]:
    def routine(table: Array, rows: Array, out: Array) -> bool:  # pragma: no cover
        """Copy rows; return False if one is outside."""
        count, size = len(out), width or out.shape[1]
        height = len(table)
        for i in range(count):
            if i + AHEAD < count:
                fetch_row(table, rows[i + AHEAD])
            row = rows[i]  # read outside the loop, whose writes might alias it
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
