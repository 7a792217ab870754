"""Numba forms of ``kernels.row_update``'s routines."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.bounds import refuse_rows_outside
from tinygrad_w2v.kernels.compiled.jit import Array, for_width
from tinygrad_w2v.kernels.compiled.prefetch import AHEAD, fetch_row


@for_width
def _add_to_rows(width: int) -> Callable[..., Any]:
    def routine(
        table: Array, rows: Array, values: Array, factor: float
    ) -> None:  # pragma: no cover
        count, size = len(values), width or values.shape[1]
        scale = table.dtype.type(factor)
        for i in range(count):
            if i + AHEAD < count:
                fetch_row(table, rows[i + AHEAD])
            row = rows[i]
            for d in range(size):
                table[row, d] += scale * values[i, d]

    return routine


@for_width
def _descend_rows(width: int) -> Callable[..., Any]:
    def routine(
        table: Array, rows: Array, values: Array, rate: float, longest: float, slots: Array
    ) -> bool:  # pragma: no cover
        """Take one step for each distinct row, down the sum of its values; False if one is not."""
        count, size = len(values), width or values.shape[1]
        kind = table.dtype.type
        lr, limit = kind(rate), kind(longest)
        for i in range(count):
            if rows[i] < 0 or rows[i] >= len(table):
                return False
        # Uses of the same row are chained from the last to the first; slots[row] is the last.
        before = np.empty(count, np.int32)
        for i in range(count):
            before[i] = slots[rows[i]]
            slots[rows[i]] = i
        total = np.empty(size, values.dtype)
        for i in range(count):
            if i + AHEAD < count:
                fetch_row(table, rows[i + AHEAD])
            row = rows[i]
            if slots[row] != i:
                continue
            slots[row] = -1
            for d in range(size):
                total[d] = values[i, d]
            j = before[i]
            while j >= 0:
                for d in range(size):
                    total[d] += values[j, d]
                j = before[j]
            scale = lr
            if limit > 0:
                square = kind(0)
                for d in range(size):
                    square += total[d] * total[d]
                length = lr * np.sqrt(square)
                if length > limit:
                    scale = lr * (limit / length)
            for d in range(size):
                table[row, d] -= scale * total[d]
        return True

    return routine


class _Scratch(threading.local):
    """Each thread's array of places, one for each row of the largest table it has met."""

    def __init__(self) -> None:
        self.slots = np.full(0, -1, np.int32)

    def of(self, height: int) -> Array:
        if len(self.slots) < height:
            self.slots = np.full(height, -1, np.int32)
        return self.slots


_scratch = _Scratch()


def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> Any:
    """Add to some rows; see ``row_update.add_to_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    width = math.prod(table.shape[1:])
    if len(rows) and width:
        refuse_rows_outside(int(rows.min()), int(rows.max()), len(table))
        flat = np.ascontiguousarray(values).reshape(len(rows), width)
        _add_to_rows[width](table.reshape(len(table), width), rows, flat, factor)
    return None


def descend_rows(table: Array, rows: Array, values: Array, rate: float, longest: float) -> Any:
    """Take a step down for some rows; see ``row_update.descend_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    values = np.ascontiguousarray(values)
    slots = _scratch.of(len(table))
    if table.ndim != 2:
        width = math.prod(table.shape[1:])
        table, values = table.reshape(len(table), width), values.reshape(len(rows), width)
    if not _descend_rows[values.shape[1]](table, rows, values, rate, longest, slots):
        refuse_rows_outside(int(rows.min()), int(rows.max()), len(table))
    return None
