"""How the routines are compiled: the options, and one version per row length."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numba

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    # Sums may be reordered, as BLAS does in the NumPy versions; NaN and infinity keep their
    # meaning.
    "fastmath": {"reassoc", "contract", "arcp", "nsz"},
}


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a routine at its first call; the result is cached on disk if there is a place."""
    routine: Any = numba.njit(**_OPTIONS)(function)
    try:
        routine.enable_caching()
    except RuntimeError:
        _warn_of_missing_cache()
    else:
        cache = routine._cache
        cache.save_overload = functools.partial(_save_if_possible, cache.save_overload)
    return routine


def _save_if_possible(save: Callable[..., Any], signature: Any, data: Any) -> None:
    try:
        save(signature, data)
    except OSError:  # the disk is full, or the folder was removed
        _warn_of_missing_cache()


@functools.cache  # once in a process
def _warn_of_missing_cache() -> None:
    warnings.warn(
        "Numba has no writable place for its cache, so the kernels are compiled in every process: "
        "set NUMBA_CACHE_DIR to a writable folder",
        stacklevel=3,
    )


inlined: Callable[..., Any] = numba.njit(inline="always")
"""For a part of a routine, compiled into it with the constants it is passed."""

_WIDTHS = range(32, 1025)


class PerWidth(dict[int, Callable[..., Any]]):
    """A routine compiled separately for each row length: ``routine[length]``.

    Loops of constant length need no scalar remainder loop and take up to 1/4 less time. Used as a
    decorator of a function that makes the routine. It is called with the length, or with 0 for
    short and very long rows, which share a routine that uses the length of its arguments:
    ``size = width or rows.shape[1]``.
    """

    def __init__(self, make: Callable[[int], Callable[..., Any]]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, width: int) -> Callable[..., Any]:
        if width in _WIDTHS or not width:
            routine: Callable[..., Any] = compiled(self._make(width))
        else:
            routine = self[0]
        return self.setdefault(width, routine)
