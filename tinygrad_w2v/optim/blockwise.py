"""Steps in blocks of rows: every pass over a block's numbers finds them in the cache.

An update rule such as Adam's takes a dozen NumPy passes. Over a whole table each of them reads
and writes main memory; over a block of some 32,000 numbers only the first does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.row_update import copy_rows, put_rows
from tinygrad_w2v.optim.optimizer import Optimizer
from tinygrad_w2v.validation import above_zero, one_of, within

Sparse: TypeAlias = Literal["exact", "lazy"]


class BlockwiseOptimizer(Optimizer):
    """An optimizer whose rule takes each row by itself.

    Subclasses name their `arrays`, and define :meth:`begin` and :meth:`rule`. How a row-sparse
    gradient is treated follows from two settings and one question:

    - ``sparse="exact"``: the trajectory of the dense gradient. If rows without a gradient stand
      still anyway (:meth:`moves_all_rows` says no), only the gradient's rows are visited; else
      all are, a block at a time, and no dense gradient is made.
    - ``sparse="lazy"``: only the gradient's rows and their state change.
    """

    arrays: tuple[str, ...] = ()
    """Names of the arrays kept for each parameter, in its shape."""

    block = 1 << 15
    """Numbers in a block: 128 KiB of float32: values, gradient and state fit an L2 cache."""

    def kept_arrays(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the arrays that :meth:`rule` gets under these settings, in order."""
        return self.arrays

    def begin(self, state: dict[str, Any], group: Any) -> Any:
        """Count a step of one parameter; return the numbers that :meth:`rule` needs."""
        return group

    def rule(
        self,
        values: Array,
        gradient: Array,
        kept: tuple[Array, ...],
        spare: Array,
        numbers: Any,
    ) -> None:
        """Change some rows of values and of the arrays kept, (N, width), in place.

        `gradient` belongs to the caller and is not to be changed; `spare` is scratch of the same
        shape.
        """
        raise NotImplementedError

    def moves_all_rows(self, group: Mapping[str, Any]) -> bool:
        """Whether a row with a gradient of zero changes, or its state does."""
        return True

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings that all rules have alike, or that lazy rows cannot honour."""
        one_of(("exact", "lazy"), sparse=group["sparse"])
        if "eps" in group:
            above_zero(eps=group["eps"])
        if "weight_decay" in group:
            within(0, math.inf, weight_decay=group["weight_decay"])
        if group["sparse"] == "lazy":
            for name, skipped in (
                ("weight_decay", "would not decay"),
                ("momentum", "would not go on moving"),
            ):
                if group.get(name):
                    raise InputError(
                        f"{type(self).__name__}: {name} is {group[name]} and sparse is 'lazy': "
                        f"rows without a gradient {skipped}; use sparse='exact' or {name}=0"
                    )

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        """Make one of the arrays kept."""
        # Not zeros_like, which writes every zero: a page of memory that no step visits stays free.
        return np.zeros(values.shape, values.dtype)

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Take one step; see :meth:`Optimizer.update`."""
        names = self.kept_arrays(group)
        for name in names:
            if name not in state:
                state[name] = self.new_array(name, values, group)
        numbers = self.begin(state, group)
        kept = tuple(_as_rows(state[name]) for name in names)
        table = _as_rows(values)
        if not isinstance(gradient, RowSparse):
            self._dense(table, _as_rows(gradient), kept, numbers)
        else:
            summed = gradient.coalesce()
            rows, sums = summed.rows, _as_rows(np.asarray(summed.values))
            if group["sparse"] == "exact" and self.moves_all_rows(group):
                self._all_rows(table, rows, sums, kept, numbers)
            else:
                self._some_rows(table, rows, sums, kept, numbers)
        if not np.shares_memory(table, values):
            values[...] = table.reshape(values.shape)

    def _dense(self, table: Array, gradient: Array, kept: tuple[Array, ...], numbers: Any) -> None:
        height = self._block_height(table)
        spare = np.empty((height, table.shape[1]), table.dtype)
        for start in range(0, len(table), height):
            block = slice(start, start + height)
            piece = table[block]
            self.rule(
                piece,
                gradient[block],
                tuple([array[block] for array in kept]),
                spare[: len(piece)],
                numbers,
            )

    def _all_rows(
        self, table: Array, rows: Array, sums: Array, kept: tuple[Array, ...], numbers: Any
    ) -> None:
        """Visit every row, with the gradient dense within a block only."""
        height = self._block_height(table)
        spare, dense = np.empty((2, height, table.shape[1]), table.dtype)
        starts = np.arange(0, len(table) + height, height)
        ends = np.searchsorted(rows, starts).tolist()
        for place, start in enumerate(starts[:-1].tolist()):
            block = slice(start, start + height)
            piece = table[block]
            here = slice(ends[place], ends[place + 1])
            dense[:] = 0
            dense[rows[here] - start] = sums[here]
            self.rule(
                piece,
                dense[: len(piece)],
                tuple([array[block] for array in kept]),
                spare[: len(piece)],
                numbers,
            )

    def _some_rows(
        self, table: Array, rows: Array, sums: Array, kept: tuple[Array, ...], numbers: Any
    ) -> None:
        """Visit the gradient's rows only: gather a block, change it, put it back."""
        height = self._block_height(table)
        spare = np.empty((height, table.shape[1]), table.dtype)
        whole = (table, *kept)
        buffers = [np.empty((height, array.shape[1]), array.dtype) for array in whole]
        for start in range(0, len(rows), height):
            here = rows[start : start + height]
            pieces = [
                copy_rows(array, here, buffer[: len(here)])
                for array, buffer in zip(whole, buffers, strict=True)
            ]
            self.rule(
                pieces[0],
                sums[start : start + height],
                tuple(pieces[1:]),
                spare[: len(here)],
                numbers,
            )
            for array, piece in zip(whole, pieces, strict=True):
                put_rows(array, here, piece)

    def _block_height(self, table: Array) -> int:
        return max(1, self.block // int(table.shape[1]))


def _as_rows(array: Array) -> Array:
    """Return an array as a (rows, width) view; a copy only if its memory is not in order."""
    width = array.size // len(array) if array.ndim and len(array) else 1
    return array.reshape(-1, width if array.ndim > 1 and width else 1)
