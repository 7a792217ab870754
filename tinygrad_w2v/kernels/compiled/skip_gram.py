"""Numba implementation of ``kernels.skip_gram``, for float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from tinygrad_w2v.kernels.compiled.negative_sampling import (
    Gradients,
    Inputs,
    block_arguments,
    block_workspace,
    score_block,
)
from tinygrad_w2v.kernels.compiled.products import multiply
from tinygrad_w2v.kernels.compiled.rows import take_rows
from tinygrad_w2v.kernels.compiled.windows import longest_reach
from tinygrad_w2v.kernels.dispatch import Array

_F = np.float32
_MARKS = 8192  # a power of two: a word is marked by its low bits
_LOW_BITS = _MARKS - 1
_WORDS = 64  # whose pairs are processed together


@inlined
def _after(j: int, i: int) -> int:
    """Return the position after j, skipping i."""
    return j + 1 + (j + 1 == i)


# Pairs are processed two at a time, so that each number of rows[i] is read once for both.


@inlined
def _pair_scores(
    rows: Array, others: Array, i: int, window: tuple[int, int], scores: Array, pair: int, size: int
) -> int:
    """Write −rows[i]·others[j] for all j in the window to `scores`, which is one longer."""
    j = _after(window[0] - 1, i)
    while j < window[1]:
        k = _after(j, i)
        is_last = k >= window[1]
        k = j if is_last else k
        first, second = _F(0), _F(0)
        for d in range(size):
            first += rows[i, d] * others[j, d]
            second += rows[i, d] * others[k, d]
        scores[pair], scores[pair + 1] = -first, -second
        pair += 1 if is_last else 2
        j = _after(k, i)
    return pair


@inlined
def _add_pairs(
    rows: Array,
    others: Array,
    i: int,
    window: tuple[int, int],
    grad_scores: Array,
    pair: int,
    grad_rows: Array,
    grad_others: Array,
    size: int,
) -> int:
    """Add the gradients of the pairs of one window, the first of which is number `pair`."""
    j = _after(window[0] - 1, i)
    while j < window[1]:
        k = _after(j, i)
        is_last = k >= window[1]
        k = j if is_last else k
        first, second = grad_scores[pair], _F(0) if is_last else grad_scores[pair + 1]
        for d in range(size):
            grad_rows[i, d] += first * others[j, d] + second * others[k, d]
        for d in range(size):
            grad_others[j, d] += first * rows[i, d]
        if not is_last:
            for d in range(size):
                grad_others[k, d] += second * rows[i, d]
        pair += 1 if is_last else 2
        j = _after(k, i)
    return pair


@PerWidth
def _window_logistic(width: int) -> Callable[..., Any]:
    def routine(
        rows: Array, others: Array, left: Array, right: Array, gradients: Gradients, widest: int
    ) -> float:
        grad_rows, grad_others = gradients
        count, size = len(rows), width or rows.shape[1]
        workspace = exp_workspace(_WORDS * widest)
        scores, loss = np.empty(_WORDS * widest + 1, _F), 0.0
        for begin in range(0, count, _WORDS):
            end = min(begin + _WORDS, count)
            pairs = 0
            for i in range(begin, end):
                window = i - left[i], i + right[i] + 1
                pairs = _pair_scores(rows, others, i, window, scores, pairs, size)
            here = scores[:pairs]
            exp_neg_abs(here, *workspace)
            for pair in range(pairs):
                loss += softplus(here[pair], workspace[0][pair])
            scaled_sigmoid(here, workspace[0], _F(-1))
            pair = 0
            for i in range(begin, end):
                window = i - left[i], i + right[i] + 1
                pair = _add_pairs(rows, others, i, window, here, pair, grad_rows, grad_others, size)
        return loss

    return routine


@compiled
def _negative_losses(
    scores: Array,
    tokens: Array,
    left: Array,
    right: Array,
    begin: int,
    negatives: Array,
    weight: Any,
    workspace: Workspace,
) -> float:
    """Return the losses of a block's pairs; replace its scores by derivatives."""
    count, shared = scores.shape
    # Few words of the windows are among the negatives: marks rule out most of the others.
    is_marked = np.zeros(_MARKS, np.bool_)
    for word in negatives:
        is_marked[word & _LOW_BITS] = True
    losses, decay = softplus_sums(scores, workspace)
    factors = np.empty((count, shared), _F)
    total = 0.0
    for b in range(count):
        i = begin + b
        pairs = _F(left[i] + right[i])
        loss = pairs * losses[b]
        for k in range(shared):
            factors[b, k] = pairs
        for j in range(i - left[i], i + right[i] + 1):
            if is_marked[tokens[j] & _LOW_BITS] and j != i:
                excluded = _F(0)
                for k in range(shared):
                    if negatives[k] == tokens[j]:
                        factors[b, k] -= _F(1)
                        excluded += softplus(scores[b, k], decay[b, k])
                loss -= excluded
        total += weight * loss
    scaled_sigmoid(scores.reshape(-1), decay.reshape(-1), weight)
    for b in range(count):
        for k in range(shared):
            scores[b, k] *= factors[b, k]
    return total


@PerWidth
def _negative_pairs(width: int) -> Callable[..., Any]:
    def routine(
        inputs: Inputs, left: Array, right: Array, weight: float, gradients: Gradients
    ) -> float:
        sgemm, hidden, table, rows, blocks = inputs
        grad_hidden, grad_rows = gradients
        count, size = len(hidden), width or hidden.shape[1]
        groups, block, shared = blocks
        negatives, transposed, block_scores, exps = block_workspace(blocks, size)
        loss = 0.0
        for g in range(groups):
            begin, first = min(g * block, count), count + g * shared
            end, last = min(begin + block, count), first + shared
            vectors, scores = hidden[begin:end], block_scores[: end - begin]
            score_block(sgemm, vectors, table, rows, first, negatives, transposed, scores, size)
            loss += _negative_losses(
                scores, rows[:count], left, right, begin, rows[first:last], _F(weight), exps
            )
            multiply(sgemm, scores, negatives, grad_hidden[begin:end], False)
            multiply(sgemm, scores, vectors, grad_rows[first:last], True)
        return loss

    return routine


def skip_gram_with_gradients(
    hidden: Array,
    weight: Array,
    tokens: Array,
    left: Array,
    right: Array,
    negatives: Array,
    negative_weight: float,
) -> Any:
    """Return the sum of the losses and its gradients; see ``kernels.skip_gram``."""
    reach = longest_reach(left, right)
    if reach < 0:
        return None
    outputs = take_rows(weight, tokens)
    if outputs is None or outputs is NotImplemented:
        return outputs
    arguments = block_arguments(hidden, weight, tokens, negatives)
    if arguments is None:
        return None
    inputs, (grad_hidden, grad_rows) = arguments
    grad_rows[: len(tokens)] = 0
    width, gradients = hidden.shape[1], (grad_hidden, grad_rows)
    loss = _negative_pairs[width](inputs, left, right, negative_weight, gradients)
    loss += _window_logistic[width](inputs[1], outputs, left, right, gradients, 2 * reach)
    return loss, grad_hidden, inputs[3], grad_rows
