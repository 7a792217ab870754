"""Bags of rows of different sizes, one after the other; their gradient is row-sparse."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.bags import bag_sizes, bag_sum
from tinygrad_w2v.ops.embedding import embedding_rows
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.samples import normal

_BAGS = np.array([1, 3, 2, 2, 2, 0, 4]), np.array([0, 2, 2, 5])
_NONE = np.zeros(0, np.int64)


@op(
    names="F",
    samples=normal(
        *([(5, 3), *_BAGS], [(5, 3), *_BAGS, {"mode": "sum"}]),
        *([(5, 2), _NONE, np.array([0, 0])], [(5, 2), _NONE, _NONE]),
    ),
)
def ragged_bag(
    weight: Array,
    indices: Array,
    offsets: Array,
    *,
    mode: Literal["mean", "sum"] = "mean",
    straight_through: float = 0.0,
) -> Any:
    """Mean or sum of the table's rows in each bag; bags are not padded to equal sizes.

    Parameters
    ----------
    weight : (V, D)
        The table. Its gradient is row-sparse.
    indices : (M,) integers within 0 … V − 1
        The members of all bags, one bag after the other.
    offsets : (B,) integers
        The start of each bag in `indices`, ascending from 0.
    mode
        ``"mean"`` or ``"sum"``; an empty bag results in zeros.
    straight_through
        Gradient of the mean of n rows: 0 is the derivative, 1 the undivided gradient of the sum,
        in general the gradient is divided by n ** (1 − straight_through), as in
        :func:`context_mean`.

    Returns
    -------
    (B, D)

    Examples
    --------
    >>> table = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> ragged_bag(table, [0, 2, 1], [0, 2])
    array([[3., 4.],
           [3., 4.]])
    """
    indices, offsets = np.asarray(indices), np.asarray(offsets)
    if weight.ndim != 2 or indices.ndim != 1 or offsets.ndim != 1:
        raise ValueError(
            f"ragged_bag: weight {weight.shape}, indices {indices.shape}, offsets "
            f"{offsets.shape}: weight must be (V, D), indices (M,) and offsets (B,)"
        )
    if mode not in ("mean", "sum"):
        raise ValueError(f"ragged_bag: mode is {mode!r}: use 'mean' or 'sum'")
    sizes = bag_sizes(offsets, len(indices)) if offsets.dtype.kind in "iu" else None
    if sizes is None:
        raise ValueError(
            f"ragged_bag: offsets {offsets!r:.80} must be integers that ascend from 0 to at most "
            f"{len(indices)}"
        )
    sums = bag_sum(weight, indices, sizes, mode == "mean") if indices.dtype.kind in "iu" else None
    if sums is None:
        check_indices("ragged_bag", "indices", indices, weight.shape[0])
    return sums


@ragged_bag.backward("weight")
def _ragged_bag_rule(
    g: Any, shapes: Any, indices: Array, offsets: Array, mode: str, straight_through: float
) -> RowSparse:
    indices = np.asarray(indices)
    sizes: Any = bag_sizes(np.asarray(offsets), len(indices))
    if mode == "mean" and straight_through != 1:
        power = float(straight_through) - 1
        g = g * (np.maximum(sizes, 1).astype(g.dtype) ** g.dtype.type(power))[:, None]
    bag = np.repeat(np.arange(len(sizes)), sizes)
    return RowSparse(indices, embedding_rows(g, bag), shapes.weight)
