"""Exact nearest neighbours of many queries: a matrix product and a selection per block of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rows = npt.NDArray[np.intp]

# For norms in this range, division in float32 neither overflows nor loses digits.
_SAFE_NORMS = (1e-30, 1e38)
# Scores of a block: 2 M float32 are 8 MiB. A single query takes all rows of most tables at once.
_BLOCK_SCORES = 1 << 21
_LEAST_ROWS, _MOST_QUERIES = 1024, 1024


def normalized(vectors: Floats) -> Floats:
    """Return the rows of (V, D) scaled to norm 1, read-only; a zero row stays zero.

    Rows with NaN or infinity become zero.
    """
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    norms[norms == 0] = 1
    low, high = _SAFE_NORMS
    safe = np.clip(norms, low, high).astype(np.float32)
    unit: Floats = vectors / safe[:, np.newaxis]
    extreme = np.flatnonzero((norms < low) | (norms > high))
    unit[extreme] = vectors[extreme] / norms[extreme, np.newaxis]
    unit[~np.isfinite(norms)] = 0  # of an unchecked file: similar to nothing
    unit.flags.writeable = False
    return unit


def nearest(
    block: Callable[[int, int], Floats],
    span: tuple[int, int],
    queries: Floats,
    count: int,
    most_rows: int | None = None,
) -> tuple[Rows, Floats]:
    """Return the rows with the largest products with each query, best first, and the products.

    Parameters
    ----------
    block
        Returns rows ``[a, b)`` of the table, an array of shape (b − a, D).
    span
        Range of rows to search, (start, stop).
    queries
        Shape (Q, D).
    count
        Number K of rows for each query; fewer are returned if the range is shorter.
    most_rows
        Largest number of rows to request at once.

    Returns
    -------
    rows, scores
        Shape (Q, K). Of equal scores, the smaller row comes first.
    """
    start, stop = span
    count = max(0, min(count, stop - start))
    rows = np.empty((len(queries), count), np.intp)
    scores = np.empty((len(queries), count), np.float32)
    for first in range(0, len(queries) if count else 0, _MOST_QUERIES):
        part = slice(first, first + _MOST_QUERIES)
        size = max(_LEAST_ROWS, _BLOCK_SCORES // len(queries[part]))
        size = max(count, min(size, most_rows or size))
        rows[part], scores[part] = _nearest(block, range(start, stop), queries[part], count, size)
    return rows, scores


def _nearest(
    block: Callable[[int, int], Floats], span: range, queries: Floats, count: int, size: int
) -> tuple[Rows, Floats]:
    """Search blocks of `size` rows, at least `count`, for the best rows of each query."""
    size = min(size, len(span))
    workspace = np.empty((size, len(queries)), np.float32)
    above = np.empty((size, len(queries)), np.bool_)
    rows = np.empty((len(queries), 0), np.intp)
    best = np.empty((len(queries), 0), np.float32)
    threshold = np.empty(0, np.float32)
    waiting: list[tuple[Rows, Rows, Floats]] = []
    # A short first block gives the threshold that the others are compared with.
    begin = span.start + min(size, max(count, _LEAST_ROWS))
    for first in (span.start, *range(begin, span.stop, size)):
        part = block(first, begin if first < begin else min(first + size, span.stop))
        # Rows by queries: OpenBLAS multiplies in this layout about 8% faster than transposed.
        scores = np.matmul(part, queries.T, out=workspace[: len(part)])
        if first == span.start:
            found, query = _candidates(scores, count)
        else:
            np.greater(scores, threshold, out=above[: len(part)])
            found, query = np.divmod(np.flatnonzero(above[: len(part)]), len(queries))
        waiting.append((query, found + first, scores[found, query]))
        # An old threshold finds a few candidates too many, which cost less than merging each time.
        if first == span.start or sum(len(each[0]) for each in waiting) > rows.size:
            rows, best = _merged(rows, best, waiting, count)
            waiting, threshold = [], best[:, -1].copy()
    return _merged(rows, best, waiting, count)


def _candidates(scores: Floats, count: int) -> tuple[Rows, Rows]:
    """Return the row and column of scores (B, Q) among the `count` largest of their column."""
    by_query = np.ascontiguousarray(scores.T)
    threshold = np.partition(by_query, -count, axis=1)[:, -count]
    query, found = np.nonzero(by_query >= threshold[:, np.newaxis])
    return found, query


def _merged(
    rows: Rows, best: Floats, waiting: list[tuple[Rows, Rows, Floats]], count: int
) -> tuple[Rows, Floats]:
    """Return the `count` best of the current rows (Q, K) and the candidates, in stable order."""
    queries, held = rows.shape
    every = np.arange(queries)
    current = (np.repeat(every, held), rows.ravel(), best.ravel())
    query, found, scores = (np.concatenate(part) for part in zip(current, *waiting, strict=True))
    # Stable sorts leave equal scores in the order of rows; NumPy sorts 16-bit integers by radix.
    order = np.argsort(-scores, kind="stable")
    order = order[np.argsort(query[order].astype(np.uint16), kind="stable")]
    starts = np.searchsorted(query[order], every)
    kept = order[starts[:, np.newaxis] + np.arange(count)]
    return found[kept], scores[kept]
