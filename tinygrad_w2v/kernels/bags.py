"""Sums of bags of a table's rows, where bags have different sizes: one list of all members."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel
from tinygrad_w2v.kernels.rows import take_rows


def bag_sizes(offsets: Array, members: int) -> Array | None:
    """Return the number of members of each bag; None unless the offsets ascend from 0."""
    sizes = np.empty_like(offsets)
    np.subtract(offsets[1:], offsets[:-1], out=sizes[:-1])
    sizes[-1:] = members - offsets[-1:]
    valid = offsets[0] == 0 if len(offsets) else members == 0
    return sizes if valid and not (sizes < 0).any() else None


@kernel
def bag_sum(table: Array, indices: Array, sizes: Array, mean: bool) -> Array | None:
    """Return the sum or the mean of the rows in each bag; None if a row is outside the table.

    Parameters
    ----------
    table : (V, D)
    indices : (M,) integers
        The members of all bags, one bag after the other.
    sizes : (B,) integers
        The number of members of each bag, M in total. An empty bag results in zeros.
    mean
        Whether to divide each sum by the bag's size.
    """
    rows = take_rows(table, indices)
    if rows is None:
        return None
    # The k-th members of all bags that have one are added at once, larger bags first.
    order = np.argsort(-sizes, kind="stable")
    starts = (np.cumsum(sizes) - sizes)[order]
    counts = len(sizes) - np.searchsorted(np.sort(sizes), np.arange(sizes.max(initial=0)), "right")
    sums = np.zeros((len(sizes), table.shape[1]), table.dtype)
    for k, count in enumerate(counts.tolist()):
        sums[:count] += rows.take(starts[:count] + k, axis=0)
    if mean:
        sums /= np.maximum(sizes[order], 1).astype(table.dtype)[:, None]
    result = np.empty_like(sums)
    result[order] = sums
    return result
