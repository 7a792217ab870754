"""Numba implementations of ``kernels.rows``, and parts of routines that read rows.

Rows of a large table are read in random order, and each would stall the loop: they are prefetched.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import llvmlite.binding
import llvmlite.ir
import numba
import numba.core.cgutils
import numba.extending
import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth, compiled, inlined
from tinygrad_w2v.kernels.dispatch import Array
from tinygrad_w2v.kernels.rows import check_bounds

# Whether these have type annotations depends on the versions installed.
_binding: Any = llvmlite.binding
_ir: Any = llvmlite.ir
_cgutils: Any = numba.core.cgutils
_types: Any = numba.types
_intrinsic: Callable[..., Any] = numba.extending.intrinsic

# --- prefetching ----------------------------------------------------------------------------------

# The name of LLVM's intrinsic contains its pointer type, which is opaque since LLVM 17.
_NAME = "llvm.prefetch.p0" if _binding.llvm_version_info >= (17,) else "llvm.prefetch.p0i8"
_HINTS = 0, 3, 1  # to read, keep in the cache, data

AHEAD = 16
"""Rows to prefetch ahead: 8 to 32 take the same time, 4 and none longer."""

_LINE = 64  # bytes in a cache line


@_intrinsic
def prefetch(typing_context: Any, table: Any, row: Any, column: Any) -> Any:
    """Fetch the cache line of ``table[row, column]`` asynchronously."""
    signature = _types.void(table, _types.intp, _types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        array = context.make_array(kind)(context, builder, arguments[0])
        address = _cgutils.get_item_pointer(
            context, builder, kind, array, list(arguments[1:]), wraparound=False
        )
        byte, number = _ir.IntType(8).as_pointer(), _ir.IntType(32)
        instruction = _cgutils.get_or_insert_function(
            builder.module, _ir.FunctionType(_ir.VoidType(), [byte, number, number, number]), _NAME
        )
        hints = [number(hint) for hint in _HINTS]
        builder.call(instruction, [builder.bitcast(address, byte), *hints])
        return context.get_dummy_value()

    return signature, generate


# Inlined, as a call would count references to the table for each row. For the same reason the
# callers read and check the row number: to pass the array of rows too takes 1.5 times as long.
@inlined
def fetch_row(table: Array, row: int) -> None:
    """Prefetch a row of a matrix."""
    column, width, step = 0, table.shape[1], _LINE // table.itemsize
    while column < width:  # range() would divide by the step
        prefetch(table, row, column)
        column += step
    prefetch(table, row, width - 1)  # rows need not begin where cache lines do


# --- reading --------------------------------------------------------------------------------------


@compiled
def are_rows(table: Array, rows: Array) -> bool:
    """Whether all rows are in the table."""
    height = len(table)
    outside = 0
    for i in range(len(rows)):
        outside += rows[i] < 0 or rows[i] >= height
    return outside == 0


@inlined
def gather(table: Array, rows: Array, begin: int, out: Array, size: int) -> None:
    """Copy the rows ``rows[begin:]``, as many as `out` has."""
    for k in range(len(out)):
        if begin + k + AHEAD < len(rows):
            fetch_row(table, rows[begin + k + AHEAD])
        row = rows[begin + k]
        for d in range(size):
            out[k, d] = table[row, d]


@PerWidth
def _take_rows(width: int) -> Callable[..., Any]:
    def routine(table: Array, rows: Array, out: Array) -> bool:
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


# --- updating -------------------------------------------------------------------------------------


@PerWidth
def _add_to_rows(width: int) -> Callable[..., Any]:
    def routine(table: Array, rows: Array, values: Array, factor: float) -> None:
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
    ) -> bool:
        """Take a step for each distinct row; return False, changing nothing, if one is outside."""
        count, size = len(values), width or values.shape[1]
        kind = table.dtype.type
        rate, limit = kind(lr), kind(max_step)
        if not are_rows(table, rows):
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
    """Each thread's scratch array: −1 for each row of the largest table so far."""

    slots = np.full(0, -1, np.int32)


_scratch = _Scratch()


def _as_matrices(table: Array, rows: Array, values: Array) -> tuple[Array, Array]:
    """Return the table and the values of its rows as matrices, contiguous as the table is."""
    width = math.prod(table.shape[1:])
    values = np.ascontiguousarray(values).reshape(len(rows), width)
    return table.reshape(len(table), width), values


def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> Any:
    """Add values to rows of a table; see ``rows.add_to_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    if len(rows) and values.size:
        check_bounds(int(rows.min()), int(rows.max()), len(table))
        table, values = _as_matrices(table, rows, values)
        _add_to_rows[values.shape[1]](table, rows, values, factor)
    return None


def sgd_step_rows(table: Array, rows: Array, values: Array, lr: float, max_step: float) -> Any:
    """Take an SGD step on a row-sparse gradient; see ``rows.sgd_step_rows``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    if len(_scratch.slots) < len(table):
        _scratch.slots = np.full(len(table), -1, np.int32)
    table, values = _as_matrices(table, rows, values)
    step = _sgd_step_rows[values.shape[1]]
    if not step(table, rows, values, lr, max_step, _scratch.slots):
        check_bounds(int(rows.min()), int(rows.max()), len(table))
    return None
