"""The threads of BLAS, which slow down small products and compete with a trainer's threads."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

# The names in NumPy's wheels, then OpenBLAS's own.
_FUNCTIONS = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
)


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread in the block.

    Uses threadpoolctl (the ``fast`` extra) if it is installed, else the functions of NumPy's
    OpenBLAS. With another BLAS and without threadpoolctl it has no effect: set the environment
    variable of that BLAS before Python starts. For products of a few dozen rows, threads can take
    100 times as long as the products.
    """
    if importlib.util.find_spec("threadpoolctl") is not None:
        from threadpoolctl import threadpool_limits  # lazy: optional, in the extra `fast`

        with threadpool_limits(limits=1, user_api="blas"):
            yield
        return
    get_threads, set_threads = _openblas_threads() or (lambda: 1, lambda count: None)
    before = get_threads()
    set_threads(1)
    try:
        yield
    finally:
        set_threads(before)


def get_blas_threads() -> int:
    """Return the number of threads of NumPy's BLAS; 1 if it cannot be read."""
    get_threads, _ = _openblas_threads() or (lambda: 1, None)
    return int(get_threads())


def set_blas_threads(count: int) -> None:
    """Set the number of threads of NumPy's BLAS; no effect with a BLAS other than OpenBLAS."""
    _, set_threads = _openblas_threads() or (None, lambda count: None)
    set_threads(count)


@functools.cache
def _openblas_threads() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """Return the functions that get and set the threads of NumPy's OpenBLAS, or None."""
    # Except on Windows, a library's handle also resolves the functions it is linked with.
    file = importlib.import_module("numpy._core._multiarray_umath").__file__
    try:
        library = ctypes.CDLL(file)
    except OSError:
        return None
    for get_name, set_name in _FUNCTIONS:
        if hasattr(library, get_name) and hasattr(library, set_name):
            return getattr(library, get_name), getattr(library, set_name)
    return None
