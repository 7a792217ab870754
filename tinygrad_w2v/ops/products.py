"""Products of matrices and vectors under PyTorch's names, and sums with products."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.linalg import dot, inv, logabsdet, matmul, outer
from tinygrad_w2v.ops.reduction import norm

_KINDS = ("a number", "a vector", "a matrix", "matrices, (batch, rows, columns)")


def _require(name: str, **operands: tuple[TensorLike, int]) -> None:
    """Raise ValueError for an operand that has not the number of axes stated."""
    for argument, (x, ndim) in operands.items():
        if np.ndim(x) != ndim:
            raise ValueError(
                f"{name}: {argument} has shape {tuple(np.shape(x))}: it must be {_KINDS[ndim]}; "
                f"matmul takes any"
            )


@named("Tensor tg")
def mm(input: TensorLike, mat2: TensorLike) -> Any:
    """Return the product of two matrices."""
    _require("mm", input=(input, 2), mat2=(mat2, 2))
    return matmul(input, mat2)


@named("Tensor tg")
def mv(input: TensorLike, vec: TensorLike) -> Any:
    """Return the product of a matrix and a vector."""
    _require("mv", input=(input, 2), vec=(vec, 1))
    return matmul(input, vec)


@named("Tensor tg")
def bmm(input: TensorLike, mat2: TensorLike) -> Any:
    """Return the products of two batches of matrices, (B, N, M) and (B, M, P)."""
    _require("bmm", input=(input, 3), mat2=(mat2, 3))
    if np.shape(input)[0] != np.shape(mat2)[0]:
        raise ValueError(
            f"bmm: {tuple(np.shape(input))} and {tuple(np.shape(mat2))}: the batches differ in size"
        )
    return matmul(input, mat2)


@named("Tensor tg")
def vdot(input: TensorLike, other: TensorLike) -> Any:
    """Return the inner product of two vectors."""
    return dot(input, other)


@named("Tensor tg")
def ger(input: TensorLike, vec2: TensorLike) -> Any:
    """Return the outer product of two vectors."""
    return outer(input, vec2)


@named("tg")
def chain_matmul(*matrices: TensorLike) -> Any:
    """Return the product of several matrices, from left to right."""
    return functools.reduce(mm, matrices)


@named("Tensor tg linalg")
def matrix_power(input: TensorLike, n: int) -> Any:
    """Return a square matrix, or a batch of them, multiplied n times; negative n inverts it."""
    x: Any = operand(input)
    if n < 0:
        x, n = inv(x), -n
    if n == 0:
        return np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape) + 0 * x
    return functools.reduce(matmul, [x] * n)


def _sum(input: Any, product: Any, beta: float, alpha: float) -> Any:
    """Return ``beta * input + alpha * product``; with ``beta=0`` the input is not used."""
    product = product if alpha == 1 else alpha * product
    if beta == 0:
        return product
    return product + (operand(input) if beta == 1 else beta * operand(input))


@named("Tensor_ tg")
def addmm(
    input: TensorLike,
    mat1: TensorLike,
    mat2: TensorLike,
    *,
    beta: float = 1,
    alpha: float = 1,
) -> Any:
    """Return ``beta * input + alpha * (mat1 @ mat2)``."""
    return _sum(input, mm(mat1, mat2), beta, alpha)


@named("Tensor_ tg")
def addmv(
    input: TensorLike,
    mat: TensorLike,
    vec: TensorLike,
    *,
    beta: float = 1,
    alpha: float = 1,
) -> Any:
    """Return ``beta * input + alpha * (mat @ vec)``."""
    return _sum(input, mv(mat, vec), beta, alpha)


@named("Tensor_ tg")
def addr(
    input: TensorLike,
    vec1: TensorLike,
    vec2: TensorLike,
    *,
    beta: float = 1,
    alpha: float = 1,
) -> Any:
    """Return ``beta * input + alpha * outer(vec1, vec2)``."""
    return _sum(input, outer(vec1, vec2), beta, alpha)


@named("Tensor_ tg")
def baddbmm(
    input: TensorLike,
    batch1: TensorLike,
    batch2: TensorLike,
    *,
    beta: float = 1,
    alpha: float = 1,
) -> Any:
    """Return ``beta * input + alpha * bmm(batch1, batch2)``."""
    return _sum(input, bmm(batch1, batch2), beta, alpha)


@named("Tensor_ tg")
def addbmm(
    input: TensorLike,
    batch1: TensorLike,
    batch2: TensorLike,
    *,
    beta: float = 1,
    alpha: float = 1,
) -> Any:
    """Return ``beta * input`` and ``alpha`` times the sum of the products of a batch."""
    return _sum(input, np.sum(bmm(batch1, batch2), axis=0), beta, alpha)


@named("Tensor_ tg")
def addcmul(
    input: TensorLike,
    tensor1: TensorLike,
    tensor2: TensorLike,
    *,
    value: float = 1,
) -> Any:
    """Return ``input + value * tensor1 * tensor2``."""
    return _sum(input, operand(tensor1) * operand(tensor2), 1, value)


@named("Tensor_ tg")
def addcdiv(
    input: TensorLike,
    tensor1: TensorLike,
    tensor2: TensorLike,
    *,
    value: float = 1,
) -> Any:
    """Return ``input + value * tensor1 / tensor2``."""
    return _sum(input, operand(tensor1) / operand(tensor2), 1, value)


@named("Tensor tg")
def dist(input: TensorLike, other: TensorLike, p: float = 2) -> Any:
    """Return the p-norm of the difference of two tensors."""
    return norm(operand(input) - operand(other), p=p)


@named("Tensor tg")
def logdet(input: TensorLike) -> Any:
    """Return the logarithm of the determinant of square matrices; NaN where it is negative."""
    x: Any = operand(input)
    signs = np.linalg.slogdet(np.asarray(x.detach() if hasattr(x, "detach") else x))[0]
    found = logabsdet(x)
    return found if np.all(signs > 0) else np.where(signs < 0, np.nan, found)
