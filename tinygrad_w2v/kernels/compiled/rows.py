"""Numba forms of the routines of ``kernels.rows``."""

from __future__ import annotations

import math
import threading

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled
from tinygrad_w2v.kernels.compiled.prefetch import prefetch

_AHEAD = 16  # rows: some hundreds of nanoseconds, the time that memory takes to answer
_LINE = 64  # bytes that come together


@compiled
def _fetch_row(table: Array, row: int) -> None:  # pragma: no cover
    for d in range(0, table.shape[1], _LINE // table.itemsize):
        prefetch(table, row, d)


@compiled
def _take_rows(table: Array, rows: Array, out: Array) -> None:  # pragma: no cover
    count, width = out.shape
    for i in range(count):
        if i + _AHEAD < count:
            _fetch_row(table, rows[i + _AHEAD])
        for d in range(width):
            out[i, d] = table[rows[i], d]


@compiled
def _descend_rows(
    table: Array, rows: Array, values: Array, rate: float, longest: float, slots: Array
) -> None:  # pragma: no cover
    """Take one step for each distinct row, down the sum of its values."""
    count, width = values.shape
    kind = table.dtype.type
    lr, limit = kind(rate), kind(longest)
    # Uses of the same row are chained from the last to the first; slots[row] is the last.
    before = np.empty(count, np.int32)
    for i in range(count):
        before[i] = slots[rows[i]]
        slots[rows[i]] = i
    total = np.empty(width, values.dtype)
    for i in range(count):
        if i + _AHEAD < count:
            _fetch_row(table, rows[i + _AHEAD])
        row = rows[i]
        if slots[row] != i:
            continue
        slots[row] = -1
        for d in range(width):
            total[d] = values[i, d]
        j = before[i]
        while j >= 0:
            for d in range(width):
                total[d] += values[j, d]
            j = before[j]
        scale = lr
        if limit > 0:
            square = kind(0)
            for d in range(width):
                square += total[d] * total[d]
            length = lr * np.sqrt(square)
            if length > limit:
                scale = lr * (limit / length)
        for d in range(width):
            table[row, d] -= scale * total[d]


class _Scratch(threading.local):
    """Each thread's array of places, one for each row of the largest table it has met."""

    def __init__(self) -> None:
        self.slots = np.full(0, -1, np.int32)

    def of(self, height: int) -> Array:
        if len(self.slots) < height:
            self.slots = np.full(height, -1, np.int32)
        return self.slots


_scratch = _Scratch()


def take_rows(table: Array, rows: Array) -> Array:
    """Return copies of rows; see ``rows.take_rows``."""
    if table.ndim != 2 or not table.flags.c_contiguous:
        return table.take(rows, axis=0)
    out = np.empty((*rows.shape, table.shape[1]), table.dtype)
    _take_rows(table, rows.reshape(-1), out.reshape(-1, table.shape[1]))
    return out


def descend_rows(table: Array, rows: Array, values: Array, rate: float, longest: float) -> None:
    """Take a step down for some rows; see ``rows.descend_rows``."""
    width = math.prod(table.shape[1:])
    flat = np.ascontiguousarray(values).reshape(len(rows), width)
    view = table.reshape(len(table), width)
    _descend_rows(view, rows, flat, rate, longest, _scratch.of(len(table)))
