"""Exact nearest neighbours of many queries: a matrix product and a selection per block of rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.kernels.selection import keep_largest

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
    rows = np.zeros((len(queries), count), np.intp)
    best = np.full((len(queries), count), -np.inf, np.float32)
    for first in range(0, len(queries) if count else 0, _MOST_QUERIES):
        part = slice(first, first + _MOST_QUERIES)
        size = max(_LEAST_ROWS, _BLOCK_SCORES // len(queries[part]))
        size = min(max(count, min(size, most_rows or size)), stop - start)
        _search(block, range(start, stop), queries[part], size, best[part], rows[part])
    return rows, best


def _search(
    block: Callable[[int, int], Floats],
    span: range,
    queries: Floats,
    size: int,
    best: Floats,
    rows: Rows,
) -> None:
    """Write the largest scores of each query and their rows, by blocks of `size` rows."""
    workspace = np.empty((size, len(queries)), np.float32)
    # Rows by queries: OpenBLAS multiplies in this layout about 10% faster than in the others.
    columns = np.ascontiguousarray(queries.T)
    # A short first block gives limits that few scores of the others exceed.
    begin = span.start + min(size, max(best.shape[1], _LEAST_ROWS))
    for first in (span.start, *range(begin, span.stop, size)):
        part = block(first, begin if first < begin else min(first + size, span.stop))
        keep_largest(np.matmul(part, columns, out=workspace[: len(part)]), first, best, rows)
