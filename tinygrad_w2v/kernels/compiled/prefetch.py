"""Asking the processor for memory before it is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite
import llvmlite.binding
import llvmlite.ir
import numba
import numba.core.cgutils
import numba.extending

from tinygrad_w2v.kernels.compiled.jit import Array

# Not all of them have types, and whether their types are known depends on what is installed.
_binding: Any = llvmlite.binding
_ir: Any = llvmlite.ir
_cgutils: Any = numba.core.cgutils
_types: Any = numba.types
_intrinsic: Callable[..., Any] = numba.extending.intrinsic

# Rows of a large table are read in no order, and each would be waited for in turn. LLVM names
# the instruction after the pointers it takes, which have had no types since its version 17.
_NAME = "llvm.prefetch.p0" if _binding.llvm_version_info >= (17,) else "llvm.prefetch.p0i8"
_READ, _KEEP_CLOSE, _DATA = 0, 3, 1


@_intrinsic
def prefetch(typing_context: Any, table: Any, row: Any, column: Any) -> Any:
    """Fetch the cache line of ``table[row, column]``, which is not waited for."""
    signature = _types.void(table, _types.intp, _types.intp)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        array = context.make_array(kind)(context, builder, arguments[0])
        place = _cgutils.get_item_pointer(
            context, builder, kind, array, list(arguments[1:]), wraparound=False
        )
        byte, number = _ir.IntType(8).as_pointer(), _ir.IntType(32)
        instruction = _cgutils.get_or_insert_function(
            builder.module, _ir.FunctionType(_ir.VoidType(), [byte, number, number, number]), _NAME
        )
        hints = [number(hint) for hint in (_READ, _KEEP_CLOSE, _DATA)]
        builder.call(instruction, [builder.bitcast(place, byte), *hints])
        return context.get_dummy_value()

    return signature, generate


AHEAD = 16
"""Rows to fetch ahead: 8 to 32 took the same time, 4 and none longer."""

_LINE = 64  # bytes that come together


# Written into its callers: a call would count the table's users up and down, for each row.
@numba.njit(inline="always")
def fetch_row(table: Array, row: int) -> None:  # pragma: no cover
    """Fetch a row of a matrix."""
    d, width, step = 0, table.shape[1], _LINE // table.itemsize
    while d < width:  # range() would divide by the step to count its rounds
        prefetch(table, row, d)
        d += step
    prefetch(table, row, width - 1)  # rows need not begin where lines do
