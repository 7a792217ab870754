"""Linear algebra: products of matrices and vectors, linear systems, Cholesky factors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.samples import normal


@op(
    names="Tensor.__matmul__ Tensor.__rmatmul__ Tensor tg F linalg np",
    broadcasts=True,
    promotes="a b",
    samples=normal(
        *([(3, 4), (4, 2)], [(4,), (4,)], [(4,), (4, 2)], [(3, 4), (4,)], [(4,), (5, 4, 2)]),
        *([(5, 1, 3, 4), (2, 4, 2)], [(5, 3, 4), (4,)], [(0, 4), (4, 2)], [(2, 0), (0, 3)]),
    ),
)
def matmul(a: Array, b: Array) -> Array:
    """Matrix product over the last two axes, batches broadcasting, as ``numpy.matmul``."""
    try:
        return np.matmul(a, b)  # type: ignore[no-any-return]
    except ValueError:
        raise ValueError(_mismatch(np.shape(a), np.shape(b))) from None


def _mismatch(a: Shape, b: Shape) -> str:
    if not a or not b:
        return f"matmul: {a} @ {b}: a scalar has no matrix product, use *"
    inner = b[-2 if len(b) > 1 else 0]
    if a[-1] == inner:
        return f"matmul: {a} @ {b}: the batches {a[:-2]} and {b[:-2]} do not broadcast"
    hint = "; transpose the second operand" if len(b) > 1 and a[-1] == b[-1] else ""
    return f"matmul: {a} @ {b}: inner sizes {a[-1]} and {inner} differ{hint}"


@matmul.backward("a")
def _gradient_of_a(g: Any, shapes: Any, b: Any) -> Any:
    if len(shapes.a) == len(shapes.b) == 2:
        return g @ b.T
    if len(shapes.b) == 1:  # b is a vector: g lacks its axis
        return np.expand_dims(g, -1) * b
    if len(shapes.a) == 1:  # a is a vector
        return np.matmul(b, np.expand_dims(g, -1))[..., 0]
    return np.matmul(g, np.swapaxes(b, -1, -2))


@matmul.backward("b")
def _gradient_of_b(g: Any, shapes: Any, a: Any) -> Any:
    if len(shapes.a) == len(shapes.b) == 2:
        return a.T @ g
    if len(shapes.a) == 1:
        return np.reshape(a, (-1, 1)) * np.expand_dims(g, -2) if len(shapes.b) > 1 else g * a
    if len(shapes.b) == 1:
        return np.matmul(np.swapaxes(a, -1, -2), np.expand_dims(g, -1))[..., 0]
    return np.matmul(np.swapaxes(a, -1, -2), g)


vecdot = op(
    np.vecdot,
    a=lambda g, b: np.expand_dims(g, -1) * b,
    b=lambda g, a: np.expand_dims(g, -1) * a,
    samples=normal([(3, 4), (3, 4)], [(2, 3, 4), (3, 4)], [(4,), (4,)], [(0, 4), (4,)]),
)


@named("Tensor tg F")
def dot(a: TensorLike, b: TensorLike) -> Any:
    """Inner product of two vectors."""
    if np.ndim(a) != 1 or np.shape(a) != np.shape(b):
        raise ValueError(
            f"dot: shapes {np.shape(a)} and {np.shape(b)}: they must be vectors of one length; use "
            f"matmul for matrices"
        )
    return vecdot(a, b)


@op(
    names="Tensor tg F np",
    promotes="a b",
    a=lambda g, shapes, b: np.reshape(np.matmul(g, np.reshape(b, -1)), shapes.a),
    b=lambda g, shapes, a: np.reshape(np.matmul(np.reshape(a, -1), g), shapes.b),
    samples=normal([(3,), (2,)], [(2, 2), ()], [(0,), (2,)]),
)
def outer(a: Array, b: Array) -> Any:
    """Return the matrix ``a[i] · b[j]`` of two vectors; other shapes are flattened."""
    return np.outer(a, b)


@named("tg F np")
def tensordot(a: TensorLike, b: TensorLike, axes: int | Sequence[Any] = 2) -> Any:
    """Sum of products over axes of `a` and as many axes of `b`, as ``numpy.tensordot``.

    Parameters
    ----------
    axes
        An integer N: the last N axes of `a` and the first N of `b`. Or a pair: the axes of `a`
        and those of `b`.

    Examples
    --------
    >>> import numpy as np
    >>> tensordot(np.ones((2, 3, 4)), np.ones((4, 3)), axes=([2, 1], [0, 1]))
    array([12., 12.])
    """
    shape_a, shape_b = np.shape(a), np.shape(b)
    if isinstance(axes, int):
        axes = range(len(shape_a) - axes, len(shape_a)), range(axes)
    of_a, of_b = ([one] if isinstance(one, int) else list(one) for one in axes)
    over_a, over_b = [i % len(shape_a) for i in of_a], [i % len(shape_b) for i in of_b]
    sizes_a, sizes_b = [shape_a[i] for i in over_a], [shape_b[i] for i in over_b]
    if sizes_a != sizes_b:
        raise ValueError(
            f"tensordot: {shape_a} and {shape_b}: sizes {sizes_a} of axes {over_a} and {sizes_b} "
            f"of axes {over_b} differ"
        )
    free_a = [i for i in range(len(shape_a)) if i not in over_a]
    free_b = [i for i in range(len(shape_b)) if i not in over_b]
    out_a, out_b = [shape_a[i] for i in free_a], [shape_b[i] for i in free_b]
    inner = math.prod(sizes_a)
    left = np.reshape(np.transpose(a, (*free_a, *over_a)), (math.prod(out_a), inner))
    right = np.reshape(np.transpose(b, (*over_b, *free_b)), (inner, math.prod(out_b)))
    return np.reshape(matmul(left, right), (*out_a, *out_b))


@named("np.dot")
def _numpy_dot(a: Any, b: Any) -> Any:
    if np.ndim(a) and 1 <= np.ndim(b) <= 2:
        return matmul(a, b)
    return tensordot(a, b, axes=(-1, -2)) if np.ndim(a) and np.ndim(b) else a * b


@named("Tensor tg F np")
def inner(a: Any, b: Any) -> Any:
    """Sum of products over the last axes of both operands; a 0-d operand is a factor."""
    return tensordot(a, b, axes=(-1, -1)) if np.ndim(a) and np.ndim(b) else a * b


@named("Tensor.adjoint tg.adjoint")
def transposed(x: Any) -> Any:
    """Exchange the last two axes."""
    return np.swapaxes(x, -1, -2)


def _regular(*shape: int) -> Callable[[np.random.Generator], Array]:
    return lambda rng: 0.3 * rng.normal(size=shape) + 1.5 * np.eye(shape[-1])


def _positive_definite(*shape: int) -> Callable[[np.random.Generator], Array]:
    return lambda rng: (root := _regular(*shape)(rng)) @ transposed(root)


@op(
    names="F np.linalg.solve",
    promotes="a b",
    broadcasts=True,
    b=lambda g, a: np.linalg.solve(transposed(a), g),
    samples=normal(
        *([_regular(3, 3), (3, 2)], [_regular(3, 3), (3,)], [_regular(2, 3, 3), (3, 2)]),
        [(0, 2, 2), (0, 2, 1)],
    ),
)
def solve(a: Array, b: Array) -> Any:
    """Solve ``a @ x = b`` for square `a`; `b` is one vector, or (..., n, k) columns."""
    return np.linalg.solve(a, b)


@solve.backward("a")
def _solve_for_a(g: Any, shapes: Any, a: Any, out: Any) -> Any:
    of_b = np.linalg.solve(transposed(a), g)
    if len(shapes.b) == 1:
        return -np.expand_dims(of_b, -1) * np.expand_dims(out, -2)
    return -np.matmul(of_b, transposed(out))


@op(
    names="F linalg np.linalg.inv Tensor.inverse tg.inverse",
    x=lambda g, out: -np.matmul(np.matmul(transposed(out), g), transposed(out)),
    samples=normal([_regular(3, 3)], [_regular(2, 2, 2)], [(0, 2, 2)]),
)
def inv(x: Array) -> Any:
    """Inverse of square matrices; prefer :func:`solve`, which is faster and more accurate."""
    return np.linalg.inv(x)


def _inverse_transposed(g: Any, x: Any) -> Any:
    return np.expand_dims(g, (-1, -2)) * transposed(np.linalg.inv(x))


_square_samples = normal([_regular(3, 3)], [_regular(2, 2, 2)], [(0, 2, 2)])


_MOST_COFACTORS = 8  # rows: their number of terms is that to the fourth power


def _det_rule(g: Any, x: Any, out: Any) -> Any:
    """Return g times the cofactors, which exist for singular matrices too."""
    count = x.shape[-1]
    largest = np.prod(np.linalg.norm(array_of(x), axis=-1), axis=-1)  # Hadamard's bound
    if count > _MOST_COFACTORS or np.all(np.abs(array_of(out)) > 1e-9 * largest):
        return _inverse_transposed(g * out, x)
    others = np.array([np.delete(np.arange(count), i) for i in range(count)]).reshape(count, -1)
    minors = det(x[..., others[:, None, :, None], others[None, :, None, :]])
    signs = (-1.0) ** np.add.outer(np.arange(count), np.arange(count)).astype(x.dtype)
    return np.expand_dims(g, (-1, -2)) * (signs * minors)


@op(names="F linalg np.linalg.det Tensor tg", x=_det_rule, samples=_square_samples)
def det(x: Array) -> Any:
    """Return the determinant of square matrices.

    The gradient of a singular matrix exists; it is computed for at most 8 rows.
    """
    return np.linalg.det(x)


@op(names="F", x=_inverse_transposed, samples=_square_samples)
def logabsdet(x: Array) -> Any:
    """Logarithm of the absolute value of the determinant, without overflow."""
    return np.linalg.slogdet(x)[1]


@named("linalg.slogdet np.linalg.slogdet Tensor.slogdet tg.slogdet")
def _slogdet(A: Any) -> Any:
    """Return the sign of the determinant and the logarithm of its absolute value."""
    signs = np.linalg.slogdet(array_of(A))
    sign: Any = Tensor(np.asarray(signs.sign)) if isinstance(A, Tensor) else signs.sign
    return signs._replace(sign=sign, logabsdet=logabsdet(A))


def symmetric_of(x: TensorLike, upper: bool) -> Any:
    """Return symmetric matrices unchanged, and others with one triangle mirrored."""
    array: Any = operand(x)
    values = array_of(array)
    if values.shape[-1:] != values.shape[-2:-1] or np.allclose(
        values, transposed(values), equal_nan=True
    ):
        return array
    part, strict = (
        (np.triu(array), np.triu(array, 1)) if upper else (np.tril(array), np.tril(array, -1))
    )
    return part + transposed(strict)


@op(
    names="F np.linalg.cholesky",
    samples=normal([_positive_definite(3, 3)], [_positive_definite(2, 2, 2)], [(0, 2, 2)]),
)
def cholesky(x: Array) -> Any:
    """Lower triangular L with ``L @ Lᵀ`` equal to a symmetric positive definite matrix.

    The input is replaced by the mean of itself and its transpose, so that the gradient, which is
    symmetric as in PyTorch, is the derivative with respect to each single entry.
    """
    return np.linalg.cholesky(0.5 * (x + transposed(x)))


@cholesky.backward("x")
def _cholesky_rule(g: Any, out: Any) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition", arXiv 1602.07527, equation 9."""
    inner = np.tril(np.matmul(transposed(out), g))
    inner = inner - 0.5 * (inner * np.eye(out.shape[-1], dtype=out.dtype))
    # L⁻ᵀ · inner · L⁻¹, by two solves.
    half = np.linalg.solve(transposed(out), inner)
    whole = transposed(np.linalg.solve(transposed(out), transposed(half)))
    return 0.5 * (whole + transposed(whole))
