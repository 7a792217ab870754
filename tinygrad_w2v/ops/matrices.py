"""Matrix functions composed of ops: norms, triangular systems, exponentials; ``torch.linalg``'s."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Axis, TensorLike
from tinygrad_w2v.ops.linalg import cholesky as factor
from tinygrad_w2v.ops.linalg import dot, inv, matmul, solve, symmetric_of, transposed
from tinygrad_w2v.ops.reduction import norm
from tinygrad_w2v.ops.statistics import vander

# --- norms ---------------------------------------------------------------------------------------


@named("linalg")
def vector_norm(
    x: TensorLike, ord: float = 2, dim: Axis = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """Return the norm of all values of `x`, or along axes: ``(Σ |x|^ord)^(1/ord)``."""
    x = operand(x) if dtype is None else operand(x).astype(dtype)
    return norm(x, p=ord, axis=tuple(dim) if isinstance(dim, list) else dim, keepdims=keepdim)


@named("linalg")
def matrix_norm(
    A: TensorLike,
    ord: float | str = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Return a norm of matrices.

    Parameters
    ----------
    A : (..., m, n)
        The matrices, in the axes `dim`.
    ord
        ``"fro"``, the root of the sum of squares; ``"nuc"``, the sum of the singular values; 2 and
        −2, the largest and the smallest singular value; 1, −1, inf and −inf, the largest and the
        smallest sum of absolute values of a column or a row.
    """
    x: Any = operand(A) if dtype is None else operand(A).astype(dtype)
    rows, columns = (axis % np.ndim(x) for axis in dim)
    if ord == "fro":
        return norm(x, p=2, axis=(rows, columns), keepdims=keepdim)
    x = np.moveaxis(x, (rows, columns), (-2, -1))
    if ord in ("nuc", 2, -2):
        values = np.linalg.svdvals(x)
        reduce: Any = {"nuc": np.sum, 2: np.max, -2: np.min}[ord]
        found = reduce(values, axis=-1)
    elif ord in (1, -1, math.inf, -math.inf):
        sums = np.sum(np.abs(x), axis=-2 if abs(ord) == 1 else -1)
        found = (np.max if ord > 0 else np.min)(sums, axis=-1)
    else:
        raise ValueError(
            f"matrix_norm: ord is {ord!r}: it must be 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
        )
    return np.expand_dims(found, (rows, columns)) if keepdim else found


@named("Tensor.norm tg.norm")
def _norm(
    input: TensorLike,
    p: float | str | None = "fro",
    dim: Axis = None,
    keepdim: bool = False,
    dtype: Any = None,
) -> Any:
    """Return the norm of all values, or over axes; ``p="nuc"`` is that of matrices."""
    x = operand(input) if dtype is None else operand(input).astype(dtype)
    axes: Any = tuple(dim) if isinstance(dim, list) else dim
    if p == "nuc":
        return matrix_norm(x, "nuc", (-2, -1) if axes is None else axes, keepdim)
    return norm(x, p=p, axis=axes, keepdims=keepdim)


@named("linalg.norm")
def _matrix_or_vector_norm(
    A: TensorLike,
    ord: float | str | None = None,
    dim: Axis = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Any:
    """Return :func:`matrix_norm` for two axes and a given `ord`, else :func:`vector_norm`."""
    axes = (dim,) if isinstance(dim, int) else dim
    is_matrix = len(axes) == 2 if axes is not None else np.ndim(operand(A)) == 2
    if ord is None or not is_matrix:
        if isinstance(ord, str):
            raise ValueError(f"norm: ord={ord!r} needs a matrix, or two axes in dim")
        return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)
    return matrix_norm(A, ord, tuple(axes or (-2, -1)), keepdim, dtype=dtype)  # type: ignore[arg-type]


