"""Numba form of ``kernels.row_update``'s routine, with the rows ahead fetched into the cache.

The rows of a large table are not in the cache when their turn comes, and a loop that waits for
each takes two to three times as long as one that asked for it some rows before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from tinygrad_w2v.kernels.compiled.jit import Array, compiled
from tinygrad_w2v.kernels.row_update import add_to_rows as dispatched
from tinygrad_w2v.kernels.row_update import refuse_rows_outside

_intrinsic: Callable[..., Any] = intrinsic
_pointer: Callable[..., Any] = cgutils.get_item_pointer
_function: Callable[..., Any] = cgutils.get_or_insert_function

_AHEAD = 16  # rows: 8 to 32 took the same time, 4 and none longer
_LINE = 64  # bytes


@_intrinsic
def _fetch(typing: Any, array: Any, row: Any, column: Any) -> Any:  # pragma: no cover
    """Ask for the cache line of one number of a matrix, to be written soon, without waiting."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        matrix = context.make_array(kind)(context, builder, args[0])
        place = [
            context.cast(builder, value, given, types.intp)
            for value, given in zip(args[1:], signature.args[1:], strict=True)
        ]
        address = _pointer(context, builder, kind, matrix, place)
        pointer, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = _function(
            builder.module,
            ir.FunctionType(ir.VoidType(), [pointer, flag, flag, flag]),
            "llvm.prefetch",
        )
        for_writing, keep, data = flag(1), flag(3), flag(1)
        builder.call(function, [builder.bitcast(address, pointer), for_writing, keep, data])
        return context.get_dummy_value()

    return types.void(array, row, column), generate


@compiled
def _add_to_rows(
    table: Array, rows: Array, values: Array, factor: float
) -> None:  # pragma: no cover
    count, width = values.shape
    scale = table.dtype.type(factor)
    line = _LINE // table.itemsize
    for i in range(count):
        if i + _AHEAD < count:
            for d in range(0, width, line):
                _fetch(table, rows[i + _AHEAD], d)
            _fetch(table, rows[i + _AHEAD], width - 1)
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
