"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.reduction import sum_
from tinygrad_w2v.ops.samples import normal

_CALLS: list[tuple[Shape, Shape, dict[str, Any]]] = [
    ((3, 4), (3,), {}),
    ((3, 4), (2,), {"offset": -1}),
    ((2, 3, 4), (3, 1), {"offset": 1, "axis1": -1, "axis2": 0}),
    ((0, 3), (0,), {}),
]


@op(names="Tensor tg F np", samples=normal(*([x, settings] for x, _, settings in _CALLS)))
def diagonal(x: Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Diagonals of the matrices over two axes, as a new last axis.

    The `offset` is 0 for the main diagonal; positive above it, negative below it.
    """
    return np.diagonal(x, offset, axis1, axis2)


@diagonal.backward("x")
def _diagonal_rule(g: Any, shapes: Any, offset: int, axis1: int, axis2: int) -> Any:
    return diagonal_scatter(g, shape=shapes.x, offset=offset, axis1=axis1, axis2=axis2)


@op(
    values=lambda g, offset, axis1, axis2: diagonal(g, offset=offset, axis1=axis1, axis2=axis2),
    samples=normal(*([values, settings | {"shape": x}] for x, values, settings in _CALLS)),
)
def diagonal_scatter(
    values: Array, *, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Array:
    """Write `values` on a diagonal of zeros of `shape`: the adjoint of :func:`diagonal`."""
    out = np.zeros(shape, values.dtype)
    # numpy.diagonal returns a read-only view; an indexed assignment to the moved axes is allowed.
    moved = np.moveaxis(out, (axis1, axis2), (-2, -1))
    places = np.arange(values.shape[-1])
    moved[..., places + max(-offset, 0), places + max(offset, 0)] = values
    return out


@named("Tensor tg F np.diag(k=diagonal_offset)")
def diag(x: TensorLike, diagonal_offset: int = 0) -> Any:
    """Return a matrix with a vector on its diagonal, or the diagonal of a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> diag(np.array([1, 2]))
    array([[1, 0],
           [0, 2]])
    """
    array: Any = operand(x)
    if array.ndim == 2:
        return diagonal(array, offset=diagonal_offset)
    if array.ndim != 1:
        raise ValueError(f"diag: shape {array.shape}: it must be a vector or a matrix")
    size = array.shape[0] + abs(diagonal_offset)
    return diagonal_scatter(array, shape=(size, size), offset=diagonal_offset)


@named("Tensor tg F np")
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum of a diagonal."""
    return sum_(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


_triangle_samples = normal([(3, 4)], [(2, 3, 3), {"k": -1}], [(3, 2), {"k": 1}], [(0, 2)])


@op(names="Tensor tg F np", x=lambda g, k: np.tril(g, k), samples=_triangle_samples)
def tril(x: Array, *, k: int = 0) -> Array:
    """Lower triangle of the last two axes, zeros above the k-th diagonal."""
    return np.tril(x, k)


@op(names="Tensor tg F np", x=lambda g, k: np.triu(g, k), samples=_triangle_samples)
def triu(x: Array, *, k: int = 0) -> Array:
    """Upper triangle of the last two axes, zeros below the k-th diagonal."""
    return np.triu(x, k)
