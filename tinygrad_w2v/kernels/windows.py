"""Sums over the window around each row of a run, and their adjoint.

In NumPy a window is a row of a banded matrix of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

_BLOCK = 64  # rows; a block's band is (64, 64 + 2·window): large enough for BLAS, small in cache


@kernel
def first_outside(left: Array, right: Array) -> int:
    """Return the index of the first window that reaches out of the run, or −1."""
    before = np.arange(len(left))
    outside = (left < 0) | (right < 0) | (left > before) | (right > before[::-1])
    return int(np.argmax(outside)) if outside.any() else -1


@kernel
def window_sum(rows: Array, left: Array, right: Array) -> Array:
    """Return the sum of the rows around each one, itself left out.

    Parameters
    ----------
    rows : (T, D)
    left, right : (T,) integers
        Row i's window is ``rows[i - left[i] : i + right[i] + 1]`` without row i.

    Returns
    -------
    (T, D)
    """
    inside, halo, block = bands(left, right)
    sums: Array = np.matmul(inside.astype(rows.dtype), cut_windows(rows, len(inside), block, halo))
    return sums.reshape(-1, rows.shape[1])[: len(rows)]


@kernel
def window_spread(rows: Array, left: Array, right: Array) -> Array:
    """Add each row to all rows in its window: the adjoint of :func:`window_sum`."""
    inside, halo, block = bands(left, right)
    weights = inside.astype(rows.dtype).transpose(0, 2, 1)
    parts = np.matmul(weights, cut_blocks(rows, len(inside), block))
    return join_windows(parts, len(rows), halo)


def cut_blocks(rows: Array, blocks: int, block: int) -> Array:
    """Cut (T, D) into (blocks, block, D), zeros filling up the last one."""
    padded = np.zeros((blocks * block, rows.shape[1]), rows.dtype)
    padded[: len(rows)] = rows
    return padded.reshape(blocks, block, rows.shape[1])


def cut_windows(rows: Array, blocks: int, block: int, halo: int) -> Array:
    """View (T, D) as blocks with `halo` rows before and after each, zeros beyond the ends."""
    width = rows.shape[1]
    padded = np.zeros((blocks * block + 2 * halo, width), rows.dtype)
    padded[halo : halo + len(rows)] = rows
    step, item = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, (blocks, block + 2 * halo, width), (block * step, step, item), writeable=False
    )


def join_windows(parts: Array, count: int, halo: int) -> Array:
    """Add up what overlapping windows of blocks hold: the adjoint of :func:`cut_windows`."""
    blocks, reach, width = parts.shape
    block = reach - 2 * halo
    # Block k's part begins `halo` rows before the block and ends `halo` rows after it.
    out = np.zeros((blocks + 1, block, width), parts.dtype)
    out[:-1] = parts[:, :block]
    out[1:, : 2 * halo] += parts[:, block:]
    return out.reshape(-1, width)[halo : halo + count]


def bands(left: Array, right: Array) -> tuple[Array, int, int]:
    """Return the windows as (G, block, block + 2·halo) truth values, the halo and the block."""
    halo = int(max(left.max(initial=0), right.max(initial=0)))
    block = max(_BLOCK, 2 * halo)
    blocks = -(-len(left) // block)
    sides = np.zeros((2, blocks * block), np.int32)
    sides[0, : len(left)] = left
    sides[1, : len(right)] = right
    before, after = sides.reshape(2, blocks, block, 1)
    reach = np.arange(block + 2 * halo, dtype=np.int32) - halo
    offset = reach - np.arange(block, dtype=np.int32)[:, None]
    return (offset >= -before) & (offset <= after) & (offset != 0), halo, block
