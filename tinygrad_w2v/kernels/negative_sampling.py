"""Negative sampling: drawing negatives, and the losses with their gradients.

The losses are computed for blocks that share their negatives. The scores of a block of 64 rows
against dozens of negatives are a matrix product large enough for BLAS to be fast and small enough
to stay in cache. Arguments that are annotated ``Any`` may be Tensors: functions that NumPy
dispatches are applied to them only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel
from tinygrad_w2v.kernels.rows import block_size, in_blocks, take_rows

# --- drawing from a fixed distribution: the alias method ------------------------------------------


def build_alias_table(probability: Array) -> tuple[Array, Array]:
    """Return the share that each index keeps of its cell, (V,) float64, and its alias, (V,) intp.

    Source: Walker 1977, with the linear construction of Vose 1991, "A linear algorithm for
    generating random numbers with a given distribution". Each index has a cell, keeps a share of
    it, and leaves the rest to one other index, its alias.

    Parameters
    ----------
    probability : (V,)
        Non-negative; need not sum to 1.
    """
    share = (np.asarray(probability, np.float64) / np.sum(probability) * len(probability)).tolist()
    alias = list(range(len(share)))
    small = [i for i, s in enumerate(share) if s < 1.0]
    large = [i for i, s in enumerate(share) if s >= 1.0]
    while small and large:
        giver, taker = large[-1], small.pop()
        alias[taker] = giver
        share[giver] -= 1.0 - share[taker]
        if share[giver] < 1.0:
            small.append(large.pop())
    for i in small + large:  # these differ from 1 by rounding only
        share[i] = 1.0
    return np.array(share), np.array(alias, dtype=np.intp)


def draw_alias(
    share: Array, alias: Array, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Draw indices of the given shape, intp; each takes one random number and two reads."""
    return choose_alias(rng.random(math.prod(shape)), share, alias).reshape(shape)


