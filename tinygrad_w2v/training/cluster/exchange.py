"""Exchange: a worker's part in a merge: what it sends, the rows that it owns, what it applies.

A merge takes the first rows of each table; of N workers, worker k owns the rows k, k + N, k + 2N …
so that each owns as many, however few rows are merged. No table is changed before the merge is
complete, so that it can be repeated with fewer workers when one is lost.

The methods are called in this order: pack, changes, statistics, solve, combine, commit, update.
Training may go on between the first and the last of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.nn import Module, Parameter
from tinygrad_w2v.training.cluster.merging import Array, MergeRule, merge_rule
from tinygrad_w2v.training.cluster.packing import Kind, Packed, concatenated, pack, unpack

_T = TypeVar("_T")

Part: TypeAlias = list[Packed]
"""Rows of each table."""

_BLOCK = 1024  # rows, which stay in the cache from one operation to the next
_LEAST_BLOCK = 256  # rows of each owner: in smaller blocks the calls take longer than the rows


@dataclasses.dataclass(frozen=True)
class Merge:
    """The workers of a merge: the place of this one among them, and their number."""

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
        self._merge = Merge(0, 1)

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
        self._packed: Part = []
        self._before: list[Array] = []
        self._owners = (0, 0)
        self.is_merging = False

    def pack(self, rows: Sequence[int], is_overlapped: bool = False) -> None:
        """Pack the changes of the first rows of each table.

        Parameters
        ----------
        rows
            The number of rows of each table.
        is_overlapped
            Whether training goes on before :meth:`update`, which keeps what is learned meanwhile.
        """

        def packed(tensor: Tensor, base: Array, lost: Array, rows: int) -> Packed:
            current = as_matrix(tensor._data)
            return concatenated(
                [pack(current[b] - base[b], self.kind, lost[b]) for b in _blocks(rows, _BLOCK)]
            )

        tables = self.tables.values()
        self._rows, self.is_merging = rows, True
        self._packed = self._map(packed, tables, self._base, self._lost, rows)
        self._is_overlapped = is_overlapped
        if is_overlapped:
            self._before = self._before or [np.empty_like(base) for base in self._base]
            for before, tensor, height in zip(self._before, tables, rows, strict=True):
                before[:height] = as_matrix(tensor._data)[:height]

    def changes(self, merge: Merge) -> tuple[float, list[Part | None]]:
        """Return the bytes that this worker sends, and the packed changes for each other owner."""
        self._merge = merge
        parts = [
            [table[k :: merge.workers] for table in self._packed] for k in range(merge.workers)
        ]
        self._own = parts[merge.worker]
        others = [None if k == merge.worker else part for k, part in enumerate(parts)]
        return sum(map(_size, others)), others

    def statistics(self, parts: Sequence[Part | None]) -> list[Array]:
        """Return the statistics of each table's rows from the changes of all workers.

        Its own part, which was not sent, is None in `parts`.
        """
        reduced = self._map(lambda rule, *p: rule.reduce(p), self.rules, *self._with_own(parts))
        self._reduced = [rows for _, rows in reduced]
        return [statistics for statistics, _ in reduced]

    def solve(self, tables: slice, statistics: Sequence[Sequence[Array]]) -> list[Array]:
        """Return the solutions of some tables from the statistics of all workers."""
        every = list(zip(self.rules, *statistics, strict=True))[tables]
        return self._map(
            lambda summed: summed[0].solve(sum(summed[1:]), self._merge.workers), every
        )

    def combine(self, solutions: Sequence[Array]) -> tuple[float, Part]:
        """Return the bytes that this worker sends, and the packed merged change of its rows."""

        def combined(rule: MergeRule, reduced: Array, solution: Array, lost: Array) -> Packed:
            packed = []
            for block in _blocks(len(reduced), _BLOCK):
                change = rule.combine(reduced[block], solution)
                reduced[block] = lost[block]
                packed.append(pack(change, self.kind, reduced[block]))
            return concatenated(packed)

        merge = self._merge
        self._next = self._lost_merged
        if self._owners != (merge.worker, merge.workers):  # what was lost of other rows stays lost
            own = [base[merge.worker :: merge.workers] for base in self._base]
            self._next = [np.zeros(rows.shape, np.float32) for rows in own]
        self._own = part = self._map(combined, self.rules, self._reduced, solutions, self._next)
        # What packing has lost is in the place of the reduced rows.
        self._remaining, self._reduced = self._reduced, []
        return _size(part) * (merge.workers - 1), part

    def commit(self, parts: Sequence[Part | None]) -> None:
        """Add the merged changes of all owners to the merged tables, the same ones of all workers.

        Its own part is None in `parts`. An overlapped merge changes the model's tables only in
        :meth:`update`.
        """
        merge = self._merge
        step = max(_BLOCK // merge.workers, _LEAST_BLOCK) + 1

        def add(tensor: Tensor, base: Array, rows: int, *packed: Packed) -> None:
            current = as_matrix(tensor._data)
            for block in _blocks(rows, step * merge.workers):
                merged, first = base[block], block.start // merge.workers
                for owner, part in enumerate(packed):
                    merged[owner :: merge.workers] += unpack(part[first : first + step])
                if not self._is_overlapped:  # otherwise training changes it meanwhile
                    current[block] = merged

        tables = self.tables.values()
        self._map(add, tables, self._base, self._rows, *self._with_own(parts))
        for lost, remaining in zip(self._next, self._remaining, strict=True):
            lost[: len(remaining)] = remaining
        self._owners, self._lost_merged = (merge.worker, merge.workers), self._next
        self._packed, self._own, self._remaining = [], [], []

    def update(self) -> None:
        """Continue from the merged tables, and what was learned since they were packed."""

        def apply(tensor: Tensor, base: Array, rows: int, before: Array) -> None:
            current = as_matrix(tensor._data)
            for block in _blocks(rows, _BLOCK):
                current[block] += base[block] - before[block]

        if self._is_overlapped:
            self._map(apply, self.tables.values(), self._base, self._rows, self._before)
        for tensor in self.tables.values():
            tensor.bump_version()
        self.is_merging = False

    def _with_own(self, parts: Sequence[Part | None]) -> list[Part]:
        return [self._own if part is None else part for part in parts]

    def _map(self, function: Callable[..., _T], *arguments: Iterable[Any]) -> list[_T]:
        """Call a function for each table, in parallel: NumPy and BLAS release Python's lock."""
        if self._threads == 1:
            return list(map(function, *arguments))
        with ThreadPoolExecutor(self._threads) as executor:
            return list(executor.map(function, *arguments))


def _blocks(rows: int, size: int) -> Iterator[slice]:
    """Yield slices of at most `size` rows, at least one."""
    return (slice(start, min(start + size, rows)) for start in range(0, max(rows, 1), size))


def _size(part: Part | None) -> float:
    return float(sum(packed.nbytes for packed in part or ()))
