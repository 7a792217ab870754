"""Numba implementations of ``kernels.negative_sampling``, for float32.

The negatives and scores of a block are used while they are in the cache, and the rows of its
targets are read from the table twice instead of copied.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth, compiled, inlined
from tinygrad_w2v.kernels.compiled.logistic import (
    Workspace,
    exp_neg_abs,
    exp_workspace,
    scaled_sigmoid,
    softplus,
    softplus_sums,
)
from tinygrad_w2v.kernels.compiled.products import multiply, sgemm_address, transpose
from tinygrad_w2v.kernels.compiled.rows import AHEAD, are_rows, fetch_row, gather
from tinygrad_w2v.kernels.dispatch import Array
from tinygrad_w2v.kernels.rows import block_size

Blocks: TypeAlias = tuple[int, int, int]
"""The number of blocks, of vectors in each, and of negatives in each."""

Inputs: TypeAlias = tuple[int, Array, Array, Array, Blocks]
"""The address of BLAS's product, the vectors, the table, the rows and the blocks."""

Gradients: TypeAlias = tuple[Array, Array]
"""Those of the vectors and of the rows, to be written."""

_F = np.float32


@compiled
def _choose_alias(uniform: Array, share: Array, alias: Array, out: Array) -> None:
    for i in range(len(uniform)):
        scaled = uniform[i] * len(share)
        cell = np.intp(scaled)
        out[i] = cell if scaled - cell < share[cell] else alias[cell]


def choose_alias(uniform: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number selects; see ``negative_sampling.choose_alias``."""
    out = np.empty(len(uniform), np.intp)
    _choose_alias(uniform, share, alias, out)
    return out


# --- parts of the loop over blocks, for skip-gram too --------------------------------------------


@compiled
def block_workspace(blocks: Blocks, size: int) -> Any:
    """Return arrays for a block's negatives, their transpose, and scores, and for exponentials."""
    _, block, shared = blocks
    negatives, transposed = np.empty((shared, size), _F), np.empty((size, shared), _F)
    scores, exps = np.empty((block, shared), _F), exp_workspace(block * max(shared, 1))
    return negatives, transposed, scores, exps


@inlined
def score_block(
    sgemm: int,
    hidden: Array,
    table: Array,
    rows: Array,
    first: int,
    negatives: Array,
    transposed: Array,
    scores: Array,
    size: int,
) -> None:
    """Gather a block's negatives, ``rows[first:]``, and write the scores of its vectors."""
    gather(table, rows, first, negatives, size)
    transpose(negatives, transposed)
    multiply(sgemm, hidden, transposed, scores, False)


def block_arguments(hidden: Array, weight: Array, words: Array, negatives: Array) -> Any:
    """Return the Inputs and uninitialized Gradients, or None if a row is outside the table."""
    (count, width), (groups, shared) = hidden.shape, negatives.shape
    rows = np.concatenate([words, negatives.reshape(-1)], dtype=np.intp)
    if not are_rows(weight, rows):
        return None
    blocks = groups, block_size(count, groups), shared
    inputs = sgemm_address(), np.ascontiguousarray(hidden), weight, rows, blocks
    return inputs, (np.empty((count, width), _F), np.empty((len(rows), width), _F))


# --- negative sampling ---------------------------------------------------------------------------


@inlined
def _target_losses(
    hidden: Array,
    table: Array,
    rows: Array,
    begin: int,
    losses: Array,
    grad_scores: Array,
    workspace: Workspace,
    size: int,
) -> None:
    """Write −log σ(score) of each vector's score with its target, and its derivative."""
    count = len(hidden)
    for i in range(count):
        if begin + i + AHEAD < len(rows):
            fetch_row(table, rows[begin + i + AHEAD])
        row = rows[begin + i]
        score = _F(0)
        for d in range(size):
            score += hidden[i, d] * table[row, d]
        grad_scores[i] = -score
    exp_neg_abs(grad_scores, *workspace)
    decay = workspace[0]
    for i in range(count):
        losses[i] = softplus(grad_scores[i], decay[i])
    scaled_sigmoid(grad_scores, decay, _F(-1))


@compiled
def _negative_losses(
    scores: Array,
    target: Array,
    negatives: Array,
    weight: Any,
    losses: Array,
    workspace: Workspace,
) -> None:
    """Add weight·log(1 + exp(score)) to a block's losses; replace its scores by derivatives."""
    count, shared = scores.shape
    negative_losses, decay = softplus_sums(scores, workspace)
    for i in range(count):
        own = target[i]
        matches = 0
        for k in range(shared):
            matches += negatives[k] == own
        if matches:  # rare, so the loop above only counts
            for k in range(shared):
                if negatives[k] == own:
                    negative_losses[i] -= softplus(scores[i, k], decay[i, k])
                    decay[i, k], scores[i, k] = _F(0), _F(-1)  # a derivative of 0
        losses[i] += weight * negative_losses[i]
    scaled_sigmoid(scores.reshape(-1), decay.reshape(-1), weight)


@PerWidth
def _negative_sampling(width: int) -> Callable[..., Any]:
    def routine(inputs: Inputs, weight: float, gradients: Gradients) -> float:
        sgemm, hidden, table, rows, blocks = inputs
        grad_hidden, grad_rows = gradients
        count, size = len(hidden), width or hidden.shape[1]
        groups, block, shared = blocks
        negatives, transposed, block_scores, exps = block_workspace(blocks, size)
        of_targets = np.empty((2, block), _F)
        total = 0.0
        for g in range(groups):
            begin, first = min(g * block, count), count + g * shared
            end, last = min(begin + block, count), first + shared
            vectors, target = hidden[begin:end], rows[begin:end]
            scores = block_scores[: end - begin]
            score_block(sgemm, vectors, table, rows, first, negatives, transposed, scores, size)
            losses, grad_targets = of_targets[0, : end - begin], of_targets[1, : end - begin]
            _target_losses(vectors, table, rows[:count], begin, losses, grad_targets, exps, size)
            _negative_losses(scores, target, rows[first:last], _F(weight), losses, exps)
            for i in range(end - begin):
                total += losses[i]
            multiply(sgemm, scores, negatives, grad_hidden[begin:end], False)
            multiply(sgemm, scores, vectors, grad_rows[first:last], True)
            for i in range(end - begin):
                grad, row = grad_targets[i], target[i]
                for d in range(size):
                    grad_hidden[begin + i, d] += grad * table[row, d]
                for d in range(size):
                    grad_rows[begin + i, d] = grad * vectors[i, d]
        return total

    return routine


def negative_sampling_with_gradients(
    hidden: Array, weight: Array, target: Array, negatives: Array, negative_weight: float
) -> Any:
    """Return the sum of the losses and its gradients; see ``kernels.negative_sampling``."""
    if not weight.flags.c_contiguous:
        return NotImplemented
    arguments = block_arguments(hidden, weight, target, negatives)
    if arguments is None:
        return None
    inputs, (grad_hidden, grad_rows) = arguments
    routine = _negative_sampling[hidden.shape[1]]
    loss: float = routine(inputs, negative_weight, (grad_hidden, grad_rows))
    return loss, grad_hidden, inputs[3], grad_rows
