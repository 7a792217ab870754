"""Numba form of the routine of ``kernels.skip_gram``, for float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.blocks import block_size
from tinygrad_w2v.kernels.compiled.jit import (
    Array,
    compiled,
    decay_of,
    for_width,
    inlined,
    logistic_of,
    loss_of,
    losses_of,
    room_for,
)
from tinygrad_w2v.kernels.compiled.products import blas_product, multiply, multiply_turned, turn
from tinygrad_w2v.kernels.compiled.rows import gather, name_rows, take_rows
from tinygrad_w2v.kernels.compiled.windows import longest_reach

_F = np.float32
_MARKS = 8192
_LAST = _MARKS - 1
_WORDS = 64  # whose pairs are worked on together


@inlined
def _after(j: int, i: int) -> int:  # pragma: no cover
    """Return the place after j, i itself left out."""
    return j + 1 + (j + 1 == i)


# Pairs are taken two at a time, which share the reading of rows[i].


@inlined
def _pair_scores(
    rows: Array, others: Array, i: int, window: tuple[int, int], scores: Array, pair: int, size: int
) -> int:  # pragma: no cover
    """Put −rows[i]·others[j] for all j in the window into `scores`, which has room for one more."""
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
    slopes: Array,
    pair: int,
    by_rows: Array,
    by_others: Array,
    size: int,
) -> int:  # pragma: no cover
    """Add the gradients of the pairs of one window, whose slopes begin at `pair`."""
    j = _after(window[0] - 1, i)
    while j < window[1]:
        k = _after(j, i)
        is_last = k >= window[1]
        k = j if is_last else k
        first, second = slopes[pair], _F(0) if is_last else slopes[pair + 1]
        for d in range(size):
            by_rows[i, d] += first * others[j, d] + second * others[k, d]
        for d in range(size):
            by_others[j, d] += first * rows[i, d]
        if not is_last:
            for d in range(size):
                by_others[k, d] += second * rows[i, d]
        pair += 1 if is_last else 2
        j = _after(k, i)
    return pair


@for_width
def _window_logistic(width: int) -> Callable[..., Any]:
    def routine(
        rows: Array,
        others: Array,
        left: Array,
        right: Array,
        by_rows: Array,
        by_others: Array,
        widest: int,
    ) -> float:  # pragma: no cover
        count, size = len(rows), width or rows.shape[1]
        room = room_for(_WORDS * widest)
        scores, loss = np.empty(_WORDS * widest + 1, _F), 0.0
        for begin in range(0, count, _WORDS):
            end = min(begin + _WORDS, count)
            pairs = 0
            for i in range(begin, end):
                window = i - left[i], i + right[i] + 1
                pairs = _pair_scores(rows, others, i, window, scores, pairs, size)
            here = scores[:pairs]
            decay_of(here, room[0], room[1], room[2])
            for pair in range(pairs):
                loss += loss_of(here[pair], room[0][pair])
            logistic_of(here, room[0], _F(-1))
            pair = 0
            for i in range(begin, end):
                window = i - left[i], i + right[i] + 1
                pair = _add_pairs(rows, others, i, window, here, pair, by_rows, by_others, size)
        return loss

    return routine


@compiled
def _leave_out(
    row: Array, decay: Array, drawn: Array, token: int, kept: Array
) -> Any:  # pragma: no cover
    """Return the losses of the negatives that are one word of a window; count down their pairs."""
    lost = _F(0)
    for k in range(len(drawn)):
        if drawn[k] == token:
            kept[k] -= _F(1)
            lost += loss_of(row[k], decay[k])
    return lost


@compiled
def _block_negatives(
    scores: Array,
    tokens: Array,
    left: Array,
    right: Array,
    begin: int,
    drawn: Array,
    each: Any,
    room: tuple[Array, Array, Array],
) -> float:  # pragma: no cover
    """Return the losses of a block's pairs with its negatives; turn its scores into slopes."""
    count, shared = scores.shape
    # The words drawn for it, by their last bits: few words of its windows are among them.
    is_drawn = np.zeros(_MARKS, np.bool_)
    for word in drawn:
        is_drawn[word & _LAST] = True
    decay = room[0][: count * shared].reshape(count, shared)
    decay_of(scores.reshape(-1), room[0], room[1], room[2])
    losses, factors = np.empty(count, np.float32), np.empty((count, shared), np.float32)
    losses_of(scores, decay, losses)
    total = 0.0
    for b in range(count):
        i = begin + b
        first, last = i - left[i], i + right[i] + 1
        pairs = _F(left[i] + right[i])
        loss = pairs * losses[b]
        for k in range(shared):
            factors[b, k] = pairs
        for j in range(first, last):
            if is_drawn[tokens[j] & _LAST] and j != i:
                loss -= _leave_out(scores[b], decay[b], drawn, tokens[j], factors[b])
        total += each * loss
    logistic_of(scores.reshape(-1), decay.reshape(-1), each)
    for b in range(count):
        for k in range(shared):
            scores[b, k] *= factors[b, k]
    return total


@for_width
def _negatives_of_blocks(width: int) -> Callable[..., Any]:
    def routine(
        blas: int,
        hidden: Array,
        table: Array,
        rows: Array,
        windows: tuple[Array, Array],
        blocks: tuple[int, int, int],
        weight: float,
        by_hidden: Array,
        by_rows: Array,
    ) -> float:  # pragma: no cover
        count, size = len(hidden), width or hidden.shape[1]
        groups, block, shared = blocks
        room = room_for(block * shared)
        theirs, turned = np.empty((shared, size), _F), np.empty((size, shared), _F)
        scores, loss = np.empty((block, shared), _F), 0.0
        for g in range(groups):
            begin, drawn = min(g * block, count), count + g * shared
            end = min(begin + block, count)
            gather(table, rows, drawn, theirs, size)
            turn(theirs, turned)
            mine, here = hidden[begin:end], scores[: end - begin]
            multiply(blas, mine, turned, here)
            words = rows[drawn : drawn + shared]
            loss += _block_negatives(
                here, rows[:count], windows[0], windows[1], begin, words, _F(weight), room
            )
            multiply(blas, here, theirs, by_hidden[begin:end])
            multiply_turned(blas, here, mine, by_rows[drawn : drawn + shared])
        return loss

    return routine


def summed_skip_gram(
    hidden: Array,
    weight: Array,
    tokens: Array,
    left: Array,
    right: Array,
    negatives: Array,
    negative_weight: float,
) -> Any:
    """Return the sum of the losses and its gradients; see ``skip_gram.summed_skip_gram``."""
    reach = longest_reach(left, right)
    if reach < 0:
        return None
    outputs = take_rows(weight, tokens)
    if outputs is None or outputs is NotImplemented:
        return outputs
    hidden = np.ascontiguousarray(hidden)
    (count, width), (groups, shared) = hidden.shape, negatives.shape
    rows = np.empty(count + negatives.size, np.intp)
    if not name_rows(weight, tokens, negatives.reshape(-1), rows):
        return None
    by_hidden, by_rows = np.empty((count, width), _F), np.empty((len(rows), width), _F)
    by_rows[:count] = 0
    block = block_size(count, groups)
    loss = _negatives_of_blocks[width](
        blas_product(),
        hidden,
        weight,
        rows,
        (left, right),
        (groups, block, shared),
        negative_weight,
        by_hidden,
        by_rows,
    )
    loss += _window_logistic[width](hidden, outputs, left, right, by_hidden, by_rows, 2 * reach)
    return loss, by_hidden, rows, by_rows
