"""Reading rows of a table by index; the gradient is row-sparse.

This replaces the product of a one-hot matrix with the table: the cost does not depend on the
number of rows, forward or backward.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.kernels.rows import take_rows
from tinygrad_w2v.ops.indexing import check_indices, scatter
from tinygrad_w2v.ops.samples import normal

RowSparse.scatter = staticmethod(
    lambda values, rows, shape: scatter(values, index=rows, shape=shape)
)


@op(
    name="embedding",
    samples=normal(
        *([(5, 3), np.array([1, 0, 3, 1])], [(5, 3), np.array([[4, 4], [4, 2]])]),
        *([(5, 3), np.asarray(2)], [(5, 3), np.zeros((0, 2), np.int64)]),
    ),
)
def embedding_rows(
    weight: Array,
    indices: Array,
    *,
    padding_idx: int | None = None,
    scale_grad_by_freq: bool = False,
) -> Any:
    """Return the rows of a table at `indices`; see :func:`embedding`."""
    indices = np.asarray(indices)
    rows = take_rows(weight, indices) if indices.dtype.kind in "iu" else None
    if rows is None:
        check_indices("embedding", "input", indices, weight.shape[0])
    return rows


@embedding_rows.backward("weight")
def _embedding_rule(
    g: Any, shapes: Any, indices: Array, padding_idx: int | None, scale_grad_by_freq: bool
) -> RowSparse:
    rows, values = np.asarray(indices), g
    if rows.ndim != 1:
        rows = rows.reshape(-1)
        values = np.reshape(g, (len(rows), *shapes.weight[1:]))
    if padding_idx is not None:
        is_row = rows != padding_idx % shapes.weight[0]
        rows, values = rows[is_row], values[is_row]
    if scale_grad_by_freq:
        values = divided_by_counts(values, rows)
    return RowSparse(rows, values, shapes.weight)


def divided_by_counts(values: Any, rows: Array) -> Any:
    """Divide the gradient of each row by the number of times that the row was read.

    The result is not a derivative, so the ops' samples do not include it.
    """
    _, inverse, counts = np.unique(rows, return_inverse=True, return_counts=True)
    return values / counts[inverse].astype(values.dtype)[:, None]


@named("F")
def embedding(
    input: TensorLike,
    weight: TensorLike,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """Return the rows of a table at the indices `input`.

    Parameters
    ----------
    input : (...) integers within 0 … V − 1
        Indices of rows.
    weight : (V, D)
        The table. Its gradient is row-sparse.
    padding_idx
        Index of a row without a gradient: training does not change it. A negative one counts
        from the end.
    max_norm, norm_type
        Scale the rows that are read down to this norm first, in place; see :func:`shrink_rows_`.
    scale_grad_by_freq
        Whether to divide the gradient of each row by the number of times that `input` names it.
    sparse
        Accepted for compatibility. The gradient is row-sparse for either value.

    Returns
    -------
    (..., D)

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> W = tg.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    >>> rows = tg.nn.functional.embedding([1, 0, 1], W)
    >>> rows.sum().backward()
    >>> W.grad
    RowSparse(3 of 3 rows, shape (3, 2), float32)
    >>> W.grad.to_dense().tolist()  # row 1 was read twice
    [[1.0, 1.0], [2.0, 2.0], [0.0, 0.0]]
    """
    if max_norm is not None:
        shrink_rows_(weight, input, max_norm, norm_type)
    if padding_idx is None and not scale_grad_by_freq:
        return embedding_rows(weight, input)
    if padding_idx is not None:
        check_padding("embedding", padding_idx, np.shape(weight)[0])
    return embedding_rows(
        weight, input, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    )


def check_padding(name: str, padding_idx: int, rows: int) -> None:
    """Raise IndexError unless `padding_idx` is the index of a row."""
    if not -rows <= padding_idx < rows:
        raise IndexError(
            f"{name}: padding_idx is {padding_idx}, outside the valid range {-rows} to {rows - 1}"
        )


@named()
def shrink_rows_(
    weight: TensorLike, indices: TensorLike, max_norm: float, norm_type: float = 2.0
) -> None:
    """Scale the rows of a table named in `indices` down to a norm of `max_norm`, in place.

    The change is not recorded in the graph.
    """
    if max_norm <= 0:
        raise ValueError(f"shrink_rows_: max_norm is {max_norm}: it must be positive")
    table = array_of(weight)
    rows = np.unique(np.asarray(indices))
    check_indices("shrink_rows_", "indices", rows, table.shape[0])
    values = table[rows]
    norms = np.linalg.norm(values, ord=norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        scale = (max_norm / (norms[long] + 1e-7)).astype(table.dtype)  # the margin is PyTorch's
        table[rows[long]] = values[long] * scale[:, None]
        if isinstance(weight, Tensor):
            weight.bump_version()
