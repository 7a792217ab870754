"""freeze_rows: excludes rows of a table from training."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.hooks import HookHandle


def freeze_rows(table: Tensor, rows: npt.ArrayLike) -> HookHandle:
    """Exclude rows of a table from training: their gradients are dropped by a hook.

    It holds for all optimizers without weight decay, and in worker processes.

    Parameters
    ----------
    table
        A parameter, (V, ...).
    rows
        Indices, or a mask of booleans, (V,).

    Returns
    -------
    HookHandle
        Its ``remove()`` ends the exclusion.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> table = nn.Embedding(3, 2)
    >>> handle = freeze_rows(table.weight, [1])
    >>> table([0, 1]).sum().backward()
    >>> table.weight.grad.rows
    array([0])
    """
    moves = np.ones(len(table), bool)
    moves[np.asarray(rows)] = False

    def without_frozen(gradient: Any) -> Any:
        if not isinstance(gradient, RowSparse):
            return gradient * moves.reshape(-1, *(1,) * (gradient.ndim - 1)).astype(gradient.dtype)
        moving = moves[gradient.rows]
        if moving.all():
            return None
        return RowSparse(gradient.rows[moving], gradient.values[moving], gradient.shape)

    return table.register_hook(without_frozen)
