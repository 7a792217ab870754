"""Sums over the window around each row of a run, and their adjoint.

In NumPy a window is a row of a banded matrix of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel
from tinygrad_w2v.kernels.logistic import logistic_losses

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"

_BLOCK = 64  # rows; a block's band is (64, 64 + 2·window): large enough for BLAS, small in cache


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
    inside, halo, block = _bands(left, right)
    sums: Array = np.matmul(inside.astype(rows.dtype), _windows(rows, len(inside), block, halo))
    return sums.reshape(-1, rows.shape[1])[: len(rows)]


@kernel
def window_spread(rows: Array, left: Array, right: Array) -> Array:
    """Add each row to all rows in its window: the adjoint of :func:`window_sum`."""
    inside, halo, block = _bands(left, right)
    weights = inside.astype(rows.dtype).transpose(0, 2, 1)
    parts = np.matmul(weights, _blocks(rows, len(inside), block))
    return _joined(parts, len(rows), halo)


@kernel
def window_logistic(
    rows: Array, others: Array, left: Array, right: Array
) -> tuple[float, Array, Array]:
    """Return Σ log(1 + exp(−rows[i]·others[j])) over all j in i's window, and its gradients.

    Parameters
    ----------
    rows, others : (T, D)
    left, right : (T,) integers
        As for :func:`window_sum`.

    Returns
    -------
    loss
    by_rows, by_others : (T, D)
    """
    inside, halo, block = _bands(left, right)
    weights = inside.astype(rows.dtype)
    mine, theirs = _blocks(rows, len(inside), block), _windows(others, len(inside), block, halo)
    scores = np.matmul(mine, theirs.transpose(0, 2, 1))
    losses, slopes = logistic_losses(-scores, weights)
    np.negative(slopes, out=slopes)
    by_rows: Array = np.matmul(slopes, theirs)
    by_others = np.matmul(slopes.transpose(0, 2, 1), mine)
    return (
        float(losses.sum(dtype=np.float64)),
        by_rows.reshape(-1, rows.shape[1])[: len(rows)],
        _joined(by_others, len(rows), halo),
    )


@kernel
def window_matches(tokens: Array, left: Array, right: Array, drawn: Array, block: int) -> Array:
    """Count, for each token, in how many places of its window each drawn word stands.

    Parameters
    ----------
    tokens, left, right : (T,) integers
    drawn : (G, K) integers
        Row g belongs to tokens ``g·block`` to ``(g + 1)·block − 1``.

    Returns
    -------
    (G, block, K) int32
    """
    shape = (len(drawn), block, drawn.shape[1])
    matches = np.zeros(shape, np.int32)
    position = np.arange(len(tokens))
    group, place = position // block, position % block
    for offset in range(-int(left.max(initial=0)), int(right.max(initial=0)) + 1):
        reached = (offset >= -left) & (offset <= right) if offset else left < 0
        here = position[reached]
        matches[group[here], place[here]] += tokens[here + offset, None] == drawn[group[here]]
    return matches


def _blocks(rows: Array, blocks: int, block: int) -> Array:
    """Cut (T, D) into (blocks, block, D), zeros filling up the last one."""
    padded = np.zeros((blocks * block, rows.shape[1]), rows.dtype)
    padded[: len(rows)] = rows
    return padded.reshape(blocks, block, rows.shape[1])


def _windows(rows: Array, blocks: int, block: int, halo: int) -> Array:
    """View (T, D) as blocks with `halo` rows before and after each, zeros beyond the ends."""
    width = rows.shape[1]
    padded = np.zeros((blocks * block + 2 * halo, width), rows.dtype)
    padded[halo : halo + len(rows)] = rows
    step, item = padded.strides
    return np.lib.stride_tricks.as_strided(
        padded, (blocks, block + 2 * halo, width), (block * step, step, item), writeable=False
    )


def _joined(parts: Array, count: int, halo: int) -> Array:
    """Add up what overlapping windows of blocks hold: the adjoint of :func:`_windows`."""
    blocks, reach, width = parts.shape
    block = reach - 2 * halo
    # Block k's part begins `halo` rows before the block and ends `halo` rows after it.
    out = np.zeros((blocks + 1, block, width), parts.dtype)
    out[:-1] = parts[:, :block]
    out[1:, : 2 * halo] += parts[:, block:]
    return out.reshape(-1, width)[halo : halo + count]


def _bands(left: Array, right: Array) -> tuple[Array, int, int]:
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
