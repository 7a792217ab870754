"""The mean of each token's context in a run of text: word2vec's window without index arrays.

A batch of word2vec is a run of consecutive tokens. Gathering the rows of a (tokens, 2·window)
array of context indices reads each row 2·window times; here each token's row is read once, and
the windows are a banded matrix of zeros and ones, multiplied block by block.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.windows import (
    first_invalid_window,
    window_mean,
    window_sizes,
    window_spread,
    window_sum,
)


def _context_mean(rows: Array, left: Array, right: Array, *, straight_through: float = 0.0) -> Any:
    """Mean of the rows around each one of a run, itself left out.

    Row i's context is ``rows[i - left[i] : i]`` and ``rows[i + 1 : i + 1 + right[i]]``.

    Parameters
    ----------
    rows : (T, D)
        One for each token of the run, as :func:`embedding` returns.
    left, right : (T,) integers
        How many tokens on either side belong to the context; within the run.
    straight_through
        0 gives the true gradient of the mean of n rows. 1 (or True) passes each of them the
        gradient of their *sum*: the straight-through mean, value Σ/n and gradient of Σ, which is
        what word2vec.c, gensim and fastText apply. Between them the gradient is divided by n to
        the power of what is left to 1. It equals ``d + (s / n - d).detach()`` for the sum s and
        ``d = s / n ** (1 - straight_through)``, and is not the derivative of the value, so a
        gradient check must fail on it.

    Returns
    -------
    (T, D)
        Zeros where the context is empty.

    References
    ----------
    İrsoy, Benton and Stratos, "Corrected CBOW performs as well as skip-gram", arXiv 2012.15332.
    """
    left, right = as_window("context_mean", rows, left, right)
    mean = window_mean(rows, left, right)
    if mean is None:
        raise reaches_out("context_mean", left, right)
    return mean


def as_window(op_name: str, rows: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """Return the sides of the windows as arrays; refuse those of another run."""
    left, right = np.asarray(left), np.asarray(right)
    if rows.ndim != 2 or left.shape != rows.shape[:1] or right.shape != rows.shape[:1]:
        raise ValueError(
            f"{op_name}: rows {rows.shape}, left {left.shape}, right {right.shape}: rows must "
            f"be (T, D), left and right (T,)"
        )
    check_integers(op_name, left, right)
    return left, right


def check_integers(op_name: str, left: Array, right: Array) -> None:
    """Refuse windows whose sides are no whole numbers."""
    if left.dtype.kind not in "iu" or right.dtype.kind not in "iu":
        raise TypeError(
            f"{op_name}: left and right must be integers, found {left.dtype} and {right.dtype}"
        )


def reaches_out(op_name: str, left: Array, right: Array) -> IndexError:
    """Return the error that names the first window that reaches out of its run."""
    i = first_invalid_window(left, right)
    return IndexError(
        f"{op_name}: token {i} of {len(left)} has left {left[i]} and right {right[i]}: at "
        f"most {i} words stand before it and {len(left) - 1 - i} after"
    )


def _context_sum(rows: Array, left: Array, right: Array) -> Any:
    """Sum of the rows around each one of a run, itself left out; see :func:`context_mean`."""
    left, right = as_window("context_sum", rows, left, right)
    total = window_sum(rows, left, right)
    if total is None:
        raise reaches_out("context_sum", left, right)
    return total


def _context_spread(rows: Array, left: Array, right: Array, *, power: float = 0.0) -> Array:
    """Add each row, divided by its context's size to `power`, to the rows of its context.

    With 0 it is the adjoint of :func:`context_sum`, with 1 that of :func:`context_mean`.
    """
    left, right = as_window("context_spread", rows, left, right)
    spread = window_spread(rows, left, right, power)
    if spread is None:
        raise reaches_out("context_spread", left, right)
    return spread


def _samples(rng: np.random.Generator) -> list[Sample]:
    samples = []
    for tokens, window in [(7, 2), (150, 5), (70, 40), (1, 1)]:
        before = np.arange(tokens)
        radius = rng.integers(0, window + 1, tokens)
        left, right = np.minimum(radius, before), np.minimum(radius, before[::-1])
        samples.append(Sample(rng.normal(size=(tokens, 2)), left, right))
    return samples


def _spread_samples(rng: np.random.Generator) -> list[Sample]:
    plain = _samples(rng)
    powers = (1.0, 0.5)
    return [*plain, *(Sample(*s.args, power=p) for s, p in zip(plain[:2], powers, strict=True))]


def _context_spread_rule(g: Any, left: Array, right: Array, power: float) -> Any:
    sums = context_sum(g, left, right)
    if not power:
        return sums
    return sums / window_sizes(np.asarray(left), np.asarray(right), g.dtype) ** power


def _context_mean_rule(g: Any, left: Array, right: Array, straight_through: float) -> Any:
    if isinstance(g, np.ndarray):  # the hot path of word2vec: the windows are known to be right
        return window_spread(g, np.asarray(left), np.asarray(right), 1.0 - straight_through)
    return context_spread(g, left, right, power=1.0 - straight_through)


context_spread: Op = op(
    _context_spread,
    rows=_context_spread_rule,
    samples=_spread_samples,
)
context_sum: Op = op(
    _context_sum,
    rows=lambda g, left, right: context_spread(g, left, right),
    samples=_samples,
)
context_mean: Op = op(
    _context_mean, names="F.context_mean", rows=_context_mean_rule, samples=_samples
)
