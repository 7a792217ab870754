"""Sums and means over the window around each row of a run, and their adjoint.

In NumPy the windows are banded matrices of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel
from tinygrad_w2v.kernels.rows import in_blocks, take_rows

_BLOCK = 64  # rows; a block's band is (64, 64 + 2·window): large enough for BLAS, small in cache


def first_invalid_window(left: Array, right: Array) -> int:
    """Return the index of the first window that exceeds the run, or −1."""
    before = np.arange(len(left))
    outside = (left < 0) | (right < 0) | (left > before) | (right > before[::-1])
    return int(np.argmax(outside)) if outside.any() else -1


@kernel
def window_sum(rows: Array, left: Array, right: Array) -> Array | None:
    """Return the sum of the rows in each row's window; None if a window exceeds the run.

    Row i's window is ``rows[i - left[i] : i + right[i] + 1]`` without row i. Rows and result are
    (T, D), `left` and `right` (T,) integers.
    """
    if first_invalid_window(left, right) >= 0:
        return None
    band = window_bands(left, right, rows.dtype)
    sums: Array = np.matmul(band, view_windows(rows, band.shape))
    return sums.reshape(len(band) * band.shape[1], rows.shape[1])[: len(rows)]


@kernel
def window_mean(rows: Array, left: Array, right: Array) -> Array | None:
    """Return the mean of the rows in each window, zeros for an empty one; None likewise."""
    sums = window_sum(rows, left, right)
    if sums is not None:
        sums /= window_sizes(left, right, rows.dtype)
    return sums


@kernel
def table_window_mean(table: Array, tokens: Array, left: Array, right: Array) -> Array | None:
    """Return :func:`window_mean` of ``table[tokens]``; None also for a token outside the table."""
    rows = take_rows(table, tokens)
    return None if rows is None else window_mean(rows, left, right)


def window_sizes(left: Array, right: Array, dtype: Any) -> Array:
    """Return the number of rows in each window as a column; 1 for an empty one."""
    sizes: Array = np.maximum(left + right, 1).astype(dtype)[:, None]
    return sizes


@kernel
def window_spread(rows: Array, left: Array, right: Array, power: float) -> Array | None:
    """Add each row, divided by its window's size to the power `power`, to the rows in its window.

    This is the adjoint of :func:`window_sum` for a power of 0, and of :func:`window_mean` for 1.
    Returns None if a window exceeds the run.
    """
    if first_invalid_window(left, right) >= 0:
        return None
    if power:
        rows = rows / window_sizes(left, right, rows.dtype) ** rows.dtype.type(power)
    band = window_bands(left, right, rows.dtype)
    parts = np.matmul(band.transpose(0, 2, 1), in_blocks(rows, *band.shape[:2]))
    return join_windows(parts, len(rows), band.shape)


def view_windows(rows: Array, shape: tuple[int, ...]) -> Array:
    """View (T, D) as (G, block + 2·halo, D), the rows a band refers to; zeros beyond both ends."""
    blocks, block, columns = shape
    halo, width = (columns - block) // 2, rows.shape[1]
    padded = np.empty((blocks * block + 2 * halo, width), rows.dtype)
    padded[:halo] = 0
    padded[halo : halo + len(rows)] = rows
    padded[halo + len(rows) :] = 0
    step, item = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, (blocks, columns, width), (block * step, step, item), writeable=False
    )


def join_windows(parts: Array, count: int, shape: tuple[int, ...]) -> Array:
    """Add the overlapping parts of blocks up to (T, D): the adjoint of :func:`view_windows`."""
    blocks, block, columns = shape
    halo, width = (columns - block) // 2, parts.shape[2]
    # Block k's part begins `halo` rows before the block and ends `halo` rows after it.
    out = np.empty((blocks + 1, block, width), parts.dtype)
    out[:-1] = parts[:, :block]
    out[-1] = 0
    out[1:, : 2 * halo] += parts[:, block:]
    return out.reshape((blocks + 1) * block, width)[halo : halo + count]


def window_bands(left: Array, right: Array, dtype: Any) -> Array:
    """Return the windows as (G, block, block + 2·halo) matrices of zeros and ones.

    Row i of a block's matrix marks the window of the block's row i among the rows of the block
    and the halo on both sides. The halo is the size of the largest window to one side.
    """
    halo = int(max(left.max(initial=0), right.max(initial=0)))
    block = max(_BLOCK, 2 * halo)
    blocks = -(-len(left) // block)
    full, rest = divmod(len(left), block)
    band = np.zeros((blocks, block, block + 2 * halo), dtype)
    # Only the diagonals are set: (G, block, 2·halo + 1), where row i begins at column i.
    to_block, to_row, to_next = band.strides
    diagonals = np.lib.stride_tricks.as_strided(
        band, (blocks, block, 2 * halo + 1), (to_block, to_row + to_next, to_next)
    )
    offsets = np.arange(-halo, halo + 1, dtype=left.dtype)
    inside = (offsets >= -left[:, None]) & (offsets <= right[:, None])
    inside[:, halo] = False
    diagonals[:full] = inside[: full * block].reshape(full, block, 2 * halo + 1)
    if rest:
        diagonals[full, :rest] = inside[full * block :]
    return band
