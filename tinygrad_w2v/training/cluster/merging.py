"""Merge rules: how the changes that several workers made to one table become one change.

A rule works in two phases, so that the owners of different rows can work in parallel: each reduces
the changes of its rows over the workers and computes statistics. Their sum over the owners
determines a solution, with which each combines its rows.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError, nearest_or_all
from tinygrad_w2v.training.cluster.packing import Packed, unpack

Array: TypeAlias = npt.NDArray[Any]

_BLOCK = 2048
"""Rows of a block, which stays in the cache: sums over its rows are float32, of blocks float64."""

_SMALLEST = 1e-10
"""Eigenvalues below this part of the largest are zero but for rounding errors."""


class MergeRule(Protocol):
    """How the changes of a table are merged."""

    def reduce(self, changes: Sequence[Packed]) -> tuple[Array, Array]:
        """Return statistics of rows, and a matrix for :meth:`combine`.

        Parameters
        ----------
        changes
            Matrices (rows, dim), the same rows of each worker.

        Returns
        -------
        statistics
            Are summed over the owners of rows; empty if the rule needs none.
        reduced : (rows, dim) float32
            A new matrix.
        """

    def solve(self, statistics: Array, workers: int) -> Array:
        """Return the solution from the summed statistics."""

    def combine(self, reduced: Array, solution: Array) -> Array:
        """Return the merged change of the rows, a new matrix."""


class RowwiseRule(abc.ABC):
    """Base of the rules that merge each row by itself."""

    def reduce(self, changes: Sequence[Packed]) -> tuple[Array, Array]:
        """Return an empty array, and the merged change."""
        return np.zeros(0), self._merged(list(map(unpack, changes)))

    def solve(self, statistics: Array, workers: int) -> Array:
        """Return the empty array."""
        return statistics

    def combine(self, reduced: Array, solution: Array) -> Array:
        """Return a copy of the merged change."""
        copy: Array = reduced.copy()
        return copy

    @abc.abstractmethod
    def _merged(self, changes: list[Array]) -> Array:
        """Return the merged change; may overwrite the changes."""


class Mean(RowwiseRule):
    """The mean of the changes."""

    def _merged(self, changes: list[Array]) -> Array:
        merged: Array = _sum(changes) / np.float32(len(changes))
        return merged


class Adasum(RowwiseRule):
    """Adasum, row by row: the mean of parallel changes and the sum of orthogonal ones.

    Two changes a and b become ``(1 - a·b / 2|a|²) a + (1 - a·b / 2|b|²) b``; more are combined in
    pairs, then in pairs of pairs (Maleki et al., "Scaling distributed training with adaptive
    summation", arXiv 2006.02924).
    """

    def _merged(self, changes: list[Array]) -> Array:
        while len(changes) > 1:
            pairs = zip(changes[::2], changes[1::2], strict=False)
            rest = changes[len(changes) & ~1 :]
            changes = [self._pair(a, b) for a, b in pairs] + rest
        return changes[0]

    @staticmethod
    def _pair(a: Array, b: Array) -> Array:
        product = np.vecdot(a, b)[:, None]
        squares = [np.vecdot(x, x)[:, None] for x in (a, b)]
        parts = [
            x * (1 - np.divide(product, 2 * s, out=np.zeros_like(s), where=s > 0))
            for x, s in zip((a, b), squares, strict=True)
        ]
        merged: Array = parts[0] + parts[1]
        return merged


class Spectral:
    """By direction: the mean along directions in which workers agree, the sum where they differ.

    With the changes d_k (V, D) of N workers and their sum T, the generalized eigenvectors v of
    ``C v = ρ A v``, where ``A = Σ d_kᵀ d_k`` and ``C = TᵀT``, are directions in which the changes
    of different workers are uncorrelated between directions. Along a direction, ρ is N where the
    workers' changes are equal, and 1 where they are orthogonal. T is scaled by 1/ρ along each, held
    within 1/N and 1. It is the idea of :class:`Adasum` for directions in place of rows.
    """

    def reduce(self, changes: Sequence[Packed]) -> tuple[Array, Array]:
        """Return A and C, stacked: (2, D, D) float64; and T."""
        rows, dim = changes[0].values.shape
        statistics, total = np.zeros((2, dim, dim)), np.empty((rows, dim), np.float32)
        for start in range(0, rows, _BLOCK):
            place = slice(start, start + _BLOCK)
            blocks = [unpack(change[place]) for change in changes]
            statistics[0] += sum(block.T @ block for block in blocks)
            total[place] = block = _sum(blocks)
            statistics[1] += block.T @ block
        return statistics, total

    def solve(self, statistics: Array, workers: int) -> Array:
        """Return the matrix (D, D) by which T is multiplied from the right, in float32."""
        within, between = statistics
        squares, axes = np.linalg.eigh(within)
        kept = squares > _SMALLEST * max(squares[-1], 0)
        roots, axes = np.sqrt(squares[kept]), axes[:, kept]
        to_white, from_white = axes / roots, (axes * roots).T
        agreement, directions = np.linalg.eigh(to_white.T @ between @ to_white)
        scales = 1 / np.clip(agreement, 1, workers)
        solution: Array = to_white @ (directions * scales) @ directions.T @ from_white
        return solution.astype(np.float32)

    def combine(self, reduced: Array, solution: Array) -> Array:
        """Return T, scaled along each direction."""
        merged: Array = reduced @ solution
        return merged


def _sum(changes: Sequence[Array]) -> Array:
    """Return the sum, in the first array."""
    for change in changes[1:]:
        np.add(changes[0], change, out=changes[0])
    return changes[0]


RULES: dict[str, Callable[[], MergeRule]] = {
    "mean": Mean,
    "adasum": Adasum,
    "spectral": Spectral,
}
"""The rules by name."""


def merge_rule(name: str) -> MergeRule:
    """Return a new rule by its name; InputError lists the names."""
    if name not in RULES:
        raise InputError(f"no merge rule is named {name!r}; {nearest_or_all(name, RULES)}")
    return RULES[name]()
