"""Rows of a table by index: reading them, summing those with equal indices, updating in place.

``np.add.at`` takes about 1.2 µs for a row of 100 floats and ``np.add.reduceat`` 0.7. Sorting the
indices and adding equal rows in pairs, which halves their number each time, takes about 0.2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel

_least, _most = np.minimum.reduce, np.maximum.reduce

_BLOCK = 1 << 16
"""Numbers updated at a time: 256 KiB of float32 stay in the L2 cache until written back."""

_MANY_REPEATS = 4
"""From 1/4 of repeats on, summing all equal rows first is faster than deferring them."""

_FEW_ROWS = 128
"""For at most this many rows, making the views takes longer than they save."""


@kernel
def take_rows(table: Array, rows: Array) -> Array | None:
    """Return ``table[rows]``, a copy; None if a row is outside 0 … V − 1."""
    if rows.size and (_least(rows, axis=None) < 0 or _most(rows, axis=None) >= len(table)):
        return None
    return table.take(rows, axis=0)


def check_bounds(least: int, most: int, height: int) -> None:
    """Raise IndexError unless rows, of which the least and the greatest are given, are valid."""
    if least < 0 or most >= height:
        wrong = least if least < 0 else most
        raise IndexError(f"row {wrong} is not in a table of {height} rows: use 0 to {height - 1}")


def block_size(rows: int, blocks: int) -> int:
    """Return the number of rows in a block; the last blocks may have fewer rows, or none."""
    return max(1, -(-rows // blocks)) if blocks else 1


def in_blocks(rows: Any, blocks: int, block: int) -> Any:
    """Cut (N, ...) into (blocks, block, ...), padded with zeros; rows may be a Tensor."""
    missing = blocks * block - len(rows)
    if missing:
        rows = np.concatenate([rows, np.zeros((missing, *rows.shape[1:]), rows.dtype)])
    return np.reshape(rows, (blocks, block, *rows.shape[1:]))


# --- sums of equal rows ---------------------------------------------------------------------------


def _sort_packed(rows: Array, position_bits: int) -> Array:
    """Return ``row · 2^position_bits + position`` of each row, ascending; all must fit 64 bits.

    NumPy sorts integers with vector instructions, but a stable ``argsort`` does not use them: 14
    against 217 µs for 5,000 numbers. So a row and its position are packed into one integer.
    """
    keys = rows.astype(np.int64)
    keys <<= position_bits
    keys += np.arange(len(rows))
    keys.sort()
    return keys


def stable_sort(rows: Array) -> tuple[Array, Array]:
    """Return the sorted rows, and the position each had; equal rows keep their order.

    Examples
    --------
    >>> stable_sort(np.array([5, 3, 5]))
    (array([3, 5, 5]), array([1, 0, 2]))
    """
    bits = len(rows).bit_length()
    limit = 1 << (62 - bits)
    if len(rows) and not (-limit < rows.min() and rows.max() < limit):
        order = np.argsort(rows, kind="stable")
        return rows[order], order
    keys = _sort_packed(rows, bits)
    return keys >> bits, keys & ((1 << bits) - 1)


def sum_equal_rows(rows: Array, values: Array) -> tuple[Array, Array]:
    """Sum the values that have the same row index.

    Parameters
    ----------
    rows : (N,) integers
    values : (N, ...) numbers

    Returns
    -------
    unique : (U,) integers
        The distinct indices, ascending.
    sums : (U, ...) numbers
        A new array. The additions for an index form a balanced tree, so rounding errors grow with
        the logarithm of the number of repeats.

    Examples
    --------
    >>> sum_equal_rows(np.array([3, 1, 3]), np.array([[1.0], [2.0], [4.0]]))
    (array([1, 3]), array([[2.],
           [5.]]))
    """
    ordered, order = stable_sort(rows)
    is_first = np.empty(len(ordered), dtype=bool)
    is_first[:1] = True
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    if len(starts) == len(ordered):
        return ordered, values.take(order, axis=0)
    # The first row of each group of equal ones, then all others: so the sums are contiguous.
    sums = values.take(order[np.concatenate([starts, np.flatnonzero(~is_first)])], axis=0)
    group = np.cumsum(is_first) - 1
    position = np.where(is_first, group, len(starts) - 1 - group + np.arange(len(group)))
    is_repeated = ~is_first
    is_repeated[:-1] |= is_repeated[1:]  # the first of a larger group too
    repeated = np.flatnonzero(is_repeated)
    _add_in_pairs(sums, position[repeated], repeated - starts[group[repeated]])
    return ordered[starts], sums[: len(starts)]


def _add_in_pairs(sums: Array, position: Array, rank: Array) -> None:
    """Add up each group of rows in place, into the group's first row.

    Group after group, `position` is where a row is in `sums`, `rank` its number in the group.
    """
    while len(position) and (is_odd := (rank & 1).astype(bool)).any():
        odd = np.flatnonzero(is_odd)
        sums[position[odd - 1]] += sums.take(position[odd], axis=0)
        # The rows of even rank remain, as groups of half the size.
        position, rank = position[~is_odd], rank[~is_odd] >> 1


# --- updates in place -----------------------------------------------------------------------------


@kernel
def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Do ``table[rows[i]] += factor * values[i]`` for every i.

    Rows are gathered, updated and written back a block at a time, in the order given. Of rows
    repeated within a block, all but the last are deferred to another pass. The work depends on the
    number of rows, not on the table.

    Parameters
    ----------
    table : (V, ...)
        Changed in place.
    rows : (N,) integers within 0 … V − 1
    values : (N, ...)

    Raises
    ------
    IndexError
        If a row is outside the table, which is then unchanged.

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
        if _MANY_REPEATS * len(repeats) > len(rows):
            rows, values = sum_equal_rows(rows, values)
            repeats = repeats[:0]
        _add_in_blocks(table, rows, values, factor, 1 << height_bits)
        if not len(repeats):
            break
        rows, values = rows.take(repeats), values.take(repeats, axis=0)


@kernel
def sgd_step_rows(table: Array, rows: Array, values: Array, lr: float, max_step: float) -> None:
    """Take an SGD step on a row-sparse gradient: ``table[row] -= lr · Σ values of that row``.

    Parameters
    ----------
    table, rows, values
        As for :func:`add_to_rows`, which raises the same error.
    lr
        Learning rate, at least 0.
    max_step
        The greatest Euclidean norm of a row's step; larger steps are scaled down to it. 0 means
        no limit.
    """
    unique, sums = sum_equal_rows(rows, values)
    if len(unique):
        check_bounds(int(unique[0]), int(unique[-1]), len(table))
    if max_step and lr:
        clip_rows(sums, max_step / lr)
    _add_in_blocks(table, unique, sums, -lr, 1 << _height_bits(table))


def clip_rows(values: Array, max_norm: float) -> None:
    """Scale rows of a greater Euclidean norm than `max_norm` down to it, in place."""
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    squares = np.vecdot(flat, flat)
    long = squares > max_norm * max_norm
    if long.any():
        flat[long] *= (max_norm / np.sqrt(squares[long]))[:, None]


def _height_bits(table: Array) -> int:
    """Return the logarithm of the number of rows in a block, a power of two."""
    width = max(1, math.prod(table.shape[1:]))
    return max(0, (_BLOCK // width).bit_length() - 1)


def _repeats_within_blocks(rows: Array, height_bits: int, height: int) -> Array:
    """Return the positions of rows that occur again later in the same block of rows."""
    position_bits = max(len(rows).bit_length(), height_bits)
    keys = _sort_packed(rows, position_bits)
    check_bounds(int(keys[0]) >> position_bits, int(keys[-1]) >> position_bits, height)
    blocks = keys >> height_bits  # the row and, in the low bits, the block
    (again,) = (blocks[1:] == blocks[:-1]).nonzero()
    positions: Array = keys.take(again) & ((1 << position_bits) - 1)
    return positions


def _add_in_blocks(table: Array, rows: Array, values: Array, factor: float, height: int) -> None:
    """Update a block of rows at a time; of a row repeated within one, only the last counts."""
    shape = (min(height, len(rows)), *table.shape[1:])
    gathered, scaled = np.empty(shape, table.dtype), np.empty(shape, table.dtype)
    for start in range(0, len(rows), height):
        here = rows[start : start + height]
        block = copy_rows(table, here, gathered[: len(here)])
        block += np.multiply(values[start : start + height], factor, out=scaled[: len(here)])
        put_rows(table, here, block)


def copy_rows(table: Array, rows: Array, out: Array) -> Array:
    """Copy rows, which must be in the table, into `out`; return it."""
    # With mode="raise" NumPy would copy into a buffer of its own first.
    return table.take(rows, axis=0, out=out, mode="clip")


def put_rows(table: Array, rows: Array, block: Array) -> None:
    """Write rows, which must be in the table; of a repeated row, the last is written."""
    if len(rows) > _FEW_ROWS and table.flags.c_contiguous and block.size:
        # Each row as one item, copied at once: `table[rows]` loops over the numbers of a row.
        row = np.dtype((np.void, block.nbytes // len(block)))
        table.view(row).ravel().put(rows, block.view(row).ravel())
    else:
        table[rows] = block
