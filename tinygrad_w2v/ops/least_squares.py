"""Least squares, and approximations of matrices by ones of low rank."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.results import SVD
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.decomposition import pinv
from tinygrad_w2v.ops.linalg import transposed

_DRIVERS = ("gelsy", "gels", "gelsd", "gelss")


class LeastSquares(NamedTuple):
    """The result of ``linalg.lstsq``."""

    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


@named("linalg")
def lstsq(
    A: TensorLike, B: TensorLike, rcond: float | None = None, *, driver: str | None = None
) -> LeastSquares:
    """Return the X with the least ‖A X − B‖, and among several the smallest one.

    Parameters
    ----------
    A : (..., m, n)
    B : (..., m, k) or (..., m)
    rcond
        Singular values of at most `rcond` times the largest count as 0; by default the larger size
        times the dtype's precision.
    driver
        Accepted as in PyTorch. The solution is the product with the pseudoinverse.

    Returns
    -------
    solution : (..., n, k)
    residuals : (..., k)
        The sums of squares of A X − B; empty unless m > n and the rank is n.
    rank, singular_values
        As the residuals, they are empty for the drivers that do not compute them in PyTorch.
    """
    x, target = operand(A), operand(B)
    if driver not in (None, *_DRIVERS):
        raise ValueError(f"lstsq: driver is {driver!r}: use {', '.join(map(repr, _DRIVERS))}")
    is_vector = target.ndim == x.ndim - 1 and target.shape == x.shape[:-1]
    columns: Any = np.expand_dims(target, -1) if is_vector else target
    rows, unknowns = x.shape[-2:]
    solution = np.matmul(pinv(x, rcond=rcond), columns)
    values = np.linalg.svd(array_of(x), compute_uv=False)
    limit = max(rows, unknowns) * np.finfo(x.dtype).eps if rcond is None else rcond
    ranks = (values > limit * values.max(axis=-1, keepdims=True, initial=0)).sum(axis=-1)
    empty = np.zeros(0, x.dtype)
    residuals: Any = Tensor(empty)
    if driver not in (None, "gelsy") and rows > unknowns and (ranks == unknowns).all():
        difference = np.matmul(x, solution) - columns
        residuals = np.sum(difference * difference, axis=-2)
    has_rank, has_values = driver != "gels", driver in ("gelsd", "gelss")
    return LeastSquares(
        solution[..., 0] if is_vector else solution,
        residuals,
        Tensor(np.asarray(ranks if has_rank else np.zeros(0), np.int64)),
        Tensor(values if has_values else empty),
    )


@named("tg")
def svd_lowrank(
    A: TensorLike, q: int | None = 6, niter: int | None = 2, M: TensorLike | None = None
) -> SVD:
    """Return the `q` largest singular values of A − M, and their vectors.

    They are those of the full decomposition, so that the result is exact and `niter` is not used.
    """
    x: Any = operand(A) if M is None else operand(A) - operand(M)
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return SVD(u[..., :q], s[..., :q], transposed(vh)[..., :q])


@named("tg")
def pca_lowrank(
    A: TensorLike, q: int | None = None, center: bool = True, niter: int | None = 2
) -> SVD:
    """Return the principal components of observations, which are rows; see :func:`svd_lowrank`.

    `q` is the number of components, by default 6 or the smaller size; `center` subtracts the mean.
    """
    x: Any = operand(A)
    count = min(6, *x.shape[-2:]) if q is None else q
    return svd_lowrank(x - np.mean(x, axis=-2, keepdims=True) if center else x, count)