@kernel
def choose_alias(uniform: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number in [0, 1) selects, intp.

    The integer part of the scaled number selects the cell. Its fraction, which keeps 33 bits with
    a million indices, selects between the two indices of the cell.
    """
    scaled = uniform * len(share)
    cell = scaled.astype(np.intp)
    return np.where(scaled - cell < share.take(cell), cell, alias.take(cell))


# --- losses and gradients -------------------------------------------------------------------------


@kernel
def negative_sampling_with_gradients(
    hidden: Array, weight: Array, target: Array, negatives: Array, negative_weight: float
) -> tuple[float, Array, Array, Array] | None:
    """Return the sum of the losses of all predictions, and its gradients.

    Parameters
    ----------
    hidden : (B, D)
    weight : (V, D)
        The table that targets and negatives are rows of.
    target, negatives, negative_weight
        As for :func:`sampling_losses`.

    Returns
    -------
    loss
    grad_hidden : (B, D)
    rows : (B + G·K,) integers
        The targets, then the negatives.
    grad_rows : (B + G·K, D)
        The gradient for each of these rows; rows may repeat.

    None instead if a target or a negative is outside the table.
    """
    target_rows, negative_rows = take_rows(weight, target), take_rows(weight, negatives)
    if target_rows is None or negative_rows is None:
        return None
    vectors = (hidden, target_rows, negative_rows)
    losses, *grad_scores = sampling_losses(*vectors, target, negatives, negative_weight)
    cotangent = np.ones(len(target), hidden.dtype)
    grad_hidden, grad_rows = sampling_gradients(cotangent, *vectors, *grad_scores)
    rows = np.concatenate([target, negatives.reshape(-1)])
    return float(losses.sum(dtype=np.float64)), grad_hidden, rows, grad_rows


def sampling_losses(
    hidden: Any,
    target_rows: Any,
    negative_rows: Any,
    target: Array,
    negatives: Array,
    negative_weight: float,
) -> tuple[Any, Any, Any]:
    """Return the loss of each prediction, and its derivatives with respect to its scores.

    Parameters
    ----------
    hidden, target_rows : (B, D)
    negative_rows : (G, K, D)
        If G is less than B, each is shared by a block of B / G predictions, rounded up.
    target, negatives : (B,), (G, K) integers
        A negative that equals the target does not count.
    negative_weight
        The weight of each negative.

    Returns
    -------
    losses, grad_target_scores : (B,)
    grad_scores : (G, block, K)
        For the scores of the negatives; unspecified beyond the last prediction.
    """
    scores = block_scores(hidden, negative_rows)
    blocks, block, _ = scores.shape
    others = in_blocks(target, blocks, block)[:, :, None] != negatives[:, None, :]
    weights = np.multiply(others, negative_weight, dtype=hidden.dtype)
    negative_losses, grad_scores = logistic_losses(scores, weights)
    target_losses, grad_target_scores = logistic_losses(
        -np.vecdot(hidden, target_rows)[:, None], np.ones((len(target), 1), hidden.dtype)
    )
    losses = target_losses + np.reshape(negative_losses, -1)[: len(target)]
    return losses, -grad_target_scores[:, 0], grad_scores


def sampling_gradients(
    cotangent: Any,
    hidden: Any,
    target_rows: Any,
    negative_rows: Any,
    grad_target_scores: Any,
    grad_scores: Any,
) -> tuple[Any, Any]:
    """Apply the backward rule of :func:`sampling_losses` to the cotangent of the losses, (B,).

    The last two arguments are what it returned. Returns the gradient of `hidden`, and that of the
    rows of the targets, then of the negatives, (B + G·K, D).
    """
    blocks, shared, width = negative_rows.shape
    grad_target_scores = (cotangent * grad_target_scores)[:, None]
    grad_scores = grad_scores * in_blocks(cotangent, *grad_scores.shape[:2])[:, :, None]
    grad_hidden, grad_negatives = _block_gradients(grad_scores, hidden, negative_rows)
    grad_rows = np.concatenate(
        [grad_target_scores * hidden, np.reshape(grad_negatives, (blocks * shared, width))]
    )
    return grad_target_scores * target_rows + grad_hidden, grad_rows


def logistic_losses(scores: Any, weights: Any) -> tuple[Any, Any]:
    """Return Σ weight·log(1 + exp(score)) over the last axis, and weight·σ(score), its derivative.

    A weight of 0 excludes a score.
    """
    # No exponential below overflows, and none is selected by sign: with random signs, a
    # selection costs more than ten exponentials in vector instructions.
    above = np.maximum(scores, 0)
    below = np.subtract(scores, above)
    decay = np.exp(np.subtract(below, above))  # exp(−|score|)
    losses = np.vecdot(np.add(above, np.log1p(decay)), weights)
    return losses, np.exp(below) / (1 + decay) * weights


# --- products in blocks ---------------------------------------------------------------------------


def block_scores(rows: Any, others: Any) -> Any:
    """Return the products of each of (B, D) rows with the others of its block, (G, K, D).

    The result is (G, block, K), with zeros beyond the last row.
    """
    blocks, shared, width = others.shape
    block = block_size(len(rows), blocks)
    transposed = np.swapaxes(others, 1, 2)
    if not isinstance(rows, np.ndarray):
        return np.matmul(in_blocks(rows, blocks, block), transposed)
    scores = np.empty((blocks, block, shared), np.result_type(rows, others))
    full, rest = divmod(len(rows), block)
    end = full * block
    np.matmul(rows[:end].reshape(full, block, width), transposed[:full], out=scores[:full])
    if rest:  # separately, which saves a padded copy of all rows
        np.matmul(rows[end:], transposed[full], out=scores[full, :rest])
        scores[full, rest:] = 0
    scores[full + bool(rest) :] = 0
    return scores


def _block_gradients(grad_scores: Any, rows: Any, others: Any) -> tuple[Any, Any]:
    """Apply the backward rule of :func:`block_scores`."""
    if not isinstance(rows, np.ndarray):
        blocks, block, _ = grad_scores.shape
        grad_rows = np.reshape(np.matmul(grad_scores, others), (blocks * block, rows.shape[1]))
        padded = in_blocks(rows, blocks, block)
        return grad_rows[: len(rows)], np.matmul(np.swapaxes(grad_scores, 1, 2), padded)
    grad_rows, grad_others = np.empty_like(rows), np.empty_like(others)
    write_block_gradients(grad_scores, rows, others, grad_rows, grad_others)
    return grad_rows, grad_others


def write_block_gradients(
    grad_scores: Array, rows: Array, others: Array, grad_rows: Array, grad_others: Array
) -> None:
    """Write the gradients of the rows and of the others to the last two arguments."""
    _, block, _ = grad_scores.shape
    full, rest = divmod(len(rows), block)
    end = full * block
    shape = (full, block, rows.shape[1])
    np.matmul(grad_scores[:full], others[:full], out=grad_rows[:end].reshape(shape))
    transposed = grad_scores.transpose(0, 2, 1)
    np.matmul(transposed[:full], rows[:end].reshape(shape), out=grad_others[:full])
    if rest:
        np.matmul(grad_scores[full, :rest], others[full], out=grad_rows[end:])
        np.matmul(transposed[full, :, :rest], rows[end:], out=grad_others[full])
    grad_others[full + bool(rest) :] = 0
