"""BLAS's own threads, which get in the way of small products and of a trainer's threads."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

# OpenBLAS's functions have other names in NumPy's wheels.
_COUNTS = (
    ("scipy_openblas_get_num_threads64_", "scipy_openblas_set_num_threads64_"),
    ("openblas_get_num_threads64_", "openblas_set_num_threads64_"),
    ("openblas_get_num_threads", "openblas_set_num_threads"),
)


@contextlib.contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Keep BLAS to one thread in the block.

    By threadpoolctl (the ``fast`` extra) if it is installed, else by OpenBLAS's own functions if
    NumPy has that. With another BLAS and without threadpoolctl nothing is done: set its variable
    before Python starts. Threads for products of some dozen rows can take a hundred times as long
    as the products.
    """
    if importlib.util.find_spec("threadpoolctl") is not None:
        from threadpoolctl import threadpool_limits  # optional: the extra `fast`

        with threadpool_limits(limits=1, user_api="blas"):
            yield
        return
    found = _openblas_threads()
    if found is None:
        yield
        return
    count_threads, set_threads = found
    before = count_threads()
    set_threads(1)
    try:
        yield
    finally:
        set_threads(before)


@functools.cache
def _openblas_threads() -> tuple[Callable[[], int], Callable[[int], Any]] | None:
    """Return the functions that count and set the threads of NumPy's OpenBLAS; None without."""
    # What a library is linked with is found by its handle, but not on Windows.
    file = importlib.import_module("numpy._core._multiarray_umath").__file__
    try:
        library = ctypes.CDLL(file)
    except OSError:
        return None
    for count_name, set_name in _COUNTS:
        if hasattr(library, count_name) and hasattr(library, set_name):
            return getattr(library, count_name), getattr(library, set_name)
    return None
