"""Prefetching rows of a table into the cache before they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite
import llvmlite.binding
import llvmlite.ir
import numba
import numba.core.cgutils
import numba.extending

from tinygrad_w2v.kernels.compiled.jit import inlined
from tinygrad_w2v.kernels.dispatch import Array

# Whether these have type annotations depends on the versions installed.
_binding: Any = llvmlite.binding
_ir: Any = llvmlite.ir
_cgutils: Any = numba.core.cgutils
_types: Any = numba.types
_intrinsic: Callable[..., Any] = numba.extending.intrinsic

# Rows of a large table are read in random order, and each would stall the loop. The name of LLVM's
# intrinsic contains its pointer type, which is opaque since LLVM 17.
_NAME = "llvm.prefetch.p0" if _binding.llvm_version_info >= (17,) else "llvm.prefetch.p0i8"
_READ, _KEEP_CLOSE, _DATA = 0, 3, 1


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
        hints = [number(hint) for hint in (_READ, _KEEP_CLOSE, _DATA)]
        builder.call(instruction, [builder.bitcast(address, byte), *hints])
        return context.get_dummy_value()

    return signature, generate


AHEAD = 16
"""Rows to prefetch ahead: 8 to 32 take the same time, 4 and none longer."""

_LINE = 64  # bytes in a cache line


# Inlined, as a call would count references to the table for each row. For the same reason the
# callers read and check the row number: to pass the array of rows too takes 1.5 times as long.
@inlined
def fetch_row(table: Array, row: int) -> None:  # pragma: no cover
    """Prefetch a row of a matrix."""
    column, width, step = 0, table.shape[1], _LINE // table.itemsize
    while column < width:  # range() would divide by the step
        prefetch(table, row, column)
        column += step
    prefetch(table, row, width - 1)  # rows need not begin where cache lines do