@named("linalg")
def cond(A: TensorLike, p: float | str | None = None) -> Any:
    """Return the condition number: the norm of a matrix times that of its inverse."""
    x: Any = operand(A)
    if p in (None, 2, -2):
        values = np.linalg.svdvals(x)
        largest, smallest = values[..., 0], values[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    return matrix_norm(x, p) * matrix_norm(inv(x), p)


# --- products ------------------------------------------------------------------------------------


@named("linalg")
def multi_dot(tensors: Sequence[TensorLike]) -> Any:
    """Return the product of several matrices; the first and the last may be vectors."""
    return functools.reduce(matmul, map(operand, tensors))


@named("linalg")
def vecdot(x: TensorLike, y: TensorLike, *, dim: int = -1) -> Any:
    """Return the inner products of vectors along an axis, broadcasting the others."""
    return np.sum(operand(x) * operand(y), axis=dim)


@named("linalg.diagonal")
def _diagonal(A: TensorLike, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Return the diagonals of matrices in the last two axes."""
    return np.diagonal(operand(A), offset, dim1, dim2)


@named("linalg.vander")
def _vander(x: TensorLike, *, N: int | None = None) -> Any:
    """Return the powers of each value in increasing order, (..., n, N)."""
    values: Any = operand(x)
    if not np.ndim(values):
        values = np.reshape(values, (1,))
    rows = np.reshape(values, (-1, np.shape(values)[-1]))
    powers = [vander(row, N, increasing=True) for row in rows]
    return np.reshape(np.stack(powers), (*np.shape(values), -1))


@named("Tensor tg linalg")
def matrix_exp(A: TensorLike) -> Any:
    """Return the exponential of square matrices, Σ Aᵏ/k!.

    Computed by scaling and squaring: exp(A) = exp(A / 2ˢ)^(2ˢ), with the series of the scaled
    matrix, whose norm is at most 1/2, to 18 terms.
    """
    x: Any = operand(A)
    sizes = np.abs(array_of(x)).sum(axis=-2).max(initial=0)
    squarings = max(0, math.ceil(math.log2(sizes)) + 1) if sizes > 0 else 0
    x = x / 2**squarings
    identity = np.eye(x.shape[-1], dtype=x.dtype)
    total: Any = identity + 0 * x
    for k in range(18, 0, -1):  # Horner's scheme
        total = identity + np.matmul(x, total) / k
    for _ in range(squarings):
        total = np.matmul(total, total)
    return total


# --- systems -------------------------------------------------------------------------------------


class CholeskyEx(NamedTuple):
    """The factor, and 0 where the matrix is positive definite."""

    L: Any
    info: Any


class InverseEx(NamedTuple):
    """The inverse, and 0 where the matrix is regular."""

    inverse: Any
    info: Any


class SolveEx(NamedTuple):
    """The solution, and 0 where the matrix is regular."""

    result: Any
    info: Any


class TriangularSolution(NamedTuple):
    """The solution, and the matrix as given."""

    solution: Any
    cloned_coefficient: Any


def _zeros(x: Any) -> Tensor:
    return Tensor(np.zeros(np.shape(x)[:-2], np.int32))


@named("Tensor tg linalg")
def cholesky(x: TensorLike, upper: bool = False) -> Any:
    """Return the triangular factor of positive definite matrices: L with L Lᵀ, or its transpose.

    Only one triangle of a matrix that is not symmetric is used, the upper one if `upper`.
    """
    lower = factor(symmetric_of(x, upper))
    return transposed(lower) if upper else lower


@named("linalg")
def cholesky_ex(A: TensorLike, *, upper: bool = False, check_errors: bool = False) -> Any:
    """Return the factor of :func:`cholesky`, and 0; a matrix that has none raises an error."""
    return CholeskyEx(cholesky(A, upper), _zeros(A))


@named("linalg")
def inv_ex(A: TensorLike, *, check_errors: bool = False) -> Any:
    """Return the inverse, and 0; a singular matrix raises an error."""
    return InverseEx(inv(A), _zeros(A))


@named("linalg")
def solve_ex(A: TensorLike, B: TensorLike, *, left: bool = True, check_errors: bool = False) -> Any:
    """Return the solution X of A X = B, or of X A = B, and 0; a singular matrix raises an error."""
    return SolveEx(_solved(A, B, left), _zeros(A))


@named("linalg.solve")
def _solve(A: TensorLike, B: TensorLike, *, left: bool = True) -> Any:
    """Return the solution X of A X = B, or of X A = B.

    B is one vector, a vector for each matrix, or (..., n, k) columns.
    """
    return _solved(A, B, left)


def _solved(A: Any, B: Any, left: bool) -> Any:
    x, target = operand(A), operand(B)
    if target.ndim > 1 and target.shape == x.shape[:-1]:
        return solve(x, np.expand_dims(target, -1))[..., 0]
    if left:
        return solve(x, target)
    return transposed(solve(transposed(x), transposed(target)))


@named("linalg")
def solve_triangular(
    A: TensorLike, B: TensorLike, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """Return the solution X of A X = B, or of X A = B, for triangular matrices.

    Only the upper or the lower triangle of `A` is used, and with `unitriangular` only what is
    beside the diagonal, which then counts as ones.
    """
    x: Any = operand(A)
    side = int(unitriangular)
    x = np.triu(x, side) if upper else np.tril(x, -side)
    if unitriangular:
        x = x + np.eye(x.shape[-1], dtype=x.dtype)
    return _solved(x, B, left)


@named("Tensor tg")
def triangular_solve(
    b: TensorLike,
    A: TensorLike,
    upper: bool = True,
    transpose: bool = False,
    unitriangular: bool = False,
) -> Any:
    """Return the solution of A X = b, or Aᵀ X = b, for a triangular A, and A."""
    x: Any = operand(A)
    given = transposed(x) if transpose else x
    solution = solve_triangular(given, b, upper=upper != transpose, unitriangular=unitriangular)
    return TriangularSolution(solution, x)


@named("Tensor tg")
def cholesky_solve(B: TensorLike, L: TensorLike, upper: bool = False) -> Any:
    """Return the solution X of ``L Lᵀ X = B``, or of ``Lᵀ L X = B`` for an upper factor."""
    x: Any = operand(L)
    lower = transposed(np.triu(x)) if upper else np.tril(x)
    return solve(transposed(lower), solve(lower, B))


@named("Tensor tg")
def cholesky_inverse(L: TensorLike, upper: bool = False) -> Any:
    """Return the inverse of the matrix whose factor is `L`."""
    x: Any = operand(L)
    return cholesky_solve(np.eye(x.shape[-1], dtype=x.dtype), x, upper)


@named("linalg")
def tensorinv(A: TensorLike, ind: int = 2) -> Any:
    """Return the inverse of the map from the last axes of `A` to its first `ind` axes."""
    x: Any = operand(A)
    shape = np.shape(x)
    size = math.prod(shape[:ind])
    return np.reshape(inv(np.reshape(x, (size, -1))), (*shape[ind:], *shape[:ind]))


@named("linalg")
def tensorsolve(A: TensorLike, B: TensorLike, dims: Sequence[int] | None = None) -> Any:
    """Return X with ``tensordot(A, X, X.ndim) = B``."""
    x: Any = operand(A)
    target: Any = operand(B)
    if dims is not None:
        rest = [axis for axis in range(np.ndim(x)) if axis not in {d % np.ndim(x) for d in dims}]
        x = np.transpose(x, (*rest, *dims))
    shape = np.shape(x)[np.ndim(target) :]
    rows = math.prod(np.shape(target))
    return np.reshape(solve(np.reshape(x, (rows, -1)), np.reshape(target, -1)), shape)


@named("linalg tg")
def matrix_rank(
    A: TensorLike,
    tol: float | TensorLike | None = None,
    *,
    atol: float | TensorLike | None = None,
    rtol: float | TensorLike | None = None,
    hermitian: bool = False,
) -> Any:
    """Return the number of singular values above max(atol, rtol · the largest); no gradient."""
    x, atol = array_of(A), tol if atol is None else atol
    values = np.linalg.svd(x, compute_uv=False)
    if rtol is None:
        rtol = max(x.shape[-2:]) * np.finfo(x.dtype).eps if atol is None else 0.0
    least = 0.0 if atol is None else np.expand_dims(array_of(atol), -1)
    relative = np.expand_dims(array_of(rtol), -1)
    limit = np.maximum(least, relative * values.max(axis=-1, keepdims=True, initial=0))
    return Tensor(np.asarray((values > limit).sum(axis=-1)))


@named("linalg.dot")
def _dot(x: TensorLike, y: TensorLike) -> Any:
    """Return the inner product of two vectors."""
    return dot(x, y)
