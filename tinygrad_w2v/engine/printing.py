"""How a Tensor is printed."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine.tape import Variable


def text_of(variable: Variable) -> str:
    """Return the values of a Tensor and what else distinguishes it."""
    array = variable._data
    body = np.array2string(array, separator=", ", prefix="tensor(")
    notes = ""
    if array.dtype not in (np.float32, np.int64, np.bool_):
        notes += f", dtype={array.dtype}"
    if variable.node is not None:
        notes += f", op={variable.node.op.name}"
    elif variable._requires_grad:
        notes += ", requires_grad=True"
    return f"tensor({body}{notes})"
