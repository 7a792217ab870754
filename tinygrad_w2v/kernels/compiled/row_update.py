"""Numba implementations of the routines of ``kernels.row_update``."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth
from tinygrad_w2v.kernels.compiled.prefetch import AHEAD, fetch_row
from tinygrad_w2v.kernels.dispatch import Array
from tinygrad_w2v.kernels.rows import check_bounds


@PerWidth
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


@PerWidth
def _sgd_step_rows(width: int) -> Callable[..., Any]:
    def routine(
        table: Array, rows: Array, values: Array, lr: float, max_step: float, slots: Array
    ) -> bool:  # pragma: no cover
        """Take a step for each distinct row; return False, changing nothing, if one is outside."""
        count, size = len(values), width or values.shape[1]
        kind = table.dtype.type
        rate, limit = kind(lr), kind(max_step)
        for i in range(count):
            if rows[i] < 0 or rows[i] >= len(table):
                return False
        # Occurrences of a row are linked from last to first; slots[row] is the last.
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
            scale = rate
            if limit > 0:
                square = kind(0)
                for d in range(size):
                    square += total[d] * total[d]
                norm = rate * np.sqrt(square)
                if norm > limit:
                    scale = rate * (limit / norm)
            for d in range(size):
                table[row, d] -= scale * total[d]
        return True

    return routine


class _Scratch(threading.local):
    """Each thread's scratch array, one integer per row of the largest table so far."""

    def __init__(self) -> None:
        self.slots = np.full(0, -1, np.int32)

    def of(self, height: int) -> Array:
        if len(self.slots) < height:
            self.slots = np.full(height, -1, np.int32)
        return self.slots


_scratch = _Scratch()


def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> Any:
    """Add values to rows of a table; see ``row_update.add_to_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    width = math.prod(table.shape[1:])
    if len(rows) and width:
        check_bounds(int(rows.min()), int(rows.max()), len(table))
        flat = np.ascontiguousarray(values).reshape(len(rows), width)
        _add_to_rows[width](table.reshape(len(table), width), rows, flat, factor)
    return None


def sgd_step_rows(table: Array, rows: Array, values: Array, lr: float, max_step: float) -> Any:
    """Take an SGD step on a row-sparse gradient; see ``row_update.sgd_step_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    values = np.ascontiguousarray(values)
    slots = _scratch.of(len(table))
    if table.ndim != 2:
        width = math.prod(table.shape[1:])
        table, values = table.reshape(len(table), width), values.reshape(len(rows), width)
    if not _sgd_step_rows[values.shape[1]](table, rows, values, lr, max_step, slots):
        check_bounds(int(rows.min()), int(rows.max()), len(table))
    return None
