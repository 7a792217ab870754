"""Decompositions of matrices: singular values and vectors, eigenvalues and -vectors, pseudoinverse.

Vectors are determined up to their sign, and for equal values up to a rotation. Gradients through
them are those of a function that does not depend on this choice, such as ``U @ Vh``; with equal
singular values or eigenvalues they are infinite or NaN. Gradients through the values always exist.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.linalg import symmetric_of, transposed
from tinygrad_w2v.ops.samples import normal


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + transposed(x))


def _diagonals(rows: Any, matrix: Any, columns: Any) -> Any:
    """Return the diagonals of ``rowsᵀ · matrix · columns``."""
    return np.sum(rows * np.matmul(matrix, columns), axis=-2)


def _inverse_gaps(values: Any) -> Any:
    """Return 1 / (values[j] − values[i]), and 0 on the diagonal."""
    size = values.shape[-1]
    same = np.eye(size, dtype=bool)
    gaps = np.expand_dims(values, -2) - np.expand_dims(values, -1)
    with np.errstate(divide="ignore"):
        return np.where(same, 0.0, 1.0 / np.where(same, 1.0, gaps))


def _scaled(vectors: Any, factors: Any) -> Any:
    return vectors * np.expand_dims(factors, -2)


# --- symmetric matrices --------------------------------------------------------------------------

_SYMMETRIC_SAMPLES = normal([(3, 3)], [(2, 2, 2)])


@op(samples=_SYMMETRIC_SAMPLES)
def eigenvectors(x: Array) -> Any:
    """Return the eigenvectors of symmetric matrices as columns, in ascending order of values."""
    return np.linalg.eigh(_symmetric(x))[1]


@eigenvectors.backward("x")
def _eigenvectors_rule(g: Any, x: Any, out: Any) -> Any:
    """Giles, "An extended collection of matrix derivative results", 2008, section 3.1."""
    values = _diagonals(out, _symmetric(x), out)
    inner = _inverse_gaps(values) * np.matmul(transposed(out), g)
    return _symmetric(np.matmul(np.matmul(out, inner), transposed(out)))


@op(
    x=lambda g, x: np.matmul(_scaled(v := eigenvectors(x), g), transposed(v)),
    samples=_SYMMETRIC_SAMPLES,
)
def eigenvalues(x: Array) -> Any:
    """Return the eigenvalues of symmetric matrices in ascending order.

    The input is replaced by the mean of itself and its transpose, as in :func:`cholesky`.
    """
    return np.linalg.eigvalsh(_symmetric(x))


@named("linalg.eigvalsh np.linalg.eigvalsh")
def _eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues of symmetric matrices in ascending order.

    Only one triangle of a matrix that is not symmetric is used, the lower one for ``UPLO="L"``.
    """
    return eigenvalues(symmetric_of(a, UPLO == "U"))


@named("linalg.eigh np.linalg.eigh")
def _eigh(a: Any, UPLO: str = "L") -> Any:
    """Return the eigenvalues and the eigenvectors of symmetric matrices; see :func:`eigvalsh`."""
    x = symmetric_of(a, UPLO == "U")
    result = np.linalg.eigh(np.eye(1))
    return result._replace(eigenvalues=eigenvalues(x), eigenvectors=eigenvectors(x))


# --- singular values -----------------------------------------------------------------------------

_MATRIX_SAMPLES = normal([(3, 3)], [(4, 2)], [(2, 2, 3)])


@op(samples=_MATRIX_SAMPLES)
def singular_vectors(x: Array) -> Any:
    """Return the left singular vectors of (..., m, n) matrices above the right ones, as columns."""
    left, _, right = np.linalg.svd(x, full_matrices=False)
    return np.concatenate([left, transposed(right)], axis=-2)


