"""Exchange: a worker's part in a merge: what it sends, the rows that it owns, what it applies.

A merge takes the first rows of each table; of N workers, worker k owns the rows k, k + N, k + 2N …
so that each owns as many, however few rows are merged. Nothing is changed before the merge is
complete, so that it can be repeated with fewer workers when one is lost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.nn import Module, Parameter
from tinygrad_w2v.training.cluster.merging import Array, MergeRule, merge_rule
from tinygrad_w2v.training.cluster.packing import Kind, Packed, pack_with_residual, unpack

_T = TypeVar("_T")

Part: TypeAlias = list[Packed]
"""Rows of each table."""


@dataclasses.dataclass(frozen=True)
class Merge:
    """A merge: how many rows of each table it takes, and its workers.

    Attributes
    ----------
    rows
        The number of first rows of each table.
    worker, workers
        The place of this worker among those of the merge, and their number.
    """

    rows: Sequence[int]
    worker: int
    workers: int


def tables_of(model: Module) -> dict[str, Tensor]:
    """Return what is merged, by name: trainable parameters and floating-point buffers."""
    once: dict[int, tuple[str, Tensor]] = {}
    for name, tensor in model.named_tensors():
        once.setdefault(id(tensor), (name, tensor))
    return {
        name: tensor
        for name, tensor in once.values()
        if tensor._data.dtype.kind == "f"
        and tensor._data.size
        and (tensor.requires_grad or not isinstance(tensor, Parameter))
    }


def rules_of(tables: Mapping[str, Tensor], rule: str) -> list[MergeRule]:
    """Return the merge rule of each table: the named one for parameters, the mean for buffers."""
    return [
        merge_rule(rule if isinstance(tensor, Parameter) else "mean") for tensor in tables.values()
    ]


def as_matrix(values: Array) -> Array:
    """Return an array with its rows as vectors: a vector as a column."""
    return values.reshape(len(values) if values.ndim else 1, -1)


class Exchange:
    """The tables of a worker's model and what they were at the last merge.

    Parameters
    ----------
    model
        The model.
    rule
        The name of the merge rule of parameters; buffers are merged by their mean.
    kind
        How changes are packed; see :func:`packing.pack`.
    threads
        Largest number of threads, each of which works on a table.

    Attributes
    ----------
    is_merging : bool
        Whether a merge has begun and is not complete.
    """

    def __init__(self, model: Module, rule: str, kind: Kind, threads: int = 1) -> None:
        self.tables = tables_of(model)
        for tensor in self.tables.values():
            tensor._data = np.ascontiguousarray(tensor._data)  # so that as_matrix is a view
        self.kind: Kind = kind
        self._threads = max(min(threads, len(self.tables)), 1)
        self.rules = rules_of(self.tables, rule)
        self.set_merged({name: tensor._data for name, tensor in self.tables.items()})
        self._merge = Merge([], 0, 1)

    def merged(self) -> dict[str, Array]:
        """Return the tables as they were at the last merge of each row."""
        return {
            name: base.reshape(self.tables[name].shape)
            for name, base in zip(self.tables, self._base, strict=True)
        }

    def set_merged(self, values: Mapping[str, Array]) -> None:
        """Continue from merged tables; changes since then are discarded."""
        self._base = [np.array(as_matrix(values[name])) for name in self.tables]
        for name, tensor in self.tables.items():
            tensor._data[...] = values[name]
        self._lost = [np.zeros(base.shape, np.float32) for base in self._base]
        self._lost_merged: list[Array] = []
        self._owners = (0, 0)
        self.is_merging = False

    def changes(self, merge: Merge) -> tuple[float, list[Part]]:
        """Return the bytes that this worker sends, and the packed changes for each owner."""

        def packed(tensor: Tensor, base: Array, lost: Array, rows: int) -> tuple[Packed, Array]:
            change = as_matrix(tensor._data)[:rows] - base[:rows]
            change += lost[:rows]
            return pack_with_residual(change, self.kind)

        self._merge, self.is_merging = merge, True
        tables = self._map(packed, self.tables.values(), self._base, self._lost, merge.rows)
        self._remaining = [remaining for _, remaining in tables]
        parts = [[table[k :: merge.workers] for table, _ in tables] for k in range(merge.workers)]
        sent = sum(_size(part) for k, part in enumerate(parts) if k != merge.worker)
        return sent, parts

    def statistics(self, parts: Sequence[Part]) -> list[Array]:
        """Return the statistics of each table's rows from the changes of all workers."""

        def received(rule: MergeRule, *packed: Packed) -> tuple[list[Array], Array]:
            changes = [unpack(part) for part in packed]
            return changes, rule.statistics(changes)

        tables = self._map(received, self.rules, *parts)
        self._received = [changes for changes, _ in tables]
        return [statistics for _, statistics in tables]

    def combine(self, solutions: Sequence[Array]) -> tuple[float, Part]:
        """Return the bytes that this worker sends, and the packed merged change of its rows."""

        def combined(
            rule: MergeRule, changes: list[Array], solution: Array, lost: Array
        ) -> tuple[Packed, Array]:
            change = rule.combine(changes, solution)
            change += lost[: len(change)]
            return pack_with_residual(change, self.kind)

        merge = self._merge
        self._next = self._lost_merged
        if self._owners != (merge.worker, merge.workers):  # what was lost of other rows stays lost
            own = [base[merge.worker :: merge.workers] for base in self._base]
            self._next = [np.zeros(rows.shape, np.float32) for rows in own]
        tables = self._map(combined, self.rules, self._received, solutions, self._next)
        self._remaining_merged = [remaining for _, remaining in tables]
        self._received = []
        part = [packed for packed, _ in tables]
        return _size(part) * (merge.workers - 1), part

    def commit(self, parts: Sequence[Part]) -> None:
        """Apply the merged changes of all owners: the merged rows of all workers are the same."""
        merge = self._merge

        def apply(tensor: Tensor, base: Array, rows: int, *packed: Packed) -> None:
            for owner, part in enumerate(packed):
                base[owner : rows : merge.workers] += unpack(part)
            as_matrix(tensor._data)[:rows] = base[:rows]
            tensor.bump_version()

        self._map(apply, self.tables.values(), self._base, merge.rows, *parts)
        for lost, remaining in zip(
            [*self._lost, *self._next], [*self._remaining, *self._remaining_merged], strict=True
        ):
            lost[: len(remaining)] = remaining
        self._owners, self._lost_merged = (merge.worker, merge.workers), self._next
        self._remaining, self._remaining_merged = [], []
        self.is_merging = False

    def _map(self, function: Callable[..., _T], *arguments: Iterable[Any]) -> list[_T]:
        """Call a function for each table, in parallel: NumPy and BLAS release Python's lock."""
        if self._threads == 1:
            return list(map(function, *arguments))
        with ThreadPoolExecutor(self._threads) as executor:
            return list(executor.map(function, *arguments))


def _size(part: Part) -> float:
    return float(sum(packed.nbytes for packed in part))
