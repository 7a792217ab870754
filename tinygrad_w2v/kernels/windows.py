"""Sums over the window around each row of a run, and their adjoint.

In NumPy a window is a row of a banded matrix of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel
from tinygrad_w2v.kernels.rows import take_rows

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

_BLOCK = 64  # rows; a block's band is (64, 64 + 2·window): large enough for BLAS, small in cache


def first_outside(left: Array, right: Array) -> int:
    """Return the index of the first window that reaches out of the run, or −1."""
    before = np.arange(len(left))
    outside = (left < 0) | (right < 0) | (left > before) | (right > before[::-1])
    return int(np.argmax(outside)) if outside.any() else -1


@kernel
def window_sum(rows: Array, left: Array, right: Array) -> Array | None:
    """Return the sum of the rows around each one, itself left out; None if a window reaches out.

    Parameters
    ----------
    rows : (T, D)
    left, right : (T,) integers
        Row i's window is ``rows[i - left[i] : i + right[i] + 1]`` without row i.

    Returns
    -------
    (T, D)
    """
    if first_outside(left, right) >= 0:
        return None
    band = bands(left, right, rows.dtype)
    sums: Array = np.matmul(band, cut_windows(rows, band.shape))
    return sums.reshape(len(band) * band.shape[1], rows.shape[1])[: len(rows)]


@kernel
def window_mean(rows: Array, left: Array, right: Array) -> Array | None:
    """Return the mean of the rows around each one, zeros where there are none.

    As :func:`window_sum`, None if a window reaches out of the run.
    """
    sums = window_sum(rows, left, right)
    if sums is not None:
        sums /= window_sizes(left, right, rows.dtype)
    return sums


@kernel
def window_mean_of(table: Array, tokens: Array, left: Array, right: Array) -> Array | None:
    """Return the means of rows of a table: :func:`window_mean` of ``table[tokens]``.

    Parameters
    ----------
    table : (V, D)
    tokens, left, right : (T,) integers

    Returns
    -------
    (T, D)
        None if a token is outside 0 … V − 1 or a window reaches out of the run.
    """
    rows = take_rows(table, tokens)
    return None if rows is None else window_mean(rows, left, right)


def window_sizes(left: Array, right: Array, dtype: Any) -> Array:
    """Return the number of rows in each window as a column; 1 for an empty one."""
    sizes: Array = np.maximum(left + right, 1).astype(dtype)[:, None]
    return sizes


@kernel
def window_spread(rows: Array, left: Array, right: Array, power: float) -> Array | None:
    """Add each row, divided by its window's size to a power, to all rows in its window.

    With a power of 0 it is the adjoint of :func:`window_sum`, with 1 of :func:`window_mean`. None
    if a window reaches out of the run.
    """
    if first_outside(left, right) >= 0:
        return None
    if power:
        rows = rows / window_sizes(left, right, rows.dtype) ** rows.dtype.type(power)
    band = bands(left, right, rows.dtype)
    parts = np.matmul(band.transpose(0, 2, 1), cut_blocks(rows, band.shape))
    return join_windows(parts, len(rows), band.shape)


def cut_blocks(rows: Array, shape: tuple[int, ...]) -> Array:
    """Cut (T, D) into (G, block, D) for a band's shape, zeros filling up the last one."""
    blocks, block, _ = shape
    padded = rows
    if blocks * block != len(rows):
        padded = np.empty((blocks * block, rows.shape[1]), rows.dtype)
        padded[: len(rows)] = rows
        padded[len(rows) :] = 0
    return padded.reshape(blocks, block, rows.shape[1])


def cut_windows(rows: Array, shape: tuple[int, ...]) -> Array:
    """View (T, D) as (G, block + 2·halo, D) for a band's shape, zeros beyond both ends."""
    blocks, block, reach = shape
    halo, width = (reach - block) // 2, rows.shape[1]
    padded = np.empty((blocks * block + 2 * halo, width), rows.dtype)
    padded[:halo] = 0
    padded[halo : halo + len(rows)] = rows
    padded[halo + len(rows) :] = 0
    step, item = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, (blocks, reach, width), (block * step, step, item), writeable=False
    )


def join_windows(parts: Array, count: int, shape: tuple[int, ...]) -> Array:
    """Add up what overlapping windows of blocks hold: the adjoint of :func:`cut_windows`."""
    blocks, block, reach = shape
    halo, width = (reach - block) // 2, parts.shape[2]
    # Block k's part begins `halo` rows before the block and ends `halo` rows after it.
    out = np.empty((blocks + 1, block, width), parts.dtype)
    out[:-1] = parts[:, :block]
    out[-1] = 0
    out[1:, : 2 * halo] += parts[:, block:]
    return out.reshape((blocks + 1) * block, width)[halo : halo + count]


def bands(left: Array, right: Array, dtype: Any) -> Array:
    """Return the windows as (G, block, block + 2·halo) matrices of zeros and ones.

    Row i of a block's matrix is row i's window among the block's rows and the halo, the longest
    reach of any window, to both sides.
    """
    halo = int(max(left.max(initial=0), right.max(initial=0)))
    block = max(_BLOCK, 2 * halo)
    blocks = -(-len(left) // block)
    whole, rest = divmod(len(left), block)
    band = np.zeros((blocks, block, block + 2 * halo), dtype)
    # Only the diagonals are looked at: (G, block, 2·halo + 1), where row i begins at column i.
    to_block, to_row, to_next = band.strides
    diagonals = np.lib.stride_tricks.as_strided(
        band, (blocks, block, 2 * halo + 1), (to_block, to_row + to_next, to_next)
    )
    offsets = np.arange(-halo, halo + 1, dtype=left.dtype)
    inside = (offsets >= -left[:, None]) & (offsets <= right[:, None])
    inside[:, halo] = False
    diagonals[:whole] = inside[: whole * block].reshape(whole, block, 2 * halo + 1)
    if rest:
        diagonals[whole, :rest] = inside[whole * block :]
    return band
