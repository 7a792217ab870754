"""Numba forms of the routines of ``kernels.windows``: prefix sums in place of banded matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import Array, compiled, for_width

_RUN = 256  # rows after which prefix sums begin anew, so that rounding does not grow with the run


@compiled
def _first_outside(left: Array, right: Array) -> int:  # pragma: no cover
    count = len(left)
    for i in range(count):
        if left[i] < 0 or left[i] > i or right[i] < 0 or right[i] >= count - i:
            return i
    return -1


@for_width
def _window_sum(width: int) -> Callable[..., Any]:
    def routine(rows: Array, left: Array, right: Array, mean: bool) -> Array:  # pragma: no cover
        """Take differences of prefix sums over 256 rows and their halo at a time."""
        count, size = len(rows), width or rows.shape[1]
        out = np.empty((count, size), rows.dtype)
        kind, halo = rows.dtype.type, 0
        for i in range(count):
            halo = max(halo, left[i], right[i])
        prefix = np.zeros((_RUN + 2 * halo + 1, size), rows.dtype)
        for begin in range(0, count, _RUN):
            end = min(begin + _RUN, count)
            first = max(begin - halo, 0)
            last = min(end + halo, count)
            for j in range(first, last):
                for d in range(size):
                    prefix[j - first + 1, d] = prefix[j - first, d] + rows[j, d]
            for i in range(begin, end):
                low = i - left[i] - first
                high = i + right[i] + 1 - first
                share = kind(1) / kind(max(left[i] + right[i], 1)) if mean else kind(1)
                for d in range(size):
                    out[i, d] = (prefix[high, d] - prefix[low, d] - rows[i, d]) * share
        return out

    return routine


@for_width
def _window_spread(width: int) -> Callable[..., Any]:
    def routine(rows: Array, left: Array, right: Array, mean: bool) -> Array:  # pragma: no cover
        """Add rows where their windows begin, take them off where they end, and sum along."""
        count, size = len(rows), width or rows.shape[1]
        kind = rows.dtype.type
        edges = np.zeros((count + 1, size), rows.dtype)
        for i in range(count):
            low = i - left[i]
            high = i + right[i] + 1
            share = kind(1) / kind(max(left[i] + right[i], 1)) if mean else kind(1)
            for d in range(size):
                edges[low, d] += rows[i, d] * share
            for d in range(size):
                edges[high, d] -= rows[i, d] * share
        out = np.empty((count, size), rows.dtype)
        sums = np.zeros(size, rows.dtype)
        for i in range(count):
            share = kind(1) / kind(max(left[i] + right[i], 1)) if mean else kind(1)
            for d in range(size):
                sums[d] += edges[i, d]
                out[i, d] = sums[d] - rows[i, d] * share
        return out

    return routine


def first_outside(left: Array, right: Array) -> int:
    """Return the first window that reaches out of the run; see ``windows.first_outside``."""
    found: int = _first_outside(left, right)
    return found


def window_sum(rows: Array, left: Array, right: Array) -> Array:
    """Return the sum of the rows around each one; see ``windows.window_sum``."""
    summed: Array = _window_sum(rows.shape[1])(np.ascontiguousarray(rows), left, right, False)
    return summed


def window_mean(rows: Array, left: Array, right: Array) -> Array:
    """Return the mean of the rows around each one; see ``windows.window_mean``."""
    mean: Array = _window_sum(rows.shape[1])(np.ascontiguousarray(rows), left, right, True)
    return mean


def window_spread(rows: Array, left: Array, right: Array, mean: bool) -> Array:
    """Add each row to all rows in its window; see ``windows.window_spread``."""
    spread: Array = _window_spread(rows.shape[1])(np.ascontiguousarray(rows), left, right, mean)
    return spread
