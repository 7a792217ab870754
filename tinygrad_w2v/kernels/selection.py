"""Selection: the largest scores of each query, from one block of scores after another."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel

_COMPARED = 1 << 17  # scores compared at once: the results stay in the cache


@kernel
def keep_largest(scores: Array, first: int, best: Array, rows: Array) -> None:
    """Replace the smallest of the best scores by larger ones of a block, in place.

    Parameters
    ----------
    scores : (B, Q) float32
        Scores of B rows of a table for Q queries, C-contiguous and without NaN.
    first
        The number of the block's first row; blocks come in ascending order.
    best : (Q, K) float32
        The K largest scores of each query so far, descending; −inf where there is none yet. The
        first block must have K rows or more. Changed in place.
    rows : (Q, K) intp
        Their rows; of equal scores, the smaller row comes first. Changed in place.

    Examples
    --------
    >>> best, rows = np.full((1, 2), -np.inf, np.float32), np.zeros((1, 2), np.intp)
    >>> keep_largest(np.array([[0.25], [0.5]], np.float32), 0, best, rows)
    >>> keep_largest(np.array([[0.125], [0.75]], np.float32), 2, best, rows)
    >>> best, rows
    (array([[0.75, 0.5 ]], dtype=float32), array([[3, 1]]))
    """
    count, least = best.shape[1], best[:, -1]
    if np.isneginf(least).any():  # the first block: an entry need not exceed its own limit
        by_query = np.ascontiguousarray(scores.T)
        limit = np.partition(by_query, -count, axis=1)[:, -count]
        query, row = np.nonzero(by_query >= limit[:, np.newaxis])
    else:
        row, query = _larger(scores, least)
    order = np.argsort(query, kind="stable")
    row, query = row[order], query[order]
    number = np.bincount(query, minlength=len(best))
    changed = np.flatnonzero(number)
    line = np.repeat(np.arange(len(changed)), number[changed])
    column = count + np.arange(len(query)) - np.repeat(np.cumsum(number) - number, number)
    shape = len(changed), count + int(number.max())
    found, places = np.full(shape, -np.inf, best.dtype), np.zeros(shape, rows.dtype)
    found[:, :count], places[:, :count] = best[changed], rows[changed]
    found[line, column], places[line, column] = scores[row, query], row + first
    # A stable sort leaves equal scores in the order of rows.
    kept = np.argsort(-found, axis=1, kind="stable")[:, :count]
    best[changed] = np.take_along_axis(found, kept, axis=1)
    rows[changed] = np.take_along_axis(places, kept, axis=1)


def _larger(scores: Array, least: Array) -> tuple[Array, Array]:
    """Return the row and column of the scores that exceed the limit of their column."""
    height = max(1, _COMPARED // len(least))
    above = np.empty((min(height, len(scores)), len(least)), np.bool_)
    found = []
    for begin in range(0, len(scores), height):
        part = scores[begin : begin + height]
        positions = np.flatnonzero(np.greater(part, least, out=above[: len(part)]))
        found.append(positions + begin * len(least))
    return np.divmod(np.concatenate(found), len(least))
