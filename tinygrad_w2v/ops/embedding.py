"""Reading rows of a table by their indices; the gradient is row-sparse.

This is what replaces the product of a one-hot matrix with the table: the cost no longer depends
on the number of rows, forward or backward.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.indexing import scatter
from tinygrad_w2v.ops.softmax import check_indices


def _scatter_rows(values: Any, rows: Array, shape: tuple[int, ...]) -> Any:
    return scatter(values, index=rows, shape=shape)


RowSparse.scatter = staticmethod(_scatter_rows)


def _embedding(weight: Array, indices: Array) -> Array:
    """Return the rows of a table at `indices`.

    Parameters
    ----------
    weight : (V, D)
    indices : (...) integers within 0 … V − 1
        Of any shape.

    Returns
    -------
    (..., D)

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> W = tg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    >>> rows = tg.nn.functional.embedding(W, [1, 0, 1])
    >>> rows.sum().backward()
    >>> W.grad
    RowSparse(3 of 3 rows, shape (3, 2), float32)
    >>> W.grad.to_dense()  # row 1 was read twice
    array([[1., 1.],
           [2., 2.],
           [0., 0.]], dtype=float32)
    """
    indices = np.asarray(indices)
    check_indices("embedding", "indices", indices, weight.shape[0])
    return weight.take(indices, axis=0)


def _embedding_samples(rng: np.random.Generator) -> list[Sample]:
    table = rng.normal(size=(5, 3))
    return [
        Sample(table, np.array([1, 0, 3, 1])),
        Sample(table, np.array([[4, 4], [4, 2]])),
        Sample(table, np.asarray(2)),
        Sample(table, np.zeros((0, 2), dtype=np.int64)),
    ]


def _embedding_rule(g: Any, shapes: Any, indices: Array) -> RowSparse:
    rows = np.reshape(np.asarray(indices), -1)
    return RowSparse(rows, np.reshape(g, (len(rows), *shapes.weight[1:])), shapes.weight)


embedding = op(_embedding, weight=_embedding_rule, samples=_embedding_samples)


def _embedding_bag(
    weight: Array, indices: Array, *, mode: Literal["mean", "sum"] = "mean", padding_idx: int = -1
) -> Any:
    """Return the mean or the sum of the rows in each bag.

    Parameters
    ----------
    weight : (V, D)
    indices : (B, N) integers
        One bag a row, filled up with `padding_idx` where it has fewer than N members.
    mode
        The mean is over the members, padding not counted. An empty bag gives zeros.
    padding_idx
        The index that stands for no member.

    Returns
    -------
    (B, D)
    """
    indices = np.asarray(indices)
    if indices.ndim != 2:
        raise ValueError(
            f"embedding_bag: indices of shape {indices.shape}: they must be (bags, members)"
        )
    is_member = indices != padding_idx
    members = np.where(is_member, indices, 0)
    check_indices("embedding_bag", "indices", members, weight.shape[0])
    share = _shares(is_member, mode, weight.dtype)
    return np.matmul(share[:, None, :], weight.take(members, axis=0))[:, 0]


def _shares(is_member: Array, mode: str, dtype: np.dtype[Any]) -> Any:
    """Return what each place of each bag counts for, (B, N)."""
    share = is_member.astype(dtype)
    if mode == "sum":
        return share
    if mode == "mean":
        return share / np.maximum(share.sum(axis=1, keepdims=True), 1)
    raise ValueError(f"embedding_bag: mode is {mode!r}: use 'mean' or 'sum'")


def _embedding_bag_rule(
    g: Any, shapes: Any, indices: Array, mode: str, padding_idx: int
) -> RowSparse:
    indices = np.asarray(indices)
    is_member = indices != padding_idx
    bag, place = np.nonzero(is_member)
    share = _shares(is_member, mode, g.dtype)[bag, place]
    return RowSparse(indices[bag, place], g[bag] * share[:, None], shapes.weight)


def _embedding_bag_samples(rng: np.random.Generator) -> list[Sample]:
    table = rng.normal(size=(5, 3))
    bags = np.array([[1, 3, -1], [2, 2, 2], [-1, -1, -1], [0, -1, 4]])
    return [
        Sample(table, bags),
        Sample(table, bags, mode="sum"),
        Sample(table, np.array([[0, 1], [2, 0]]), padding_idx=0),
        Sample(table, np.zeros((0, 2), dtype=np.int64)),
    ]


embedding_bag = op(_embedding_bag, weight=_embedding_bag_rule, samples=_embedding_bag_samples)
