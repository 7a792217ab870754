"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.reduction import sum_

# --- diagonals ----------------------------------------------------------------------------------


def _diagonal(x: Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Diagonals of the matrices over two axes, as a new last axis.

    Parameters
    ----------
    offset
        0 for the main diagonal; positive above it, negative below it.
    """
    return np.diagonal(x, offset, axis1, axis2)


def _diagonal_scatter(
    values: Array, *, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Array:
    """Write `values` on a diagonal of zeros of `shape`: the adjoint of :func:`diagonal`."""
    out = np.zeros(shape, values.dtype)
    # numpy.diagonal returns a read-only view; an indexed assignment to the moved axes is allowed.
    moved = np.moveaxis(out, (axis1, axis2), (-2, -1))
    places = np.arange(values.shape[-1])
    moved[..., places + max(-offset, 0), places + max(offset, 0)] = values
    return out


def _diagonal_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), offset=-1),
        Sample(rng.normal(size=(2, 3, 4)), offset=1, axis1=-1, axis2=0),
        Sample(rng.normal(size=(0, 3))),
    ]


def _diagonal_scatter_samples(rng: np.random.Generator) -> list[Sample]:
    samples = []
    for sample in _diagonal_samples(rng):
        (x,) = sample.args
        values = rng.normal(size=_diagonal(x, **sample.attributes).shape)
        samples.append(Sample(values, shape=x.shape, **sample.attributes))
    return samples


diagonal: Op = op(
    _diagonal,
    names="Tensor.diagonal tg.diagonal F.diagonal np.diagonal",
    x=lambda g, shapes, offset, axis1, axis2: diagonal_scatter(
        g, shape=shapes.x, offset=offset, axis1=axis1, axis2=axis2
    ),
    samples=_diagonal_samples,
)
diagonal_scatter: Op = op(
    _diagonal_scatter,
    values=lambda g, offset, axis1, axis2: diagonal(g, offset=offset, axis1=axis1, axis2=axis2),
    samples=_diagonal_scatter_samples,
)


@named("Tensor.diag tg.diag F.diag np.diag(k=diagonal_offset)")
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


@named("Tensor.trace tg.trace F.trace np.trace")
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum of a diagonal."""
    return sum_(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


# --- triangles ----------------------------------------------------------------------------------


def _tril(x: Array, *, k: int = 0) -> Array:
    """Lower triangle of the last two axes, zeros above the k-th diagonal."""
    return np.tril(x, k)


def _triu(x: Array, *, k: int = 0) -> Array:
    """Upper triangle of the last two axes, zeros below the k-th diagonal."""
    return np.triu(x, k)


def _triangle_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(2, 3, 3)), k=-1),
        Sample(rng.normal(size=(3, 2)), k=1),
        Sample(rng.normal(size=(0, 2))),
    ]


tril = op(
    _tril,
    names="Tensor.tril tg.tril F.tril np.tril",
    x=lambda g, k: np.tril(g, k),
    samples=_triangle_samples,
)
triu = op(
    _triu,
    names="Tensor.triu tg.triu F.triu np.triu",
    x=lambda g, k: np.triu(g, k),
    samples=_triangle_samples,
)