@singular_vectors.backward("x")
def _singular_vectors_rule(g: Any, x: Any, out: Any) -> Any:
    """Townsend, "Differentiating the singular value decomposition", 2016, equation 20."""
    m = x.shape[-2]
    u, v, of_u, of_v = out[..., :m, :], out[..., m:, :], g[..., :m, :], g[..., m:, :]
    values = _diagonals(u, x, v)
    gaps = _inverse_gaps(values * values)
    turn_u = gaps * (inner_u := np.matmul(transposed(u), of_u)) - gaps * transposed(inner_u)
    turn_v = gaps * (inner_v := np.matmul(transposed(v), of_v)) - gaps * transposed(inner_v)
    core = turn_u * np.expand_dims(values, -2) + np.expand_dims(values, -1) * turn_v
    total = np.matmul(np.matmul(u, core), transposed(v))
    # Outside the spaces that the vectors span, if the matrix is not square.
    rest_u = _scaled(of_u - np.matmul(u, inner_u), 1 / values)
    rest_v = _scaled(of_v - np.matmul(v, inner_v), 1 / values)
    return total + np.matmul(rest_u, transposed(v)) + np.matmul(u, transposed(rest_v))


@op(names="np.linalg.svdvals", samples=_MATRIX_SAMPLES)
def singular_values(x: Array) -> Any:
    """Return the singular values of (..., m, n) matrices in descending order."""
    return np.linalg.svd(x, compute_uv=False)


@singular_values.backward("x")
def _singular_values_rule(g: Any, x: Any) -> Any:
    vectors, m = singular_vectors(x), x.shape[-2]
    return np.matmul(_scaled(vectors[..., :m, :], g), transposed(vectors[..., m:, :]))


@named("np.linalg.svd")
def _numpy_svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """Decompose as NumPy does; the vectors that make U or V square have no gradient."""
    if not compute_uv:
        return singular_values(a)
    m, n = np.shape(a)[-2:]
    vectors, s = singular_vectors(a), singular_values(a)
    u, v = vectors[..., :m, :], vectors[..., m:, :]
    if full_matrices and m != n:
        left, _, right = np.linalg.svd(array_of(a))
        u = np.concatenate([u, left[..., n:]], axis=-1)
        v = np.concatenate([v, transposed(right)[..., m:]], axis=-1)
    return np.linalg.svd(np.eye(1))._replace(U=u, S=s, Vh=transposed(v))


@op(
    names="Tensor.pinverse tg.pinverse np.linalg.pinv",
    samples=normal([(3, 2)], [(2, 3)], [(2, 2, 2)]),
)
def pinv(x: Array, *, rcond: Any = None) -> Any:
    """Return the pseudoinverse of matrices, whose rank must not change near them.

    Singular values below `rcond` times the largest count as 0; by default the larger size times the
    dtype's precision.
    """
    return np.linalg.pinv(x, rcond)


@pinv.backward("x")
def _pinv_rule(g: Any, x: Any, out: Any) -> Any:
    """Golub and Pereyra, "The differentiation of pseudo-inverses", 1973, equation 4.12."""
    of_out, flipped = transposed(out), transposed(g)
    first = np.matmul(np.matmul(of_out, g), of_out)
    second = np.matmul(flipped, np.matmul(out, of_out))
    third = np.matmul(np.matmul(of_out, out), flipped)
    second = second - np.matmul(x, np.matmul(out, second))
    third = third - np.matmul(np.matmul(third, out), x)
    return second + third - first


@named("linalg.pinv")
def _pinv(
    A: TensorLike,
    rcond: float | None = None,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
) -> Any:
    """Return the pseudoinverse.

    Singular values of at most max(atol, rtol · the largest) count as 0.

    Parameters
    ----------
    atol, rtol
        By default `atol` is 0 and `rtol` the larger size times the dtype's precision, or 0 with an
        `atol`; `rcond` is an older name of `rtol`.
    hermitian
        Whether the matrices are symmetric; then only the lower triangle is used.
    """
    x: Any = symmetric_of(A, False) if hermitian else operand(A)
    relative = rcond if rtol is None else rtol
    if atol is not None:
        largest = np.linalg.norm(array_of(x), 2, (-2, -1))
        absolute = np.divide(array_of(atol), largest, out=np.zeros_like(largest), where=largest > 0)
        relative = np.maximum(absolute, 0.0 if relative is None else relative)
    return pinv(x, rcond=relative)
