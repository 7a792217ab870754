"""LU decomposition with partial pivoting, and systems solved with it.

The factors are stored as in LAPACK: U in the upper triangle, L below with ones on its diagonal. The
pivots are those rows, counted from 1, with which each row was exchanged in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.linalg import solve, transposed
from tinygrad_w2v.ops.samples import normal


class PLU(NamedTuple):
    """A permutation, and the factors; ``P @ L @ U`` is the matrix."""

    P: Any
    L: Any
    U: Any


class Factors(NamedTuple):
    """The factors in one matrix, and the pivots."""

    LU: Any
    pivots: Any


class FactorsEx(NamedTuple):
    """The factors in one matrix, the pivots, and the number of the first pivot that is 0, or 0."""

    LU: Any
    pivots: Any
    info: Any


def _eliminate(x: Array, *, pivots: Array | None = None) -> Array:
    """Return L and U of matrices in one; rows are exchanged if there is an array for pivots."""
    x = np.array(x)
    rows, columns = x.shape[-2:]
    for k in range(min(rows, columns)):
        if pivots is not None:
            best = k + np.argmax(np.abs(x[..., k:, k]), axis=-1)[..., None, None]
            pivots[..., k] = best[..., 0, 0] + 1
            chosen, current = np.take_along_axis(x, best, -2), x[..., k : k + 1, :].copy()
            np.put_along_axis(x, best, current, -2)
            x[..., k : k + 1, :] = chosen
        pivot = x[..., k, None, k]
        x[..., k + 1 :, k] /= np.where(pivot == 0, 1, pivot)
        x[..., k + 1 :, k + 1 :] -= x[..., k + 1 :, k, None] * x[..., k, None, k + 1 :]
    return x


def _dominant(*shape: int) -> Callable[[np.random.Generator], Array]:
    return lambda rng: rng.normal(size=shape) + 4 * np.eye(shape[-1])


@op(samples=normal([_dominant(3, 3)], [_dominant(2, 2, 2)], [(0, 2, 2)]))
def eliminate(x: Array) -> Any:
    """Return the factors of square matrices, without exchanging rows."""
    return _eliminate(x)


@eliminate.backward("x")
def _eliminate_rule(g: Any, out: Any) -> Any:
    """Return L⁻ᵀ (tril(Lᵀ gL, −1) + triu(gU Uᵀ)) U⁻ᵀ.

    Walter and Lehmann, "Algorithmic differentiation of linear algebra functions", 2010, 3.3.
    """
    lower, upper = _triangles(out)
    of_lower = np.tril(np.matmul(transposed(lower), np.tril(g, -1)), -1)
    of_upper = np.triu(np.matmul(np.triu(g), transposed(upper)))
    left = solve(transposed(lower), of_lower + of_upper)
    return transposed(solve(upper, transposed(left)))


def _triangles(x: Any) -> tuple[Any, Any]:
    """Return L, (..., m, k), and U, (..., k, n), of factors (..., m, n), where k = min(m, n)."""
    rows, columns = x.shape[-2:]
    count = min(rows, columns)
    lower = np.tril(x[..., :count], -1) + np.eye(rows, count, dtype=x.dtype)
    return lower, np.triu(x[..., :count, :])


def _order(pivots: Array, rows: int) -> Array:
    """Return the rows in the order in which the exchanges put them."""
    order: Array = np.broadcast_to(np.arange(rows), (*pivots.shape[:-1], rows)).copy()
    for k in range(pivots.shape[-1]):
        with_row = pivots[..., k : k + 1].astype(np.int64) - 1
        other = np.take_along_axis(order, with_row, -1)
        np.put_along_axis(order, with_row, order[..., k : k + 1].copy(), -1)
        order[..., k : k + 1] = other
    return order


def _reordered(x: Any, order: Array) -> Any:
    shape = np.broadcast_shapes(np.shape(x)[:-2], order.shape[:-1])
    index = np.broadcast_to(order[..., None], (*shape, order.shape[-1], np.shape(x)[-1]))
    return take_along_dim(np.broadcast_to(x, (*shape, *np.shape(x)[-2:])), index, axis=-2)


def _factored(A: TensorLike, pivot: bool) -> tuple[Any, Array]:
    """Return the factors and the pivots."""
    x: Any = operand(A)
    rows, columns = x.shape[-2:]
    count = min(rows, columns)
    pivots = np.zeros((*x.shape[:-2], count), np.int32)
    pivots += np.arange(1, count + 1, dtype=np.int32)
    if pivot:
        _eliminate(array_of(x), pivots=pivots)
        x = _reordered(x, _order(pivots, rows))
    factors = eliminate(x[..., :count, :count])
    lower, upper = _triangles(factors)
    if rows > columns:
        below = transposed(solve(transposed(upper), transposed(x[..., count:, :])))
        factors = np.concatenate([factors, below], axis=-2)
    elif columns > rows:
        right = solve(lower, x[..., count:])
        factors = np.concatenate([factors, right], axis=-1)
    return factors, pivots


def _info(factors: Any) -> Tensor:
    is_zero = np.equal(np.diagonal(array_of(factors), axis1=-2, axis2=-1), 0)
    first = np.argmax(is_zero, axis=-1) + 1 if is_zero.shape[-1] else 0
    return Tensor(np.asarray(np.where(is_zero.any(axis=-1), first, 0), np.int32))


@named("linalg")
def lu_factor(A: TensorLike, *, pivot: bool = True) -> Factors:
    """Return the LU decomposition in one matrix, and its pivots."""
    factors, pivots = _factored(A, pivot)
    return Factors(factors, Tensor(pivots))


@named("linalg")
def lu_factor_ex(A: TensorLike, *, pivot: bool = True, check_errors: bool = False) -> FactorsEx:
    """Return :func:`lu_factor`, and the number of the first pivot that is 0, or 0."""
    factors, pivots = lu_factor(A, pivot=pivot)
    return FactorsEx(factors, pivots, _info(factors))


@named("Tensor.lu tg.lu")
def _torch_lu(A: TensorLike, pivot: bool = True, get_infos: bool = False) -> Any:
    """Return :func:`lu_factor`, with `get_infos` also the number of the first pivot that is 0."""
    factors = lu_factor(A, pivot=pivot)
    return (*factors, _info(factors.LU)) if get_infos else tuple(factors)


def _permutation(pivots: Array, rows: int, dtype: Any) -> Tensor:
    inverse = np.argsort(_order(pivots, rows), axis=-1)
    return Tensor(np.eye(rows, dtype=dtype)[inverse])


@named("linalg")
def lu(A: TensorLike, *, pivot: bool = True) -> PLU:
    """Return P, L and U, whose product is the matrix; P is empty without `pivot`.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> P, L, U = lu(tg.tensor([[0.0, 1.0], [2.0, 4.0]]))
    >>> L
    tensor([[1., 0.],
            [0., 1.]])
    >>> P @ L @ U
    tensor([[0., 1.],
            [2., 4.]])
    """
    factors, pivots = _factored(A, pivot)
    of_rows = _permutation(pivots, factors.shape[-2], factors.dtype)
    return PLU(of_rows if pivot else Tensor(np.zeros(0, factors.dtype)), *_triangles(factors))


@named("tg")
def lu_unpack(
    LU_data: TensorLike,
    LU_pivots: TensorLike,
    unpack_data: bool = True,
    unpack_pivots: bool = True,
) -> PLU:
    """Return P, L and U of :func:`lu_factor`'s result; what is not unpacked is empty."""
    x: Any = operand(LU_data)
    empty = Tensor(np.zeros(0, x.dtype))
    of_rows = _permutation(array_of(LU_pivots), x.shape[-2], x.dtype) if unpack_pivots else empty
    return PLU(of_rows, *(_triangles(x) if unpack_data else (empty, empty)))


@named("linalg.lu_solve")
def _lu_solve(
    LU: TensorLike,
    pivots: TensorLike,
    B: TensorLike,
    *,
    left: bool = True,
    adjoint: bool = False,
) -> Any:
    """Return the solution X of A X = B, or of X A = B, for A with these factors and pivots.

    With `adjoint`, A is transposed.
    """
    x, target = operand(LU), operand(B)
    if not left:
        return transposed(_lu_solve(x, pivots, transposed(target), adjoint=not adjoint))
    lower, upper = _triangles(x)
    order = _order(array_of(pivots), x.shape[-2])
    batch: Shape = np.broadcast_shapes(x.shape[:-2], target.shape[:-2])
    target = np.broadcast_to(target, (*batch, *target.shape[-2:]))
    if not adjoint:
        return solve(upper, solve(lower, _reordered(target, order)))
    found = solve(transposed(lower), solve(transposed(upper), target))
    return _reordered(found, np.argsort(order, axis=-1))


@named("Tensor tg")
def lu_solve(b: TensorLike, LU_data: TensorLike, LU_pivots: TensorLike) -> Any:
    """Return the solution X of A X = b for A with these factors and pivots."""
    return _lu_solve(LU_data, LU_pivots, b)
