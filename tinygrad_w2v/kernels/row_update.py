"""Adding to some rows of a table in place, where a row may be named several times."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.kernels.backend import kernel
from tinygrad_w2v.kernels.bounds import refuse_rows_outside
from tinygrad_w2v.kernels.rows import sum_equal_rows
from tinygrad_w2v.kernels.sorting import sorted_keys

Array = npt.NDArray[Any]

_BLOCK = 1 << 16
"""Numbers gathered at a time: 256 KiB of float32 stay in the L2 cache until they are put back."""


@kernel
def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Do ``table[rows[i]] += factor * values[i]`` for every i.

    Rows are read, changed and written back a block at a time, in the order given. So a row that
    is named again in a later block needs no care; of those named twice within a block all but the
    last are put off until the end. The work depends on the number of rows named, not on `table`.

    Parameters
    ----------
    table : (V, ...)
    rows : (N,) integers within 0 … V − 1
    values : (N, ...)

    Raises
    ------
    IndexError
        If a row lies outside the table, which is left as it was.

    Examples
    --------
    >>> table = np.zeros((3, 1))
    >>> add_to_rows(table, np.array([2, 0, 2]), np.array([[1.0], [5.0], [1.0]]), 2.0)
    >>> table.ravel()
    array([10.,  0.,  4.])
    """
    height_bits = _height_bits(table)
    while len(rows):
        repeats = _repeats_within_blocks(rows, height_bits, len(table))
        if _MANY * len(repeats) > len(rows):
            rows, values = sum_equal_rows(rows, values)
            repeats = repeats[:0]
        _add_in_blocks(table, rows, values, factor, 1 << height_bits)
        if not len(repeats):
            break
        rows, values = rows.take(repeats), values.take(repeats, axis=0)


_MANY = 4
"""From a quarter of repeats on, adding up all equal rows first is faster than putting them off."""


def _height_bits(table: Array) -> int:
    """Return the logarithm of the number of rows in a block, a power of two."""
    width = max(1, math.prod(table.shape[1:]))
    return max(0, (_BLOCK // width).bit_length() - 1)


def _repeats_within_blocks(rows: Array, height_bits: int, height: int) -> Array:
    """Return the places of rows that are named again, later in the same block of rows."""
    place_bits = max(len(rows).bit_length(), height_bits)
    keys = sorted_keys(rows, place_bits)
    refuse_rows_outside(int(keys[0]) >> place_bits, int(keys[-1]) >> place_bits, height)
    blocks = keys >> height_bits  # the row and, in the low bits, the block
    (again,) = (blocks[1:] == blocks[:-1]).nonzero()
    places: Array = keys.take(again)
    places &= (1 << place_bits) - 1
    return places


def _add_in_blocks(table: Array, rows: Array, values: Array, factor: float, height: int) -> None:
    """Add a block of rows at a time; of a row named twice within one, only the last counts."""
    shape = (min(height, len(rows)), *table.shape[1:])
    gathered, scaled = np.empty(shape, table.dtype), np.empty(shape, table.dtype)
    for start in range(0, len(rows), height):
        here = rows[start : start + height]
        block = copy_rows(table, here, gathered[: len(here)])
        block += np.multiply(values[start : start + height], factor, out=scaled[: len(here)])
        put_rows(table, here, block)


def copy_rows(table: Array, rows: Array, out: Array) -> Array:
    """Copy rows, which must be in the table, into `out`; return it."""
    # With mode="raise" NumPy would first copy into a buffer of its own.
    return table.take(rows, axis=0, out=out, mode="clip")


def put_rows(table: Array, rows: Array, block: Array) -> None:
    """Write rows, which must be in the table; of a row named twice, the last stays."""
    if len(rows) > _FEW and table.flags.c_contiguous and block.size:
        # As one item a row, copied at once: `table[rows]` would loop over a row's numbers.
        row = np.dtype((np.void, block.nbytes // len(block)))
        table.view(row).ravel().put(rows, block.view(row).ravel())
    else:
        table[rows] = block


_FEW = 128
"""Up to so many rows, making the views takes longer than they save."""


@kernel
def descend_rows(table: Array, rows: Array, values: Array, rate: float, longest: float) -> None:
    """Take one step down a row-sparse gradient: ``table[row] -= rate · Σ values of that row``.

    Parameters
    ----------
    table : (V, ...)
        Changed in place.
    rows : (N,) integers within 0 … V − 1
    values : (N, ...)
    rate
        Learning rate, at least 0.
    longest
        The longest Euclidean step of a row; longer ones are shortened to it. 0 for no limit.
    """
    unique, sums = sum_equal_rows(rows, values)
    if len(unique):
        refuse_rows_outside(int(unique[0]), int(unique[-1]), len(table))
    if longest and rate:
        shorten_rows(sums, longest / rate)
    _add_in_blocks(table, unique, sums, -rate, 1 << _height_bits(table))


def shorten_rows(change: Array, longest: float) -> None:
    """Scale rows that are longer than allowed down to it, in place."""
    flat = change.reshape(len(change), math.prod(change.shape[1:]))
    squares = np.vecdot(flat, flat)
    long = squares > longest * longest
    if long.any():
        flat[long] *= (longest / np.sqrt(squares[long]))[:, None]
