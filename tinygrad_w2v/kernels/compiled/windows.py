"""Numba implementations of the routines of ``kernels.windows``, by prefix sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth, compiled
from tinygrad_w2v.kernels.compiled.rows import AHEAD, are_rows, fetch_row
from tinygrad_w2v.kernels.dispatch import Array

_RUN = 256  # rows after which prefix sums restart, so that rounding does not grow with the run


@compiled
def longest_reach(left: Array, right: Array) -> int:
    """Return the size of the largest window to one side, or −1 if a window exceeds the run."""
    count, reach = len(left), 0
    for i in range(count):
        if left[i] < 0 or left[i] > i or right[i] < 0 or right[i] >= count - i:
            return -1
        reach = max(reach, left[i], right[i])
    return reach


@PerWidth
def _window_sum(width: int) -> Callable[..., Any]:
    def routine(
        table: Array, tokens: Array, left: Array, right: Array, mean: bool, out: Array
    ) -> bool:
        """Subtract prefix sums, over 256 rows of the run and their halo at a time."""
        count, size = len(tokens), width or table.shape[1]
        kind, halo = table.dtype.type, longest_reach(left, right)
        if halo < 0 or not are_rows(table, tokens):
            return False
        prefix = np.zeros((_RUN + 2 * halo + 1, size), table.dtype)
        for begin in range(0, count, _RUN):
            end = min(begin + _RUN, count)
            first = max(begin - halo, 0)
            last = min(end + halo, count)
            for j in range(first, last):
                if j + AHEAD < count:
                    fetch_row(table, tokens[j + AHEAD])
                row = tokens[j]
                for d in range(size):
                    prefix[j - first + 1, d] = prefix[j - first, d] + table[row, d]
            for i in range(begin, end):
                low = i - left[i] - first
                high = i + right[i] + 1 - first
                share = kind(1) / kind(max(left[i] + right[i], 1)) if mean else kind(1)
                row = tokens[i]
                for d in range(size):
                    out[i, d] = (prefix[high, d] - prefix[low, d] - table[row, d]) * share
        return True

    return routine


@PerWidth
def _window_spread(width: int) -> Callable[..., Any]:
    def routine(rows: Array, left: Array, right: Array, power: float, out: Array) -> bool:
        """Add rows where their windows begin, subtract them where they end; take prefix sums."""
        count, size = len(rows), width or rows.shape[1]
        kind, halo = rows.dtype.type, longest_reach(left, right)
        if halo < 0:
            return False
        shares = np.empty(2 * halo + 1, rows.dtype)
        for k in range(len(shares)):
            shares[k] = kind(max(k, 1) ** -power)
        edges = np.zeros((count + 1, size), rows.dtype)
        for i in range(count):
            low = i - left[i]
            high = i + right[i] + 1
            share = shares[left[i] + right[i]]
            for d in range(size):
                edges[low, d] += rows[i, d] * share
            for d in range(size):
                edges[high, d] -= rows[i, d] * share
        sums = np.zeros(size, rows.dtype)
        for i in range(count):
            share = shares[left[i] + right[i]]
            for d in range(size):
                sums[d] += edges[i, d]
                out[i, d] = sums[d] - rows[i, d] * share
        return True

    return routine


def window_sum(rows: Array, left: Array, right: Array) -> Any:
    """Return the sum of the rows in each window; see ``windows.window_sum``."""
    return _window_total(np.ascontiguousarray(rows), np.arange(len(rows)), left, right, False)


def window_mean(rows: Array, left: Array, right: Array) -> Any:
    """Return the mean of the rows in each window; see ``windows.window_mean``."""
    return _window_total(np.ascontiguousarray(rows), np.arange(len(rows)), left, right, True)


def table_window_mean(table: Array, tokens: Array, left: Array, right: Array) -> Any:
    """Return the mean of the rows in each window; see ``windows.table_window_mean``."""
    if not table.flags.c_contiguous:
        return NotImplemented
    return _window_total(table, tokens, left, right, True)


def _window_total(table: Array, tokens: Array, left: Array, right: Array, mean: bool) -> Any:
    out = np.empty((len(tokens), table.shape[1]), table.dtype)
    is_inside = _window_sum[table.shape[1]](table, tokens, left, right, mean, out)
    return out if is_inside else None


def window_spread(rows: Array, left: Array, right: Array, power: float) -> Array | None:
    """Add a part of each row to the rows in its window; see ``windows.window_spread``."""
    rows = np.ascontiguousarray(rows)
    out = np.empty(rows.shape, rows.dtype)
    is_inside = _window_spread[rows.shape[1]](rows, left, right, float(power), out)
    return out if is_inside else None
