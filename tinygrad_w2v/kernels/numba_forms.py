"""The Numba forms of the hot routines. Imported by ``set_backend("numba")`` only.

Each has the name, the arguments and, to rounding, the results of its NumPy form. They release
the interpreter's lock, so threads run them side by side, and are compiled once for all
processes (``cache=True``).
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

# Sums may be reordered (the NumPy forms' BLAS does too); NaN and infinity keep their meaning.
_compiled: Callable[..., Any] = numba.njit(
    nogil=True, cache=True, fastmath={"reassoc", "contract", "arcp", "nsz"}
)

_RUN = 256  # rows after which prefix sums begin anew, so that rounding does not grow with the run


@_compiled
def _window_sum(rows: Array, left: Array, right: Array, halo: int) -> Array:  # pragma: no cover
    """Sum windows as differences of prefix sums, taken over 256 rows and their halo at a time."""
    count, width = rows.shape
    out = np.empty((count, width), rows.dtype)
    prefix = np.zeros((_RUN + 2 * halo + 1, width), rows.dtype)
    for begin in range(0, count, _RUN):
        end = min(begin + _RUN, count)
        first = max(begin - halo, 0)
        last = min(end + halo, count)
        for j in range(first, last):
            for d in range(width):
                prefix[j - first + 1, d] = prefix[j - first, d] + rows[j, d]
        for i in range(begin, end):
            low = i - left[i] - first
            high = i + right[i] + 1 - first
            for d in range(width):
                out[i, d] = prefix[high, d] - prefix[low, d] - rows[i, d]
    return out


@_compiled
def _window_spread(rows: Array, left: Array, right: Array) -> Array:  # pragma: no cover
    """Add rows where their windows begin, take them off where they end, and sum along."""
    count, width = rows.shape
    edges = np.zeros((count + 1, width), rows.dtype)
    for i in range(count):
        low = i - left[i]
        high = i + right[i] + 1
        for d in range(width):
            edges[low, d] += rows[i, d]
        for d in range(width):
            edges[high, d] -= rows[i, d]
    out = np.empty((count, width), rows.dtype)
    for d in range(width):
        out[0, d] = edges[0, d]
    for i in range(1, count):
        for d in range(width):
            out[i, d] = out[i - 1, d] + edges[i, d]
    for i in range(count):
        for d in range(width):
            out[i, d] -= rows[i, d]
    return out


@_compiled
def _finish_logistic(
    scores: Array, decay: Array, counts: Array
) -> tuple[Array, Array]:  # pragma: no cover
    """Turn exp(-|score|) into slopes, in place, and losses."""
    blocks, block, shared = scores.shape
    losses = np.empty((blocks, block), scores.dtype)
    one, zero = scores.dtype.type(1), scores.dtype.type(0)
    for g in range(blocks):
        for i in range(block):
            total = zero
            for k in range(shared):
                score, e = scores[g, i, k], decay[g, i, k]
                share = one / (one + e)
                # log(1 + e) with a relative error of 1e-7 would take log1p; 1 + e loses less
                # than the rounding of the sum that it is added to.
                total += counts[g, i, k] * (max(score, zero) + np.log(one + e))
                decay[g, i, k] = counts[g, i, k] * (share if score >= zero else e * share)
            losses[g, i] = total
    return losses, decay


@_compiled
def _window_logistic(
    rows: Array, others: Array, left: Array, right: Array
) -> tuple[float, Array, Array]:  # pragma: no cover
    count, width = rows.shape
    by_rows = np.zeros((count, width), rows.dtype)
    by_others = np.zeros((count, width), rows.dtype)
    one = rows.dtype.type(1)
    loss = 0.0
    for i in range(count):
        for j in range(i - left[i], i + right[i] + 1):
            if j == i:
                continue
            score = rows.dtype.type(0)
            for d in range(width):
                score += rows[i, d] * others[j, d]
            e = np.exp(-abs(score))
            share = one / (one + e)
            loss += max(-score, rows.dtype.type(0)) + np.log(one + e)
            slope = -(e * share) if score >= 0 else -share
            for d in range(width):
                by_rows[i, d] += slope * others[j, d]
            for d in range(width):
                by_others[j, d] += slope * rows[i, d]
    return loss, by_rows, by_others


@_compiled
def _window_matches(
    tokens: Array, left: Array, right: Array, drawn: Array, block: int
) -> Array:  # pragma: no cover
    groups, shared = drawn.shape
    matches = np.zeros((groups, block, shared), np.int32)
    for i in range(len(tokens)):
        g = i // block
        for j in range(i - left[i], i + right[i] + 1):
            if j != i:
                for k in range(shared):
                    matches[g, i % block, k] += tokens[j] == drawn[g, k]
    return matches


@_compiled
def _descend_rows(
    table: Array, rows: Array, values: Array, rate: float, longest: float, slots: Array
) -> None:  # pragma: no cover
    """Add up values of equal rows, then take one step for each distinct row."""
    count, width = values.shape
    sums = np.empty((count, width), values.dtype)
    distinct = np.empty(count, rows.dtype)
    used = 0
    for i in range(count):
        row = rows[i]
        slot = slots[row]
        if slot < 0:
            slots[row] = used
            distinct[used] = row
            for d in range(width):
                sums[used, d] = values[i, d]
            used += 1
        else:
            for d in range(width):
                sums[slot, d] += values[i, d]
    lr = table.dtype.type(rate)
    for k in range(used):
        row = distinct[k]
        slots[row] = -1
        scale = lr
        if longest > 0:
            square = table.dtype.type(0)
            for d in range(width):
                square += sums[k, d] * sums[k, d]
            length = lr * np.sqrt(square)
            if length > longest:
                scale = table.dtype.type(lr * longest / length)
        for d in range(width):
            table[row, d] -= scale * sums[k, d]


class _Scratch(threading.local):
    """Each thread's array of places, one for each row of the largest table it has met."""

    def __init__(self) -> None:
        self.slots = np.full(0, -1, np.int32)

    def of(self, height: int) -> Array:
        if len(self.slots) < height:
            self.slots = np.full(height, -1, np.int32)
        return self.slots


