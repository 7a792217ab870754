"""The mean of each token's context in a run of text: word2vec's window without index arrays.

A batch of word2vec is a run of consecutive tokens. Gathering the rows of a (tokens, 2·window)
array of context indices reads each row 2·window times. Here each token's row is read once, and
the windows are a banded matrix of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.windows import (
    first_invalid_window,
    table_window_mean,
    window_mean,
    window_sizes,
    window_spread,
    window_sum,
)
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.samples import normal


def _sizes(side: Array) -> Array:
    """Return sizes of windows as an array; of int64 if they could not be negated and added."""
    side = np.asarray(side)
    is_narrow = side.dtype.kind == "u" or (side.dtype.kind == "i" and side.itemsize < 4)
    return side.astype(np.int64) if is_narrow else side


def window_sides(op_name: str, rows: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Return the sizes of the windows as arrays; raise unless they are integers for each row."""
    left, right = _sizes(left), _sizes(right)
    if rows.ndim != 2 or left.shape != rows.shape[:1] or right.shape != rows.shape[:1]:
        raise ValueError(
            f"{op_name}: rows {rows.shape}, left {left.shape}, right {right.shape}: rows must "
            f"be (T, D), left and right (T,)"
        )
    _check_integers(op_name, left, right)
    return left, right


def _check_integers(op_name: str, left: Array, right: Array) -> None:
    if left.dtype.kind not in "iu" or right.dtype.kind not in "iu":
        raise TypeError(
            f"{op_name}: left and right must be integers, found {left.dtype} and {right.dtype}"
        )


def window_error(op_name: str, left: Array, right: Array) -> IndexError:
    """Return the error that names the first window that exceeds its run."""
    i = first_invalid_window(left, right)
    return IndexError(
        f"{op_name}: token {i} of {len(left)} has left {left[i]} and right {right[i]}: they must "
        f"be from 0 to {i} and from 0 to {len(left) - 1 - i}"
    )


def _checked(op_name: str, kernel: Any, rows: Array, left: Array, right: Array, *more: Any) -> Any:
    """Return what a kernel computes; raise if the rows and the windows do not fit."""
    left, right = window_sides(op_name, rows, left, right)
    result = kernel(rows, left, right, *more)
    if result is None:
        raise window_error(op_name, left, right)
    return result


def random_windows(rng: np.random.Generator, tokens: int, most: int) -> tuple[Array, Array]:
    """Draw windows of up to `most` tokens to either side, for samples."""
    radius, before = rng.integers(0, most + 1, tokens), np.arange(tokens)
    return np.minimum(radius, before), np.minimum(radius, before[::-1])


def _samples(rng: np.random.Generator) -> list[Sample]:
    sizes = [(7, 2), (150, 5), (70, 40), (1, 1)]
    return [Sample(rng.normal(size=(n, 2)), *random_windows(rng, n, most)) for n, most in sizes]


def _spread_samples(rng: np.random.Generator) -> list[Sample]:
    plain = _samples(rng)
    return plain + [Sample(*plain[i].args, power=power) for i, power in enumerate([1.0, 0.5])]


@op(names="F", samples=_samples)
def context_mean(rows: Array, left: Array, right: Array, *, straight_through: float = 0.0) -> Any:
    """Mean of the rows before and after each row of a run.

    Row i's context is ``rows[i - left[i] : i]`` and ``rows[i + 1 : i + 1 + right[i]]``.

    Parameters
    ----------
    rows : (T, D)
        One for each token of the run, as :func:`embedding` returns.
    left, right : (T,) integers
        The number of tokens to either side that belong to the context; within the run.
    straight_through
        0 is the true gradient of the mean of n rows. 1 (or True) passes each of them the gradient
        of their *sum*: the straight-through mean, value Σ/n and gradient of Σ, as in word2vec.c,
        gensim and fastText. In general the gradient is divided by n ** (1 − straight_through). It
        is that of ``d + (s / n - d).detach()`` for the sum s and ``d = s / n ** (1 -
        straight_through)``, not the derivative of the value: a gradient check fails on it.

    Returns
    -------
    (T, D)
        Zeros where the context is empty.

    References
    ----------
    İrsoy, Benton and Stratos, "Corrected CBOW performs as well as skip-gram", arXiv 2012.15332.
    """
    return _checked("context_mean", window_mean, rows, left, right)


