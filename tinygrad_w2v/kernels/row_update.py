"""Adding to some rows of a table in place, where a row may be named several times."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.kernels.rows import sum_equal_rows

Array = npt.NDArray[Any]

_BLOCK = 1 << 16
"""Numbers gathered at a time: 256 KiB of float32 stay in the L2 cache until they are put back."""


class _Marks(threading.local):
    """A number for each row of a table, written and read within one call."""

    array: Array = np.empty(0, np.int32)


_MARKS = _Marks()


def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Do ``table[rows[i]] += factor * values[i]`` for every i.

    Rows named once need not be sorted out from the others by sorting: each writes its place into
    a mark of its row, and those that find another's there are the repeats.

    Parameters
    ----------
    table : (V, ...)
    rows : (N,) integers within 0 … V − 1
    values : (N, ...)

    Examples
    --------
    >>> table = np.zeros((3, 1))
    >>> add_to_rows(table, np.array([2, 0, 2]), np.array([[1.0], [5.0], [1.0]]), 2.0)
    >>> table.ravel()
    array([10.,  0.,  4.])
    """
    is_last = _last_uses(rows, len(table))
    repeats = np.flatnonzero(~is_last)
    if 2 * len(repeats) > len(rows):
        rows, values = sum_equal_rows(rows, values)
    elif len(repeats):
        _add_once(table, *sum_equal_rows(rows[repeats], values[repeats]), factor)
        kept = np.flatnonzero(is_last)
        rows, values = rows[kept], values[kept]
    _add_once(table, rows, values, factor)


def _last_uses(rows: Array, size: int) -> Array:
    """Say of each row whether it is the last of its number, (N,) booleans."""
    if len(_MARKS.array) < size:
        _MARKS.array = np.empty(size, np.int32)  # only the pages that are written take memory
    places = np.arange(len(rows), dtype=np.int32)
    _MARKS.array[rows] = places
    return np.equal(_MARKS.array[rows], places)


def _add_once(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Add to rows that are all different, a block at a time."""
    width = values[:1].size or 1
    height = max(1, _BLOCK // width)
    shape = (min(height, len(rows)), *table.shape[1:])
    gathered, scaled = np.empty(shape, table.dtype), np.empty(shape, table.dtype)
    for start in range(0, len(rows), height):
        here = rows[start : start + height]
        block = table.take(here, axis=0, out=gathered[: len(here)], mode="clip")
        block += np.multiply(values[start : start + height], factor, out=scaled[: len(here)])
        table[here] = block
