"""Decompositions of matrices that are computed from values: their gradients are not implemented."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.ops.constant import constant


class SingularValues(NamedTuple):
    """The result of ``svd``."""

    U: Any
    S: Any
    V: Any


class Factors(NamedTuple):
    """The result of ``qr``."""

    Q: Any
    R: Any


@constant("Tensor tg", refuses=True)
def svd(input: Array, some: bool = True, compute_uv: bool = True) -> SingularValues:
    """Return U, S and V with ``input = U · diag(S) · Vᵀ``.

    Parameters
    ----------
    some
        Return as many columns as there are singular values, instead of square matrices.
    compute_uv
        If False, U and V are zeros.
    """
    left, values, right = np.linalg.svd(input, full_matrices=not some)
    if not compute_uv:
        left, right = np.zeros_like(left), np.zeros_like(right)
    return SingularValues(left, values, np.swapaxes(right, -1, -2))


@constant("Tensor tg", refuses=True)
def qr(input: Array, some: bool = True) -> Factors:
    """Return an orthogonal Q and an upper triangular R with ``input = Q · R``."""
    return Factors(*np.linalg.qr(input, "reduced" if some else "complete"))


@constant("Tensor tg", refuses=True)
def pinverse(input: Array, rcond: float = 1e-15) -> Any:
    """Return the pseudoinverse of a matrix."""
    return np.linalg.pinv(input, rcond)


@constant("tg")
def matrix_rank(input: Array, tol: float | None = None) -> Any:
    """Return the rank of a matrix."""
    return np.asarray(np.linalg.matrix_rank(input, tol))
