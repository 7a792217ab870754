"""Decompositions into orthogonal factors: QR, and PyTorch's names of the singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.results import QR, SVD
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.linalg import transposed
from tinygrad_w2v.ops.samples import normal


@op(samples=normal([(3, 3)], [(4, 2)], [(2, 3, 2)]))
def orthogonal_and_triangular(x: Array) -> Any:
    """Return Q of tall matrices (..., m, n) above R, (..., m + n, n)."""
    return np.concatenate(np.linalg.qr(x), axis=-2)


@orthogonal_and_triangular.backward("x")
def _qr_rule(g: Any, out: Any) -> Any:
    """Return (gQ + Q · sym(M)) R⁻ᵀ with M = R gRᵀ − gQᵀ Q and its lower triangle mirrored.

    Walter, Lehmann and Lamour, "On evaluating higher-order derivatives of the QR decomposition",
    2012.
    """
    rows = out.shape[-2] - out.shape[-1]
    q, r, of_q, of_r = out[..., :rows, :], out[..., rows:, :], g[..., :rows, :], g[..., rows:, :]
    core = np.matmul(r, transposed(of_r)) - np.matmul(transposed(of_q), q)
    mirrored = np.tril(core) + transposed(np.tril(core, -1))
    total = of_q + np.matmul(q, mirrored)
    return transposed(np.linalg.solve(r, transposed(total)))


@named("linalg")
def qr(A: TensorLike, mode: str = "reduced") -> QR:
    """Return Q with orthonormal columns and an upper triangular R, whose product is the matrix.

    Wide matrices are decomposed by their first columns. ``mode="complete"`` is available for
    square matrices only: the other columns have no gradient.
    """
    x: Any = operand(A)
    rows, columns = np.shape(x)[-2:]
    if mode == "complete" and rows > columns:
        raise ValueError(
            f"qr: a {rows} × {columns} matrix has columns of Q without a gradient: use "
            f"mode='reduced'"
        )
    if mode not in ("reduced", "complete"):
        raise ValueError(f"qr: mode is {mode!r}: use 'reduced'")
    both = orthogonal_and_triangular(x[..., :rows] if rows < columns else x)
    q, r = both[..., :rows, :], both[..., rows:, :]
    if rows < columns:
        r = np.concatenate([r, np.matmul(transposed(q), x[..., rows:])], axis=-1)
    return QR(q, r)


@named("Tensor.qr tg.qr")
def _torch_qr(input: TensorLike, some: bool = True) -> QR:
    """Return :func:`linalg.qr`, with ``mode="complete"`` unless `some`."""
    return qr(input, "reduced" if some else "complete")


@named("linalg.svdvals")
def _svdvals(A: TensorLike, *, driver: str | None = None) -> Any:
    """Return the singular values in descending order; `driver` chooses a GPU's and is not used."""
    return np.linalg.svdvals(operand(A))


@named("linalg.svd")
def _linalg_svd(A: TensorLike, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """Return U, S and Vh: ``U @ diag(S) @ Vh`` is the matrix; see ``numpy.linalg.svd``.

    `driver` chooses a function of a GPU, and is not used.
    """
    return np.linalg.svd(operand(A), full_matrices)


@named("Tensor tg")
def svd(input: TensorLike, some: bool = True, compute_uv: bool = True) -> SVD:
    """Return U, S and V with ``U @ diag(S) @ Vᵀ`` equal to the matrix.

    With ``compute_uv=False``, U and V are zeros.
    """
    x: Any = operand(input)
    left, values, right = np.linalg.svd(x, full_matrices=not some)
    if not compute_uv:
        left, right = 0 * left, 0 * right
    return SVD(left, values, transposed(right))
