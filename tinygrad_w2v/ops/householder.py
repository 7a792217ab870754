"""Householder reflections 1 − τ v vᵀ: QR decompositions in this form, and their products.

The vectors v are the columns of a matrix below its diagonal, with a one on the diagonal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.constant import constant
from tinygrad_w2v.ops.linalg import transposed


class Reflections(NamedTuple):
    """The result of ``geqrf``."""

    a: Any
    tau: Any


@constant("Tensor tg")
def geqrf(input: Array) -> Any:
    """Return the QR decomposition as LAPACK does: R with the vectors below, and the factors τ."""
    if not input.size:
        rows, columns = input.shape[-2:]
        return Reflections(input.copy(), np.zeros((*input.shape[:-2], min(rows, columns))))
    flat = input.reshape(-1, *input.shape[-2:])
    pairs = [np.linalg.qr(matrix, mode="raw") for matrix in flat]
    below = np.stack([pair[0].T for pair in pairs]).reshape(input.shape)
    tau = np.stack([pair[1] for pair in pairs])
    return Reflections(below, tau.reshape(*input.shape[:-2], -1))


def _reflected(x: Any, vectors: Any, factors: Any, order: Iterable[int]) -> Any:
    """Multiply by reflections from the left, one after the other."""
    for k in order:
        v = vectors[..., k : k + 1]
        x = x - factors[..., k : k + 1, None] * np.matmul(v, np.matmul(transposed(v), x))
    return x


def _vectors(A: TensorLike) -> Any:
    x: Any = operand(A)
    return np.tril(x, -1) + np.eye(*x.shape[-2:], dtype=x.dtype)


@named("linalg tg.orgqr Tensor.orgqr")
def householder_product(A: TensorLike, tau: TensorLike) -> Any:
    """Return the first columns of the product of Householder reflections 1 − τ v vᵀ.

    The vectors v are the columns of `A` below its diagonal, with a one on the diagonal.
    """
    vectors, factors = _vectors(A), operand(tau)
    columns = np.broadcast_to(np.eye(*vectors.shape[-2:], dtype=vectors.dtype), vectors.shape)
    count = np.shape(factors)[-1]
    return _reflected(columns + 0 * vectors, vectors, factors, range(count - 1, -1, -1))


@named("Tensor tg")
def ormqr(
    input: TensorLike,
    tau: TensorLike,
    other: TensorLike,
    left: bool = True,
    transpose: bool = False,
) -> Any:
    """Return Q · other for the product Q of Householder reflections, which is not computed.

    Parameters
    ----------
    input, tau
        The vectors and the factors; see :func:`householder_product`.
    left, transpose
        Whether `other` is multiplied from the left, and by Qᵀ.
    """
    vectors, factors, x = _vectors(input), operand(tau), operand(other)
    count = np.shape(factors)[-1]
    # X Q is (Qᵀ Xᵀ)ᵀ, and Qᵀ applies the first reflection first.
    order = range(count) if transpose == left else range(count - 1, -1, -1)
    found = _reflected(x if left else transposed(x), vectors, factors, order)
    return found if left else transposed(found)
