"""Products of a run of rows, cut into blocks, with a matrix for each block.

A block of 64 rows against some dozens of others is large enough for BLAS to be fast and small
enough to stay in cache. The last blocks may have fewer rows, or none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"


def block_size(rows: int, blocks: int) -> int:
    """Return how many rows a block has."""
    return max(1, -(-rows // blocks)) if blocks else 1


def in_blocks(rows: Any, blocks: int) -> Any:
    """Cut (B, ...) into (G, block, ...), zeros filling up the last blocks.

    Written in functions that NumPy dispatches, so that rows may be a Tensor.
    """
    block = block_size(len(rows), blocks)
    missing = blocks * block - len(rows)
    if missing:
        padding = np.zeros((missing, *rows.shape[1:]), rows.dtype)
        rows = np.concatenate([rows, padding])
    return np.reshape(rows, (blocks, block, *rows.shape[1:]))


def block_scores(rows: Any, others: Any) -> Any:
    """Return the products of each row with the others of its block.

    Parameters
    ----------
    rows : (B, D)
    others : (G, K, D)

    Returns
    -------
    (G, block, K)
        Zeros beyond the last row.
    """
    blocks, shared, width = others.shape
    turned = np.swapaxes(others, 1, 2)
    if not isinstance(rows, np.ndarray):
        return np.matmul(in_blocks(rows, blocks), turned)
    block = block_size(len(rows), blocks)
    scores = np.empty((blocks, block, shared), np.result_type(rows, others))
    whole, rest = divmod(len(rows), block)
    cut = rows[: whole * block].reshape(whole, block, width)
    np.matmul(cut, turned[:whole], out=scores[:whole])
    if rest:  # by itself, which spares a copy of all rows
        np.matmul(rows[whole * block :], turned[whole], out=scores[whole, :rest])
        scores[whole, rest:] = 0
    scores[whole + bool(rest) :] = 0
    return scores


def block_gradients(by_scores: Any, rows: Any, others: Any) -> tuple[Any, Any]:
    """Return the gradients of :func:`block_scores` by both arguments.

    Parameters
    ----------
    by_scores : (G, block, K)
        Zeros beyond the last row.
    rows : (B, D)
    others : (G, K, D)

    Returns
    -------
    by_rows : (B, D)
    by_others : (G, K, D)
    """
    if not isinstance(rows, np.ndarray):
        blocks, block, _ = by_scores.shape
        by_rows = np.reshape(np.matmul(by_scores, others), (blocks * block, rows.shape[1]))
        by_rows = by_rows[: len(rows)]
        cut = in_blocks(rows, len(others))
        return by_rows, np.matmul(np.swapaxes(by_scores, 1, 2), cut)
    by_rows, by_others = np.empty_like(rows), np.empty_like(others)
    fill_block_gradients(by_scores, rows, others, by_rows, by_others)
    return by_rows, by_others


def fill_block_gradients(
    by_scores: Array, rows: Array, others: Array, by_rows: Array, by_others: Array
) -> None:
    """Write what :func:`block_gradients` returns into arrays."""
    _, block, _ = by_scores.shape
    whole, rest = divmod(len(rows), block)
    end = whole * block
    cut = (whole, block, rows.shape[1])
    np.matmul(by_scores[:whole], others[:whole], out=by_rows[:end].reshape(cut))
    turned = by_scores.transpose(0, 2, 1)
    np.matmul(turned[:whole], rows[:end].reshape(cut), out=by_others[:whole])
    if rest:
        np.matmul(by_scores[whole, :rest], others[whole], out=by_rows[end:])
        np.matmul(turned[whole, :, :rest], rows[end:], out=by_others[whole])
    by_others[whole + bool(rest) :] = 0
