"""NumPy functions evaluated on the values of Tensors: results without a gradient, plain arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import dispatch
from tinygrad_w2v.engine.tensor import Tensor


def _on_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def value(argument: Any) -> Any:
        return argument._data if isinstance(argument, Tensor) else argument

    return lambda *args, **options: function(
        *map(value, args), **{name: value(option) for name, option in options.items()}
    )


for _function in (
    *(np.zeros_like, np.ones_like, np.full_like, np.empty_like),
    *(np.all, np.any, np.allclose, np.isclose, np.array_equal, np.count_nonzero),
    *(np.nonzero, np.flatnonzero, np.argwhere),
    *(np.size, np.result_type, np.argsort, np.array2string),
):
    dispatch.FUNCTIONS[_function] = _on_values(_function)
