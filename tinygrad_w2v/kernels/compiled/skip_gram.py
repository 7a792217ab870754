"""Numba forms of the routines of ``kernels.skip_gram``, for float32."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import (
    Array,
    compiled,
    decay_of,
    logistic_of,
    loss_of,
    room_for,
    sum_of_losses,
)

_F = np.float32


@compiled
def _window_logistic(
    rows: Array,
    others: Array,
    left: Array,
    right: Array,
    room: tuple[Array, Array, Array],
) -> tuple[float, Array, Array]:  # pragma: no cover
    count, width = rows.shape
    by_rows = np.zeros((count, width), rows.dtype)
    by_others = np.zeros((count, width), rows.dtype)
    scores, decay = np.empty_like(room[0]), room[0]
    loss = 0.0
    for i in range(count):
        first = i - left[i]
        reach = left[i] + right[i] + 1
        for j in range(reach):
            score = _F(0)
            for d in range(width):
                score += rows[i, d] * others[first + j, d]
            scores[j] = -score
        here = scores[:reach]
        decay_of(here, decay, room[1], room[2])
        loss += sum_of_losses(here, decay) - loss_of(scores[left[i]], decay[left[i]])
        logistic_of(here, decay, _F(-1))
        here[left[i]] = _F(0)  # a word is not in its own window
        for j in range(reach):
            slope = here[j]
            for d in range(width):
                by_rows[i, d] += slope * others[first + j, d]
            for d in range(width):
                by_others[first + j, d] += slope * rows[i, d]
    return loss, by_rows, by_others


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
    """Turn scores into slopes, in place; return the loss."""
    _, block, shared = scores.shape
    each = _F(weight)
    decay = room[0]
    found = np.zeros(shared, np.float32)
    loss = 0.0
    for i in range(len(tokens)):
        g, row = i // block, scores[i // block, i % block]
        words = drawn[g]
        pairs = _F(left[i] + right[i])
        decay_of(row, decay, room[1], room[2])
        total = pairs * sum_of_losses(row, decay)
        matches = 0
        for j in range(i - left[i], i + right[i] + 1):
            if j != i:
                for k in range(shared):
                    matches += words[k] == tokens[j]
        if matches:  # seldom, so it is done by itself
            found[:] = _F(0)
            for j in range(i - left[i], i + right[i] + 1):
                if j != i:
                    for k in range(shared):
                        if words[k] == tokens[j]:
                            found[k] += _F(1)
                            total -= loss_of(row[k], decay[k])
        logistic_of(row, decay, each * pairs)
        if matches:
            for k in range(shared):
                row[k] *= (pairs - found[k]) / pairs
        loss += each * total
    return loss


def window_logistic(
    rows: Array, others: Array, left: Array, right: Array
) -> tuple[float, Array, Array]:
    """Return the loss of all pairs and its gradients; see ``skip_gram.window_logistic``."""
    room = room_for(int((left + right).max(initial=0)) + 1)
    found: tuple[float, Array, Array] = _window_logistic(
        np.ascontiguousarray(rows), np.ascontiguousarray(others), left, right, room
    )
    return found


def window_negatives(
    scores: Array, tokens: Array, left: Array, right: Array, drawn: Array, weight: float
) -> tuple[float, Array]:
    """Return the loss of all negatives, and slopes; see ``skip_gram.window_negatives``."""
    room = room_for(scores.shape[2])
    loss: float = _window_negatives(scores, tokens, left, right, drawn, weight, room)
    return loss, scores