@context_mean.backward("rows")
def _mean_rule(g: Any, left: Array, right: Array, straight_through: float) -> Any:
    left, right, power = _sizes(left), _sizes(right), 1.0 - straight_through
    if isinstance(g, np.ndarray):  # word2vec's hot path: the forward pass has checked the windows
        return window_spread(g, left, right, power)
    return context_spread(g, left, right, power=power)


@op(samples=_spread_samples)
def context_spread(rows: Array, left: Array, right: Array, *, power: float = 0.0) -> Any:
    """Add each row, divided by its context's size to `power`, to the rows of its context.

    With 0 it is the adjoint of :func:`context_sum`, with 1 that of :func:`context_mean`.
    """
    return _checked("context_spread", window_spread, rows, left, right, power)


@context_spread.backward("rows")
def _spread_rule(g: Any, left: Array, right: Array, power: float) -> Any:
    sums = context_sum(g, left, right)
    if power:
        sums = sums / window_sizes(_sizes(left), _sizes(right), g.dtype) ** power
    return sums


@op(rows=lambda g, left, right: context_spread(g, left, right), samples=_samples)
def context_sum(rows: Array, left: Array, right: Array) -> Any:
    """Sum of the rows before and after each row of a run; see :func:`context_mean`."""
    return _checked("context_sum", window_sum, rows, left, right)


@op(
    names="F",
    samples=normal(
        [(4, 3), np.array([3, 1, 1, 0]), np.array([0, 1, 2, 0]), np.array([1, 2, 0, 0])],
        [(4, 3), *np.zeros((3, 1), np.intp)],
    ),
)
def embedding_window(
    weight: Array, tokens: Array, left: Array, right: Array, *, straight_through: float = 0.0
) -> Any:
    """Mean of the table's rows of the tokens before and after each token of a run.

    This is :func:`context_mean` of :func:`embedding`, CBOW's hidden layer, in one pass and
    without an array of the rows.

    Parameters
    ----------
    weight : (V, D)
        The table. Its gradient is row-sparse.
    tokens : (T,) integers within 0 … V − 1
        The run.
    left, right, straight_through
        As for :func:`context_mean`, as is the result.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> W = np.array([[1.0], [2.0], [6.0]])
    >>> F = tg.nn.functional
    >>> F.embedding_window(W, [0, 1, 2, 1], left=[0, 1, 1, 1], right=[2, 1, 1, 0]).tolist()
    [[4.0], [3.5], [2.0], [6.0]]
    """
    tokens, left, right = np.asarray(tokens), _sizes(left), _sizes(right)
    shape = tokens.shape
    if weight.ndim != 2 or len(shape) != 1 or left.shape != shape or right.shape != shape:
        raise ValueError(
            f"embedding_window: weight {weight.shape}, tokens {shape}, left {left.shape}, right "
            f"{right.shape}: weight must be (V, D), tokens, left and right (T,)"
        )
    _check_integers("embedding_window", left, right)
    mean = table_window_mean(weight, tokens, left, right) if tokens.dtype.kind in "iu" else None
    if mean is None:
        check_indices("embedding_window", "tokens", tokens, len(weight))
        raise window_error("embedding_window", left, right)
    return mean


@embedding_window.backward("weight")
def _embedding_window_rule(
    g: Any, shapes: Any, tokens: Array, left: Array, right: Array, straight_through: float
) -> RowSparse:
    return RowSparse(tokens, _mean_rule(g, left, right, straight_through), shapes.weight)
