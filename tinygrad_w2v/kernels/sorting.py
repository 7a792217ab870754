"""Sorting row numbers together with their places, by sorting one array of whole numbers.

NumPy sorts integers with vector instructions but orders them (``argsort``) stably without: for
5,000 numbers 14 against 217 µs. So a row's number and its place are packed into one integer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def sorted_keys(rows: Array, place_bits: int) -> Array:
    """Return ``row · 2^place_bits + place`` of each row, ascending; all must fit 64 bits.

    Examples
    --------
    >>> sorted_keys(np.array([5, 3, 5]), 2)
    array([13, 20, 22])
    """
    keys = rows.astype(np.int64)
    keys <<= place_bits
    keys += np.arange(len(rows))
    keys.sort()
    return keys


def sorted_with_order(rows: Array) -> tuple[Array, Array]:
    """Return the rows in order, and where each was; equal ones stay in their order.

    Examples
    --------
    >>> sorted_with_order(np.array([5, 3, 5]))
    (array([3, 5, 5]), array([1, 0, 2]))
    """
    bits = len(rows).bit_length()
    limit = 1 << (62 - bits)
    if len(rows) and not (-limit < rows.min() and rows.max() < limit):
        order = np.argsort(rows, kind="stable")
        return rows[order], order
    keys = sorted_keys(rows, bits)
    return keys >> bits, keys & ((1 << bits) - 1)
