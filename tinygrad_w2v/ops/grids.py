"""Combinations of the values of several vectors, and matrices of blocks."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.joining import concatenate, stack
from tinygrad_w2v.ops.shape import expand, ravel, reshape


@named("tg")
def meshgrid(*tensors: TensorLike, indexing: str = "ij") -> tuple[Any, ...]:
    """Return each vector repeated along the axes of the others.

    Parameters
    ----------
    indexing
        ``"ij"``: axis i belongs to vector i. ``"xy"``: the first two axes are exchanged.
    """
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing is {indexing!r}: use 'ij' or 'xy'")
    if len(tensors) == 1 and isinstance(tensors[0], list | tuple):
        tensors = tuple(tensors[0])
    vectors = [ravel(operand(each)) for each in tensors]
    axes = list(range(len(vectors)))
    if indexing == "xy" and len(axes) > 1:
        axes[:2] = 1, 0
    shape = [1] * len(vectors)
    for axis, vector in zip(axes, vectors, strict=True):
        shape[axis] = len(vector)
    return tuple(
        expand(
            reshape(vector, shape=tuple(-1 if n == axis else 1 for n in range(len(shape)))), *shape
        )
        for axis, vector in zip(axes, vectors, strict=True)
    )


@named("tg")
def cartesian_prod(*tensors: TensorLike) -> Any:
    """Return all combinations with one value of each vector, (n, vectors)."""
    if len(tensors) == 1:
        return operand(tensors[0])
    return stack(*(ravel(grid) for grid in meshgrid(*tensors)), axis=1)


@named("tg")
def combinations(input: TensorLike, r: int = 2, with_replacement: bool = False) -> Any:
    """Return the combinations of `r` values of a vector, (n, r), in order."""
    plain, repeated = itertools.combinations, itertools.combinations_with_replacement
    choose: Any = repeated if with_replacement else plain
    vector: Any = operand(input)
    rows = np.array(list(choose(range(len(vector)), r)), np.int64).reshape(-1, r)
    return vector[rows]


@named("tg")
def block_diag(*tensors: TensorLike) -> Any:
    """Return a matrix with the matrices on its diagonal and zeros elsewhere."""
    blocks = [reshape(x, shape=(-1, np.shape(x)[-1] if np.ndim(x) else 1)) for x in tensors]
    ends = list(itertools.accumulate(block.shape[1] for block in blocks))
    rows = []
    for block, end in zip(blocks, ends, strict=True):
        height, width = block.shape
        left = np.zeros((height, end - width), block.dtype)
        right = np.zeros((height, ends[-1] - end), block.dtype)
        rows.append(concatenate(left, block, right, axis=1))
    return concatenate(*rows, axis=0)
