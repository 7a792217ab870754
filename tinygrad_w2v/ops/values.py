"""NumPy functions evaluated on the values of Tensors: results without a gradient, plain arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.tensor import Tensor


def _value(argument: Any) -> Any:
    return argument._data if isinstance(argument, Tensor) else argument


def _evaluate_on_values(function: Any) -> None:
    def evaluate(*args: Any, **options: Any) -> Any:
        values = [_value(argument) for argument in args]
        if not options:
            return function(*values)
        return function(*values, **{name: _value(each) for name, each in options.items()})

    dispatch.FUNCTIONS[function] = evaluate


for _function in (
    *(np.zeros_like, np.ones_like, np.full_like, np.empty_like),
    *(np.all, np.any, np.allclose, np.isclose, np.array_equal, np.count_nonzero),
    *(np.size, np.result_type, np.argsort, np.array2string),
):
    _evaluate_on_values(_function)
