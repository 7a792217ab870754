"""Reading bags of rows of a table and reducing each to one vector; row-sparse gradients."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.embedding import (
    check_padding,
    divided_by_counts,
    embedding_rows,
    shrink_rows_,
)
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.samples import normal

NO_MEMBER = -1
"""The index that pads bags with fewer members than the largest."""


def _members(weight: Array, indices: Array, padding_idx: int) -> tuple[Array, Array]:
    """Return where the bags have members, and indices that are valid everywhere."""
    if indices.ndim != 2:
        raise ValueError(
            f"embedding_bag: input of shape {indices.shape}: it must be (bags, members), or (N,) "
            f"with offsets"
        )
    is_member = indices != padding_idx
    members = indices if is_member.all() else np.where(is_member, indices, 0)
    check_indices("embedding_bag", "input", members, weight.shape[0] or not is_member.any())
    return is_member, members


def _table(rng: np.random.Generator) -> Array:
    """Make values that differ by at least 0.2, so that a small step does not change their order."""
    return rng.permutation(15).reshape(5, 3) / 5 - 1.5


_BAGS = np.array([[1, 3, -1], [2, 2, 2], [-1, -1, -1], [0, -1, 4]])
_PADDED = np.array([[0, 1], [2, 0]])
_NONE = np.zeros((0, 2), np.int64)


@op(
    name="embedding_bag",
    samples=normal(
        [_table, _BAGS, (4, 3)],
        [_table, _PADDED, (2, 2), {"padding_idx": 0}],
        [_table, _NONE, (0, 2)],
    ),
)
def bag_sum(
    weight: Array,
    indices: Array,
    factors: Array,
    *,
    padding_idx: int = NO_MEMBER,
    scale_grad_by_freq: bool = False,
) -> Any:
    """Sum of the rows in each bag, each times its factor, (B, N)."""
    indices = np.asarray(indices)
    is_member, members = _members(weight, indices, padding_idx)
    counted = np.where(is_member, factors, 0).astype(weight.dtype)
    return np.matmul(counted[:, None, :], weight.take(members, axis=0))[:, 0]


@bag_sum.backward("weight")
def _weighted_bag_of_weight(
    g: Any, shapes: Any, indices: Array, factors: Any, padding_idx: int, scale_grad_by_freq: bool
) -> RowSparse:
    indices = np.asarray(indices)
    bag, position = np.nonzero(indices != padding_idx)
    rows, values = indices[bag, position], g[bag] * np.expand_dims(factors[bag, position], -1)
    if scale_grad_by_freq:
        values = divided_by_counts(values, rows)
    return RowSparse(rows, values, shapes.weight)


@bag_sum.backward("factors")
def _weighted_bag_of_factors(g: Any, weight: Any, indices: Array, padding_idx: int) -> Any:
    indices = np.asarray(indices)
    is_member = indices != padding_idx
    rows = embedding_rows(weight, np.where(is_member, indices, 0))
    return np.where(is_member, np.vecdot(rows, np.expand_dims(g, 1)), 0)


def _uniform_factors(bags: Array, mode: str, padding_idx: int, dtype: np.dtype[Any]) -> Array:
    """Return the factor of each member for the sum or the mean, (B, N)."""
    if mode not in ("mean", "sum"):
        raise ValueError(f"embedding_bag: mode is {mode!r}: use 'mean', 'sum' or 'max'")
    factors = np.asarray(bags != padding_idx, dtype)
    if mode == "mean" and factors.ndim == 2:  # for others the op raises
        factors = factors / np.maximum(factors.sum(axis=1, keepdims=True), 1)
    return factors


@op(
    name="embedding_bag_max",
    residuals=True,
    samples=normal(
        [_table, _BAGS], [_table, _PADDED, {"padding_idx": 0}], [_table, _NONE], [_table, _NONE.T]
    ),
)
def bag_max(weight: Array, indices: Array, *, padding_idx: int = NO_MEMBER) -> Any:
    """Maximum of each column over the rows in each bag; 0 for an empty bag.

    Of equal values, the first gets the gradient.
    """
    indices = np.asarray(indices)
    is_member, members = _members(weight, indices, padding_idx)
    if not members.size:
        empty = np.zeros((len(members), weight.shape[1]), weight.dtype)
        return empty, np.full(empty.shape, -1)
    rows = np.where(is_member[..., None], array_of(weight).take(members, axis=0), -np.inf)
    winner = np.argmax(rows, axis=1)
    is_filled = np.any(is_member, axis=1, keepdims=True)
    winner_rows = np.take_along_axis(members, winner, axis=1)
    chosen = weight[winner_rows, np.arange(weight.shape[1])]
    return np.where(is_filled, chosen, 0), np.where(is_filled, winner, -1)


@bag_max.backward("weight")
def _bag_max_rule(g: Any, shapes: Any, indices: Array, padding_idx: int, residuals: Any) -> Any:
    indices = np.asarray(indices)
    bag, position = np.nonzero(indices != padding_idx)
    is_winner = array_of(residuals)[bag] == position[:, None]
    return RowSparse(indices[bag, position], g[bag] * is_winner.astype(g.dtype), shapes.weight)


@named("F")
def embedding_bag(
    input: TensorLike,
    weight: TensorLike,
    offsets: TensorLike | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: Literal["mean", "sum", "max"] = "mean",
    sparse: bool = False,
    per_sample_weights: TensorLike | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """Return the mean, the sum or the maximum of the rows in each bag.

    Parameters
    ----------
    input : (B, N) integers, or (M,) with `offsets`
        Indices of rows: one bag per row, padded to N members with −1 or `padding_idx`; or all
        bags concatenated.
    weight : (V, D)
        The table. Its gradient is row-sparse.
    offsets : (B,) integers
        The start of each bag in `input`, ascending from 0.
    max_norm, norm_type
        Scale the rows that are read down to this norm first, in place.
    scale_grad_by_freq
        Whether to divide the gradient of each row by the number of times that it is read; not
        for the maximum.
    mode
        The mean is over the members, without padding. An empty bag results in zeros.
    sparse
        Accepted for compatibility. The gradient is row-sparse for either value.
    per_sample_weights : as `input`
        A factor for each member, for the sum only.
    include_last_offset
        Whether `offsets` has one more entry, the end of the last bag.
    padding_idx
        A row that is no member of any bag. A negative one counts from the end.

    Returns
    -------
    (B, D)

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> embedding_bag(np.array([0, 2, 1]), table, np.array([0, 2]))
    array([[3., 4.],
           [3., 4.]])
    """
    bags, height = np.asarray(input), np.shape(weight)[0]
    if padding_idx is None:
        padding = NO_MEMBER
    else:
        check_padding("embedding_bag", padding_idx, height)
        padding = padding_idx % height
    if offsets is not None:
        starts = np.asarray(offsets)
        ends = starts[1:] if include_last_offset else np.append(starts[1:], len(bags))
        positions = _padded_positions(bags, starts[: len(ends)], ends)
        is_filled = np.asarray(positions >= 0)
        bags = np.where(is_filled, bags[positions] if bags.size else 0, padding)
        if per_sample_weights is not None:
            factors: Any = per_sample_weights
            per_sample_weights = np.where(is_filled, factors[np.maximum(positions, 0)], 0)
    if max_norm is not None:
        shrink_rows_(weight, bags[bags != padding], max_norm, norm_type)
    if per_sample_weights is not None:
        factors = per_sample_weights
        if mode != "sum" or np.shape(factors) != bags.shape:
            raise ValueError(
                f"embedding_bag: per_sample_weights of shape {np.shape(factors)} with input "
                f"{bags.shape} and mode {mode!r}: they must have the shape of the input, and the "
                f"mode must be 'sum'"
            )
    elif mode == "max":
        if scale_grad_by_freq:
            raise ValueError("embedding_bag: scale_grad_by_freq is not defined for mode 'max'")
        return bag_max(weight, bags, padding_idx=padding)
    else:
        factors = _uniform_factors(bags, mode, padding, array_of(weight).dtype)
    return bag_sum(
        weight, bags, factors, padding_idx=padding, scale_grad_by_freq=scale_grad_by_freq
    )


def _padded_positions(indices: Array, starts: Array, ends: Array) -> Array:
    """Return the position of each bag's members in `indices`, (B, largest), padded with −1."""
    sizes = ends - starts if starts.ndim == 1 else np.array([-1])
    is_partition = (sizes >= 0).all() and (not len(starts) or not starts[0])
    if indices.ndim != 1 or not is_partition or (len(ends) and ends[-1] > len(indices)):
        raise ValueError(
            f"embedding_bag: input {indices.shape} with offsets {starts.tolist()}: input "
            f"must be (N,) and offsets ascend from 0 to at most {len(indices)}"
        )
    within = np.arange(int(sizes.max(initial=0)))
    return np.where(within < sizes[:, None], starts[:, None] + within, -1)
