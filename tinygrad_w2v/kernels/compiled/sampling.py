"""Numba form of the routine of ``kernels.sampling``, for float32.

A block's negatives, scores and slopes are used while they are in the cache, and the rows of its
targets are read from the table twice instead of copied.
"""

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
from tinygrad_w2v.kernels.compiled.prefetch import AHEAD, fetch_row
from tinygrad_w2v.kernels.compiled.products import blas_product, multiply, multiply_turned, turn
from tinygrad_w2v.kernels.compiled.rows import gather, name_rows

_F = np.float32


@inlined
def _target_losses(
    hidden: Array,
    table: Array,
    rows: Array,
    begin: int,
    losses: Array,
    slopes: Array,
    room: tuple[Array, Array, Array],
    size: int,
) -> None:  # pragma: no cover
    """Fill in −log σ(score) for each vector's score with its target, and its slope."""
    count = len(hidden)
    for i in range(count):
        if begin + i + AHEAD < len(rows):
            fetch_row(table, rows[begin + i + AHEAD])
        row = rows[begin + i]
        score = _F(0)
        for d in range(size):
            score += hidden[i, d] * table[row, d]
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
    count, shared = scores.shape
    flat = scores.reshape(-1)
    decay_of(flat, room[0], room[1], room[2])
    decay = room[0][: count * shared].reshape(count, shared)
    of_negatives = np.empty(count, np.float32)
    losses_of(scores, decay, of_negatives)
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


@inlined
def _add_targets(
    slopes: Array,
    hidden: Array,
    table: Array,
    rows: Array,
    by_hidden: Array,
    by_rows: Array,
    size: int,
) -> None:  # pragma: no cover
    count = len(hidden)
    for i in range(count):
        slope, row = slopes[i], rows[i]
        for d in range(size):
            by_hidden[i, d] += slope * table[row, d]
        for d in range(size):
            by_rows[i, d] = slope * hidden[i, d]


@for_width
def _summed_sampling(width: int) -> Callable[..., Any]:
    def routine(
        blas: int,
        hidden: Array,
        table: Array,
        rows: Array,
        blocks: tuple[int, int, int],
        weight: float,
        by_hidden: Array,
        by_rows: Array,
    ) -> float:  # pragma: no cover
        count, size = len(hidden), width or hidden.shape[1]
        groups, block, shared = blocks
        room = room_for(block * max(shared, 1))
        theirs, turned = np.empty((shared, size), _F), np.empty((size, shared), _F)
        scores, each = np.empty((block, shared), _F), np.empty((2, block), _F)
        total = 0.0
        for g in range(groups):
            begin, drawn = min(g * block, count), count + g * shared
            end = min(begin + block, count)
            gather(table, rows, drawn, theirs, size)
            turn(theirs, turned)
            mine, my_scores = hidden[begin:end], scores[: end - begin]
            losses, slopes = each[0, : end - begin], each[1, : end - begin]
            multiply(blas, mine, turned, my_scores)
            _target_losses(mine, table, rows[:count], begin, losses, slopes, room, size)
            _negative_losses(
                my_scores, rows[begin:end], rows[drawn : drawn + shared], _F(weight), losses, room
            )
            for i in range(end - begin):
                total += losses[i]
            multiply(blas, my_scores, theirs, by_hidden[begin:end])
            multiply_turned(blas, my_scores, mine, by_rows[drawn : drawn + shared])
            here = by_hidden[begin:end], by_rows[begin:end]
            _add_targets(slopes, mine, table, rows[begin:end], here[0], here[1], size)
        return total

    return routine


def summed_sampling(
    hidden: Array, weight: Array, target: Array, negatives: Array, negative_weight: float
) -> Any:
    """Return the sum of the losses and its gradients; see ``sampling.summed_sampling``."""
    if not weight.flags.c_contiguous:
        return NotImplemented
    hidden = np.ascontiguousarray(hidden)
    (count, width), (groups, shared) = hidden.shape, negatives.shape
    rows = np.empty(count + negatives.size, np.intp)
    if not name_rows(weight, target, negatives.reshape(-1), rows):
        return None
    by_hidden, by_rows = np.empty((count, width), _F), np.empty((len(rows), width), _F)
    block = block_size(count, groups)
    loss: float = _summed_sampling[width](
        blas_product(),
        hidden,
        weight,
        rows,
        (groups, block, shared),
        negative_weight,
        by_hidden,
        by_rows,
    )
    return loss, by_hidden, rows, by_rows
