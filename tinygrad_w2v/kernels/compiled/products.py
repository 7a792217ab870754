"""Products of small matrices within compiled routines, by the BLAS that NumPy has loaded.

Numba's own products would need SciPy, and with it a second BLAS. NumPy's is called by its
address, which is no constant of the compiled code, so that the code can be kept on disk. Where
no such BLAS is found, loops take its place, at a third of its speed.
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

from tinygrad_w2v.kernels.compiled.jit import Array, compiled

_ir: Any = llvmlite.ir
_types: Any = numba.types
_intrinsic: Callable[..., Any] = numba.extending.intrinsic

_NAMES = ("scipy_cblas_sgemm64_", "cblas_sgemm64_", "cblas_sgemm")
_BY_ROWS, _AS_IT_IS, _TURNED = 101, 111, 112  # CBLAS's own numbers
_FEW = 8  # rows: for fewer, loops are done before BLAS has begun
_F = np.float32


@functools.cache
def blas_product() -> int:
    """Return the address of ``cblas_sgemm``, or 0 where none is found that works."""
    if importlib.util.find_spec("threadpoolctl") is None:
        return 0
    from threadpoolctl import threadpool_info  # optional: the extra `fast`

    for library in threadpool_info():
        if library["user_api"] == "blas":
            found = ctypes.CDLL(library["filepath"])
            for name in _NAMES:
                if hasattr(found, name) and _can_be_called(name):
                    address = ctypes.cast(getattr(found, name), ctypes.c_void_p).value or 0
                    return address if _multiplies(address) else 0
    return 0


def _can_be_called(name: str) -> bool:
    # Sizes are passed as 64 bits. A routine that takes 32 finds them in the lower half of a
    # register or of a place on the stack, but where Apple packs the stack.
    return name.endswith("64_") or sys.platform != "darwin"


def _multiplies(address: int) -> bool:
    """Try the routine on a product that is known."""
    a, b = np.arange(32, dtype=_F).reshape(16, 2), np.arange(6, dtype=_F).reshape(2, 3)
    out, turned = np.empty((16, 3), _F), np.empty((2, 3), _F)
    multiply(address, a, b, out)
    multiply_turned(address, a, out, turned)
    return np.array_equal(out, a @ b) and np.array_equal(turned, a.T @ out)


@_intrinsic
def _call_blas(
    typing_context: Any,
    address: Any,
    turned: Any,
    sizes: Any,
    a: Any,
    a_step: Any,
    b: Any,
    b_step: Any,
    out: Any,
) -> Any:
    """Call ``cblas_sgemm`` at an address, on matrices given by their addresses and row lengths."""
    size = _types.int64
    signature = _types.void(
        size, _types.int32, _types.UniTuple(size, 3), size, size, size, size, size
    )

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, turned, sizes, a, a_step, b, b_step, out = arguments
        enum, whole, number = _ir.IntType(32), _ir.IntType(64), _ir.FloatType()
        matrix = _ir.IntType(8).as_pointer()
        kinds = [enum, enum, enum, whole, whole, whole, number, matrix, whole, matrix, whole]
        kinds += [number, matrix, whole]
        routine = builder.inttoptr(address, _ir.FunctionType(_ir.VoidType(), kinds).as_pointer())
        rows, columns, inner = (builder.extract_value(sizes, place) for place in range(3))
        a, b, out = (builder.inttoptr(place, matrix) for place in (a, b, out))
        orders = [enum(_BY_ROWS), turned, enum(_AS_IT_IS)]
        factors = [number(1), a, a_step, b, b_step, number(0), out, columns]
        builder.call(routine, [*orders, rows, columns, inner, *factors])
        return context.get_dummy_value()

    return signature, generate


@compiled
def multiply(blas: int, a: Array, b: Array, out: Array) -> None:  # pragma: no cover
    """Put the product of (N, K) and (K, D) into `out`; all have their rows side by side."""
    count, inner = a.shape
    width = b.shape[1]
    if blas and count >= _FEW and inner and width:
        sizes = (count, width, inner)
        _call_blas(
            blas, _AS_IT_IS, sizes, a.ctypes.data, inner, b.ctypes.data, width, out.ctypes.data
        )
        return
    for i in range(count):
        for d in range(width):
            out[i, d] = _F(0)
        for k in range(inner):
            factor = a[i, k]
            for d in range(width):
                out[i, d] += factor * b[k, d]


@compiled
def multiply_turned(blas: int, a: Array, b: Array, out: Array) -> None:  # pragma: no cover
    """Put the product of the transpose of (N, K) with (N, D) into `out`, (K, D)."""
    count, rows = a.shape
    width = b.shape[1]
    if blas and count >= _FEW and rows and width:
        sizes = (rows, width, count)
        _call_blas(blas, _TURNED, sizes, a.ctypes.data, rows, b.ctypes.data, width, out.ctypes.data)
        return
    for k in range(rows):
        for d in range(width):
            out[k, d] = _F(0)
    for i in range(count):
        for k in range(rows):
            factor = a[i, k]
            for d in range(width):
                out[k, d] += factor * b[i, d]


@compiled
def turn(rows: Array, out: Array) -> None:  # pragma: no cover
    """Put the transpose of (K, D) into `out`: BLAS multiplies by it in half the time."""
    count, width = rows.shape
    for d in range(width):
        for k in range(count):
            out[d, k] = rows[k, d]