_scratch = _Scratch()


def window_sum(rows: Array, left: Array, right: Array) -> Array:
    """Return the sum of the rows around each one; see ``windows.window_sum``."""
    if not len(rows):
        return np.zeros_like(rows)
    halo = int(max(left.max(), right.max()))
    summed: Array = _window_sum(np.ascontiguousarray(rows), left, right, halo)
    return summed


def window_spread(rows: Array, left: Array, right: Array) -> Array:
    """Add each row to all rows in its window; see ``windows.window_spread``."""
    if not len(rows):
        return np.zeros_like(rows)
    spread: Array = _window_spread(np.ascontiguousarray(rows), left, right)
    return spread


def logistic_losses(scores: Any, counts: Any) -> tuple[Any, Any]:
    """Return losses and slopes; see ``logistic.logistic_losses``."""
    decay = np.abs(scores)
    np.negative(decay, out=decay)
    np.exp(decay, out=decay)  # NumPy's exp uses the processor's widest registers
    finished: tuple[Array, Array] = _finish_logistic(scores, decay, counts)
    return finished


def window_logistic(
    rows: Array, others: Array, left: Array, right: Array
) -> tuple[float, Array, Array]:
    """Return the loss of all pairs and its gradients; see ``windows.window_logistic``."""
    found: tuple[float, Array, Array] = _window_logistic(
        np.ascontiguousarray(rows), np.ascontiguousarray(others), left, right
    )
    return found


def window_matches(tokens: Array, left: Array, right: Array, drawn: Array, block: int) -> Array:
    """Count drawn words in windows; see ``windows.window_matches``."""
    matches: Array = _window_matches(tokens, left, right, drawn, block)
    return matches


def descend_rows(table: Array, rows: Array, values: Array, rate: float, longest: float) -> None:
    """Take a step down for some rows; see ``rows.descend_rows``."""
    width = math.prod(table.shape[1:])
    flat = np.ascontiguousarray(values).reshape(len(rows), width)
    view = table.reshape(len(table), width)
    _descend_rows(view, rows, flat, rate, longest, _scratch.of(len(table)))


FORMS: dict[str, Callable[..., Any]] = {
    "window_sum": window_sum,
    "window_spread": window_spread,
    "logistic_losses": logistic_losses,
    "window_logistic": window_logistic,
    "window_matches": window_matches,
    "descend_rows": descend_rows,
}
