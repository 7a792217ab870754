"""BlockwiseOptimizer: updates in blocks of rows that fit the cache, for dense and sparse gradients.

An update rule such as Adam's takes about twelve NumPy passes. Over a whole table each pass reads
and writes main memory; over a block of about 32,000 numbers only the first one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypeAlias

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.rows import copy_rows, put_rows
from tinygrad_w2v.optim import hyperparameters as hp
from tinygrad_w2v.optim.optimizer import Optimizer

Arrays: TypeAlias = list[Array]
_Blocks: TypeAlias = Iterator[tuple[Arrays, Array]]
"""Some rows of the values and of each state array, and the gradient of these rows."""


class BlockwiseOptimizer(Optimizer):
    """An optimizer whose update of a row depends on no other row.

    Subclasses set `arrays` and define :meth:`rule`, and :meth:`coefficients` if they need more than
    the hyperparameters. The treatment of a row-sparse gradient follows from the hyperparameter
    `sparse` and from :meth:`moves_all_rows`:

    - ``sparse="exact"``: the trajectory of the dense gradient. If rows without a gradient do not
      move, only the gradient's rows are visited. Otherwise all rows are, one block at a time; the
      dense gradient of the whole table is never formed.
    - ``sparse="lazy"``: only the gradient's rows and their state change.
    """

    hyperparameters = {  # noqa: RUF012 - declared in the base class
        **Optimizer.hyperparameters,
        "eps": hp.EPSILON,
        "weight_decay": hp.WEIGHT_DECAY,
        "sparse": hp.SPARSE,
    }

    arrays: ClassVar[tuple[str, ...]] = ()
    """Names of the state arrays of a parameter, each of its shape; PyTorch's where it has them."""

    block = 1 << 15
    """Numbers in a block: values, gradient and state of 128 KiB each in float32 fit an L2 cache."""

    def arrays_for(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the names of the state arrays that :meth:`rule` gets, in order."""
        return self.arrays

    def coefficients(self, state: dict[str, Any], group: Any) -> Any:
        """Count the step of one parameter; return what :meth:`rule` gets as `c`.

        The state has no arrays yet in the first step.
        """
        count_step(state)
        return group

    def rule(self, c: Any, values: Array, gradient: Array, scratch: Array, state: Arrays) -> None:
        """Update some rows of the values and of the state arrays, each (N, width), in place.

        `gradient` includes weight decay that is not decoupled, and must not be changed. `scratch`
        is an uninitialized array of the same shape.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rule(): define it")

    def moves_all_rows(self, group: Mapping[str, Any]) -> bool:
        """Whether a row whose gradient is zero changes, or its state does."""
        return True

    def check_group(self, group: Mapping[str, Any]) -> None:
        if group["sparse"] == "lazy":
            for name, move in (("weight_decay", "decay"), ("momentum", "keep moving")):
                if group.get(name):
                    raise InputError(
                        f"{type(self).__name__}: {name} is {group[name]} and sparse is 'lazy': "
                        f"rows without a gradient would not {move}; use sparse='exact' or {name}=0"
                    )

    def new_array(self, name: str, values: Array, group: Any) -> Array:
        """Create a state array of a parameter with these values."""
        # np.zeros_like would write every page; np.zeros leaves pages that no step visits untouched.
        return np.zeros(values.shape, values.dtype)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        before = self.state
        super().load_state_dict(state_dict)
        for group in self.param_groups:
            for parameter in group["params"]:
                shapes = {"step": ()} | {
                    name: self.new_array(name, parameter._data, group).shape
                    for name in self.arrays_for(group)
                }
                state = self.state.get(parameter, {})
                for name, shape in shapes.items():
                    if name in state and np.shape(state[name]) != shape:
                        self.state = before
                        raise InputError(
                            f"the saved optimizer's {name!r} has shape {np.shape(state[name])}, "
                            f"the parameter's is {shape}: load the state of the same model"
                        )

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        c = self.coefficients(state, group)
        table = _as_rows(values)
        arrays = [table]
        for name in self.arrays_for(group):
            if name not in state:
                state[name] = Tensor(self.new_array(name, values, group))
            arrays.append(_as_rows(state[name]._data))
        height, visited = max(1, self.block // table.shape[1]), len(table)
        if not isinstance(gradient, RowSparse):
            dense = _as_rows(gradient)
            slices = (slice(start, start + height) for start in range(0, visited, height))
            blocks: _Blocks = (
                ([array[block] for array in arrays], dense[block]) for block in slices
            )
        else:
            summed = gradient.coalesce()
            rows, sums = summed.rows, _as_rows(np.asarray(summed.values))
            if group["sparse"] == "exact" and self.moves_all_rows(group):
                blocks = _all_rows(arrays, rows, sums, height)
            else:
                blocks, visited = _gradient_rows(arrays, rows, sums, height), len(rows)
        decay = group.get("weight_decay")
        scratch = np.empty((min(height, visited), table.shape[1]), table.dtype)
        for (piece, *pieces), slope in blocks:
            if decay and group.get("decoupled_weight_decay"):
                piece *= 1 - group["lr"] * decay
            elif decay:
                decayed = piece * decay
                decayed += slope
                slope = decayed
            self.rule(c, piece, slope, scratch[: len(piece)], pieces)
        if not values.flags.c_contiguous and not np.shares_memory(table, values):
            values[...] = table.reshape(values.shape)


def count_step(state: dict[str, Any]) -> int:
    """Increment a parameter's step count and return it; the first step is 1."""
    step = number_in(state, "step", 0)
    step._data += 1
    return int(step._data)


def number_in(state: dict[str, Any], name: str, start: float) -> Tensor:
    """Return a number of the state, a float32 Tensor of shape () as in PyTorch."""
    if name not in state:
        state[name] = Tensor(np.array(start, np.float32))
    number: Tensor = state[name]
    return number


def update_average(average: Array, values: Array, decay: float, scratch: Array) -> None:
    """Set ``average = decay * average + (1 - decay) * values``; `values` may be `scratch`."""
    np.multiply(values, 1 - decay, out=scratch)
    average *= decay
    average += scratch


def _all_rows(arrays: Arrays, rows: Array, sums: Array, height: int) -> _Blocks:
    """Visit every row; the gradient is dense within one block only."""
    table = arrays[0]
    dense = np.empty((min(height, len(table)), table.shape[1]), table.dtype)
    starts = np.arange(0, len(table) + height, height)
    ends = np.searchsorted(rows, starts).tolist()
    for index, start in enumerate(starts[:-1].tolist()):
        here = slice(ends[index], ends[index + 1])
        pieces = [array[start : start + height] for array in arrays]
        dense[:] = 0
        dense[rows[here] - start] = sums[here]
        yield pieces, dense[: len(pieces[0])]


def _gradient_rows(arrays: Arrays, rows: Array, sums: Array, height: int) -> _Blocks:
    """Visit the gradient's rows only: gather a block, let it be updated, write it back."""
    buffers = [np.empty((min(height, len(rows)), a.shape[1]), a.dtype) for a in arrays]
    for start in range(0, len(rows), height):
        here = rows[start : start + height]
        pieces = [
            copy_rows(array, here, buffer[: len(here)])
            for array, buffer in zip(arrays, buffers, strict=True)
        ]
        yield pieces, sums[start : start + height]
        for array, piece in zip(arrays, pieces, strict=True):
            put_rows(array, here, piece)


def _as_rows(array: Array) -> Array:
    """Return an array as a (rows, width) view; a copy only if its memory is not contiguous."""
    width = array.size // len(array) if array.ndim and len(array) else 1
    return array.reshape(-1, width if array.ndim > 1 and width else 1)
