"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.optim.optimizer import Optimizer


class SGD(Optimizer):
    """``values -= lr · gradient``.

    A row-sparse gradient is treated exactly: only its rows change, as they would with the dense
    gradient.

    Parameters
    ----------
    params
        Parameters or groups.
    lr
        Learning rate.
    clip_row
        The longest Euclidean step that a row of a matrix may take at once; longer ones are
        shortened to it. It keeps frequent words stable when a batch holds many of their uses.
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[Mapping[str, Any]],
        lr: float,
        *,
        clip_row: float | None = None,
    ) -> None:
        if clip_row is not None and not clip_row > 0:
            raise InputError(f"clip_row is {clip_row}: it must be above 0, or None for no clipping")
        super().__init__(params, {"lr": lr, "clip_row": clip_row})

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Take one step; see :meth:`Optimizer.update`."""
        rows: Any = ...
        if isinstance(gradient, RowSparse):
            gradient = gradient.coalesce()
            rows, gradient = gradient.rows, np.asarray(gradient.values)
        change = gradient * np.asarray(-group["lr"], values.dtype)
        if group["clip_row"] is not None and change.ndim > 1:
            _shorten_rows(change, group["clip_row"])
        values[rows] += change


def _shorten_rows(change: Array, longest: float) -> None:
    """Scale rows that are longer than allowed down to it, in place."""
    flat = change.reshape(len(change), -1)
    squares = np.vecdot(flat, flat)
    long = squares > longest * longest
    if long.any():
        flat[long] *= (longest / np.sqrt(squares[long]))[:, None]
