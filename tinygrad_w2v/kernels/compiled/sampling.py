"""Numba forms of the routines of ``kernels.sampling``, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.kernels.blocks import block_scores, fill_block_gradients
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


@compiled
def _target_losses(
    hidden: Array,
    target_rows: Array,
    losses: Array,
    slopes: Array,
    room: tuple[Array, Array, Array],
) -> None:  # pragma: no cover
    """Fill in −log σ(score) for each row's score with its target, and its slope."""
    count, width = hidden.shape
    for i in range(count):
        score = _F(0)
        for d in range(width):
            score += hidden[i, d] * target_rows[i, d]
        slopes[i] = -score
    decay = room[0]
    decay_of(slopes, decay, room[1], room[2])
    for i in range(count):
        losses[i] = loss_of(slopes[i], decay[i])
    logistic_of(slopes, decay, _F(-1))


@compiled
def _negative_losses(
    scores: Array,
    target: Array,
    drawn: Array,
    weight: Any,
    losses: Array,
    room: tuple[Array, Array, Array],
) -> None:  # pragma: no cover
    """Add weight·log(1 + exp(score)) to the losses of a block; turn its scores into slopes."""
    count, shared = len(target), len(drawn)
    flat = scores.reshape(-1)[: count * shared]
    decay_of(flat, room[0], room[1], room[2])
    decay = room[0][: count * shared].reshape(count, shared)
    of_negatives = np.empty(count, np.float32)
    losses_of(scores[:count], decay, of_negatives)
    for i in range(count):
        own = target[i]
        matches = 0
        for k in range(shared):
            matches += drawn[k] == own
        if matches:  # seldom, so it is done by itself
            for k in range(shared):
                if drawn[k] == own:
                    of_negatives[i] -= loss_of(scores[i, k], decay[i, k])
                    decay[i, k], scores[i, k] = _F(0), _F(-1)  # a slope of 0
        losses[i] += weight * of_negatives[i]
    logistic_of(flat, decay.reshape(-1), weight)


@compiled
def _finish_losses(
    hidden: Array,
    target_rows: Array,
    scores: Array,
    target: Array,
    negatives: Array,
    negative_weight: float,
    room: tuple[Array, Array, Array],
) -> tuple[Array, Array]:  # pragma: no cover
    count, block = len(hidden), scores.shape[1]
    weight = _F(negative_weight)
    losses, slopes = np.empty(count, np.float32), np.empty(count, np.float32)
    for begin in range(0, count, block):
        g, end = begin // block, min(begin + block, count)
        _target_losses(
            hidden[begin:end], target_rows[begin:end], losses[begin:end], slopes[begin:end], room
        )
        _negative_losses(
            scores[g], target[begin:end], negatives[g], weight, losses[begin:end], room
        )
    return losses, slopes


@compiled
def _scaled(slopes: Array, each: Array) -> Array:  # pragma: no cover
    """Multiply the slopes of each prediction by its factor; all of them are 1 in a training."""
    blocks, block, shared = slopes.shape
    ones = 0
    for i in range(len(each)):
        ones += each[i] == _F(1)
    if ones == blocks * block:
        return slopes
    out = np.empty((blocks, block, shared), slopes.dtype)
    for g in range(blocks):
        for b in range(block):
            i = g * block + b
            factor = each[i] if i < len(each) else _F(0)
            for k in range(shared):
                out[g, b, k] = factor * slopes[g, b, k]
    return out


@compiled
def _add_targets(
    each: Array,
    slopes: Array,
    hidden: Array,
    target_rows: Array,
    by_hidden: Array,
    by_rows: Array,
) -> None:  # pragma: no cover
    count, width = hidden.shape
    for i in range(count):
        slope = each[i] * slopes[i]
        for d in range(width):
            by_hidden[i, d] += slope * target_rows[i, d]
        for d in range(width):
            by_rows[i, d] = slope * hidden[i, d]


def sampling_losses(
    hidden: Array,
    target_rows: Array,
    negative_rows: Array,
    target: Array,
    negatives: Array,
    negative_weight: float,
) -> tuple[Array, Array, Array]:
    """Return losses and slopes; see ``sampling.sampling_losses``."""
    hidden = np.ascontiguousarray(hidden)
    scores = block_scores(hidden, negative_rows)
    room = room_for(scores.shape[1] * max(scores.shape[2], 1))
    losses, target_slopes = _finish_losses(
        hidden, target_rows, scores, target, negatives, negative_weight, room
    )
    return losses, target_slopes, scores


def sampling_gradients(
    each: Array,
    hidden: Array,
    target_rows: Array,
    negative_rows: Array,
    target_slopes: Array,
    slopes: Array,
) -> tuple[Array, Array]:
    """Return gradients by vectors and rows; see ``sampling.sampling_gradients``."""
    count, width = hidden.shape
    blocks, shared, _ = negative_rows.shape
    by_hidden = np.empty((count, width), hidden.dtype)
    by_rows = np.empty((count + blocks * shared, width), hidden.dtype)
    by_scores = _scaled(slopes, each)
    by_negatives = by_rows[count:].reshape(negative_rows.shape)
    fill_block_gradients(by_scores, hidden, negative_rows, by_hidden, by_negatives)
    _add_targets(each, target_slopes, hidden, target_rows, by_hidden, by_rows)
    return by_hidden, by_rows
