"""How the routines are compiled: the options, and one version per row length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

# Sums may be reordered, as BLAS does in the NumPy versions; NaN and infinity keep their meaning.
compiled: Callable[..., Any] = numba.njit(
    nogil=True, cache=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp", "nsz"}
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
