"""Numba form of ``kernels.row_update``'s routine, with the rows ahead fetched into the cache."""

from __future__ import annotations

import math

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled
from tinygrad_w2v.kernels.compiled.prefetch import prefetch
from tinygrad_w2v.kernels.row_update import add_to_rows as dispatched
from tinygrad_w2v.kernels.row_update import refuse_rows_outside

_AHEAD = 16  # rows: 8 to 32 took the same time, 4 and none longer
_LINE = 64  # bytes that come together


@compiled
def _add_to_rows(
    table: Array, rows: Array, values: Array, factor: float
) -> None:  # pragma: no cover
    count, width = values.shape
    scale = table.dtype.type(factor)
    for i in range(count):
        if i + _AHEAD < count:
            for d in range(0, width, _LINE // table.itemsize):
                prefetch(table, rows[i + _AHEAD], d)
            prefetch(table, rows[i + _AHEAD], width - 1)  # rows need not begin where lines do
        row = rows[i]
        for d in range(width):
            table[row, d] += scale * values[i, d]


def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Add to some rows; see ``row_update.add_to_rows``."""
    width = math.prod(table.shape[1:])
    if not len(rows) or not width:
        return
    if not table.flags.c_contiguous:
        dispatched.numpy_form(table, rows, values, factor)  # type: ignore[attr-defined]
        return
    refuse_rows_outside(int(rows.min()), int(rows.max()), len(table))
    flat = np.ascontiguousarray(values).reshape(len(rows), width)
    _add_to_rows(table.reshape(len(table), width), rows, flat, factor)
