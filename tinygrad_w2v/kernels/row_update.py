"""In-place updates of rows of a table, where a row may be named several times."""

from __future__ import annotations

import math

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel
from tinygrad_w2v.kernels.rows import check_bounds, sort_packed, sum_equal_rows

_BLOCK = 1 << 16
"""Numbers gathered at a time: 256 KiB of float32 stay in the L2 cache until written back."""

_MANY_REPEATS = 4
"""From 1/4 of repeats on, summing all equal rows first is faster than deferring them."""

_FEW_ROWS = 128
"""For at most this many rows, making the views takes longer than they save."""


@kernel
def add_to_rows(table: Array, rows: Array, values: Array, factor: float) -> None:
    """Do ``table[rows[i]] += factor * values[i]`` for every i.

    Rows are gathered, updated and written back a block at a time, in the order given. A row
    repeated in a later block needs no special care. Of rows repeated within a block, all but the
    last are deferred to another pass. The work depends on the number of rows, not on the table.

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


def _height_bits(table: Array) -> int:
    """Return the logarithm of the number of rows in a block, a power of two."""
    width = max(1, math.prod(table.shape[1:]))
    return max(0, (_BLOCK // width).bit_length() - 1)


def _repeats_within_blocks(rows: Array, height_bits: int, height: int) -> Array:
    """Return the positions of rows that occur again later in the same block of rows."""
    position_bits = max(len(rows).bit_length(), height_bits)
    keys = sort_packed(rows, position_bits)
    check_bounds(int(keys[0]) >> position_bits, int(keys[-1]) >> position_bits, height)
    blocks = keys >> height_bits  # the row and, in the low bits, the block
    (again,) = (blocks[1:] == blocks[:-1]).nonzero()
    positions: Array = keys.take(again)
    positions &= (1 << position_bits) - 1
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


@kernel
def sgd_step_rows(table: Array, rows: Array, values: Array, lr: float, max_step: float) -> None:
    """Take an SGD step on a row-sparse gradient: ``table[row] -= lr · Σ values of that row``.

    Parameters
    ----------
    table : (V, ...)
        Changed in place.
    rows : (N,) integers within 0 … V − 1
    values : (N, ...)
    lr
        Learning rate, at least 0.
    max_step
        The greatest Euclidean norm of a row's step; larger steps are scaled down to it. 0 means
        no limit.

    Raises
    ------
    IndexError
        If a row is outside the table, which is then unchanged.
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
