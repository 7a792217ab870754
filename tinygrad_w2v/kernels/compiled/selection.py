"""Numba implementation of the routine of ``kernels.selection``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import compiled
from tinygrad_w2v.kernels.dispatch import Array

_CHUNK = 64  # queries whose scores are compared at once


@compiled
def _insert(
    scores: Array, first: int, i: int, begin: int, end: int, best: Array, rows: Array, least: Array
) -> None:
    """Insert the scores of row i for some queries where they exceed the least of the best."""
    last = best.shape[1] - 1
    for q in range(begin, end):
        score = scores[i, q]
        if score > least[q]:
            place = last
            while place and best[q, place - 1] < score:
                best[q, place], rows[q, place] = best[q, place - 1], rows[q, place - 1]
                place -= 1
            best[q, place], rows[q, place] = score, first + i
            least[q] = best[q, last]


@compiled
def _keep_largest(scores: Array, first: int, best: Array, rows: Array) -> None:
    least = best[:, -1].copy()
    full = len(least) - len(least) % _CHUNK
    for i in range(len(scores)):
        for begin in range(0, full, _CHUNK):
            larger = np.int32(0)  # counted without a branch, in vector instructions
            for q in range(_CHUNK):
                larger += np.int32(scores[i, begin + q] > least[begin + q])
            if larger:
                _insert(scores, first, i, begin, begin + _CHUNK, best, rows, least)
        _insert(scores, first, i, full, len(least), best, rows, least)


def keep_largest(scores: Array, first: int, best: Array, rows: Array) -> Any:
    """Replace the smallest of the best scores; see ``selection.keep_largest``."""
    if scores.shape[1] < _CHUNK or not scores.flags.c_contiguous:
        return NotImplemented
    _keep_largest(scores, first, best, rows)
    return None
