"""Products of small matrices in compiled routines, computed by the BLAS that NumPy has loaded.

Numba's own products require SciPy, which brings a second BLAS. NumPy's is called by its address,
passed as an argument, so that the compiled code can be cached on disk. If no such BLAS is found,
loops replace it, at 1/3 of its speed.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import llvmlite.ir
import numba
import numba.extending
import numpy as np

from tinygrad_w2v.kernels.compiled.jit import compiled
from tinygrad_w2v.kernels.dispatch import Array

_ir: Any = llvmlite.ir
_types: Any = numba.types
_intrinsic: Callable[..., Any] = numba.extending.intrinsic

_NAMES = ("scipy_cblas_sgemm64_", "cblas_sgemm64_", "cblas_sgemm")
_ROW_MAJOR, _NO_TRANSPOSE, _TRANSPOSE = 101, 111, 112  # the constants of CBLAS
_MIN_ROWS = 8  # for fewer, loops take less time than the call of BLAS
_F = np.float32


@functools.cache
def sgemm_address() -> int:
    """Return the address of ``cblas_sgemm``, or 0 if none is found that works."""
    if importlib.util.find_spec("threadpoolctl") is None:
        return 0
    from threadpoolctl import threadpool_info  # lazy: optional, in the extra `fast`

    for library in threadpool_info():
        if library["user_api"] == "blas":
            found = ctypes.CDLL(library["filepath"])
            for name in _NAMES:
                if hasattr(found, name) and _can_be_called(name):
                    address = ctypes.cast(getattr(found, name), ctypes.c_void_p).value or 0
                    return address if _multiplies(address) else 0
    return 0


def _can_be_called(name: str) -> bool:
    # Sizes are passed as 64 bits. A routine that takes 32 reads the lower half of a register or
    # of a stack slot, except on Apple's platforms, which pack the stack.
    return name.endswith("64_") or sys.platform != "darwin"


def _multiplies(address: int) -> bool:
    """Whether the routine computes a known product correctly."""
    a, b = np.arange(32, dtype=_F).reshape(16, 2), np.arange(6, dtype=_F).reshape(2, 3)
    out, again = np.empty((16, 3), _F), np.empty((2, 3), _F)
    multiply(address, a, b, out, False)
    multiply(address, a, out, again, True)
    return np.array_equal(out, a @ b) and np.array_equal(again, a.T @ out)


@_intrinsic
def _call_blas(
    typing_context: Any, address: Any, order: Any, sizes: Any, a_width: Any, pointers: Any
) -> Any:
    """Call ``cblas_sgemm`` at an address, on matrices given by their addresses and sizes."""
    size = _types.int64
    three = _types.UniTuple(size, 3)
    signature = _types.void(size, _types.int32, three, size, three)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, order, sizes, a_width, pointers = arguments
        enum, integer, number = _ir.IntType(32), _ir.IntType(64), _ir.FloatType()
        matrix = _ir.IntType(8).as_pointer()
        kinds = [enum, enum, enum, integer, integer, integer]
        kinds += [number, matrix, integer, matrix, integer, number, matrix, integer]
        routine = builder.inttoptr(address, _ir.FunctionType(_ir.VoidType(), kinds).as_pointer())
        rows, columns, inner = (builder.extract_value(sizes, k) for k in range(3))
        a, b, out = (builder.inttoptr(builder.extract_value(pointers, k), matrix) for k in range(3))
        orders = [enum(_ROW_MAJOR), order, enum(_NO_TRANSPOSE)]
        factors = [number(1), a, a_width, b, columns, number(0), out, columns]
        builder.call(routine, [*orders, rows, columns, inner, *factors])
        return context.get_dummy_value()

    return signature, generate


@compiled
def multiply(sgemm: int, a: Array, b: Array, out: Array, transposed: bool) -> None:
    """Write the product of a, or of its transpose, with b to `out`; all are C-contiguous."""
    count, inner = a.shape
    width = b.shape[1]
    if sgemm and count >= _MIN_ROWS and inner and width:
        sizes = (inner, width, count) if transposed else (count, width, inner)
        order = np.int32(_TRANSPOSE if transposed else _NO_TRANSPOSE)
        _call_blas(sgemm, order, sizes, inner, (a.ctypes.data, b.ctypes.data, out.ctypes.data))
        return
    out[:] = 0
    for i in range(count):
        for k in range(inner):
            factor = a[i, k]
            to, of = (k, i) if transposed else (i, k)
            for d in range(width):
                out[to, d] += factor * b[of, d]


@compiled
def transpose(rows: Array, out: Array) -> None:
    """Write the transpose of (K, D) to `out`; BLAS multiplies by it in half the time."""
    count, width = rows.shape
    for d in range(width):
        for k in range(count):
            out[d, k] = rows[k, d]
