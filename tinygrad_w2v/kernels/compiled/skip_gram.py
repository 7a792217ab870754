"""Numba forms of the routines of ``kernels.skip_gram``, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import (
    Array,
    compiled,
    decay_of,
    logistic_of,
    loss_of,
    losses_of,
    room_for,
)

_F = np.float32
_MARKS = 8192
_LAST = _MARKS - 1
_WORDS = 64  # whose pairs are worked on together


@compiled
def _window_logistic(
    rows: Array,
    others: Array,
    left: Array,
    right: Array,
    by_rows: Array,
    by_others: Array,
    room: tuple[Array, Array, Array],
) -> float:  # pragma: no cover
    count, width = rows.shape
    scores, loss = np.empty_like(room[0]), 0.0
    for begin in range(0, count, _WORDS):
        end = min(begin + _WORDS, count)
        pairs = 0
        for i in range(begin, end):
            for j in range(i - left[i], i + right[i] + 1):
                if j != i:
                    score = _F(0)
                    for d in range(width):
                        score += rows[i, d] * others[j, d]
                    scores[pairs] = -score
                    pairs += 1
        here = scores[:pairs]
        decay_of(here, room[0], room[1], room[2])
        for pair in range(pairs):
            loss += loss_of(here[pair], room[0][pair])
        logistic_of(here, room[0], _F(-1))
        pair = 0
        for i in range(begin, end):
            for j in range(i - left[i], i + right[i] + 1):
                if j != i:
                    slope = here[pair]
                    pair += 1
                    for d in range(width):
                        by_rows[i, d] += slope * others[j, d]
                    for d in range(width):
                        by_others[j, d] += slope * rows[i, d]
    return loss


@compiled
def _leave_out(
    row: Array, decay: Array, drawn: Array, windows: Array, kept: Array
) -> Any:  # pragma: no cover
    """Return the losses of negatives that stand in the window; count down their pairs."""
    lost = _F(0)
    for token in windows:
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
    """Do what :func:`window_negatives` does for one block, whose first word is `begin`."""
    block, shared = scores.shape
    count = min(block, len(tokens) - begin)
    # The words drawn for it, by their last bits: few words of its windows are among them.
    is_drawn = np.zeros(_MARKS, np.bool_)
    for word in drawn:
        is_drawn[word & _LAST] = True
    decay = room[0][: block * shared].reshape(block, shared)
    decay_of(scores.reshape(-1), room[0], room[1], room[2])
    losses, factors = np.empty(block, np.float32), np.empty((count, shared), np.float32)
    losses_of(scores, decay, losses)
    total = 0.0
    for b in range(count):
        i = begin + b
        first, last = i - left[i], i + right[i] + 1
        pairs = _F(left[i] + right[i])
        loss = pairs * losses[b]
        for k in range(shared):
            factors[b, k] = pairs
        found = False
        for j in range(first, last):
            found |= is_drawn[tokens[j] & _LAST]
        if found:
            kept = factors[b]
            loss -= _leave_out(scores[b], decay[b], drawn, tokens[first:i], kept)
            loss -= _leave_out(scores[b], decay[b], drawn, tokens[i + 1 : last], kept)
        total += each * loss
    logistic_of(scores.reshape(-1), decay.reshape(-1), each)
    for b in range(count):
        for k in range(shared):
            scores[b, k] *= factors[b, k]
    return total


@compiled
def _window_negatives(
    scores: Array,
    tokens: Array,
    left: Array,
    right: Array,
    drawn: Array,
    weight: float,
    room: tuple[Array, Array, Array],
) -> float:  # pragma: no cover
    blocks, block, _ = scores.shape
    loss = 0.0
    for g in range(blocks):
        loss += _block_negatives(
            scores[g], tokens, left, right, g * block, drawn[g], _F(weight), room
        )
    return loss


def window_logistic(
    rows: Array, others: Array, left: Array, right: Array, by_rows: Array, by_others: Array
) -> float:
    """Return the loss of all pairs, add its gradients; see ``skip_gram.window_logistic``."""
    room = room_for(_WORDS * int((left + right).max(initial=0)))
    rows, others = np.ascontiguousarray(rows), np.ascontiguousarray(others)
    loss: float = _window_logistic(rows, others, left, right, by_rows, by_others, room)
    return loss


def window_negatives(
    scores: Array, tokens: Array, left: Array, right: Array, drawn: Array, weight: float
) -> tuple[float, Array]:
    """Return the loss of all negatives, and slopes; see ``skip_gram.window_negatives``."""
    room = room_for(scores[:1].size)
    loss: float = _window_negatives(scores, tokens, left, right, drawn, weight, room)
    return loss, scores
