"""Which dtype an op of several inputs computes in: PyTorch's rule where a float Tensor takes part.

NumPy would make float64 of float32 and int64, or of a float32 array and a ``numpy.float64`` number;
so a stray index array or ``numpy.sqrt(2)`` would double the memory of everything that follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor


def promoted(args: tuple[Any, ...], positions: Sequence[int]) -> tuple[Any, ...]:
    """Return the inputs with those at `positions` brought to one dtype.

    Floating dtypes beat integers and truth values; arrays with axes beat single values of the
    same category; numbers, Python's and NumPy's, never count. What is left is NumPy's rule.
    Where no floating Tensor takes part, NumPy's own rules hold and nothing is converted.
    """
    if _agree(args, positions):
        return args
    chosen = [args[position] for position in positions]
    if not any(isinstance(arg, Tensor) and arg.dtype.kind == "f" for arg in chosen):
        return args
    arrays = [arg for arg in chosen if isinstance(arg, Tensor | np.ndarray | list | tuple)]
    floats = [array for array in map(_as_array, arrays) if array.dtype.kind == "f"]
    wide = [array.dtype for array in floats if array.ndim]
    dtype = np.result_type(*(wide or [array.dtype for array in floats]))
    converted = list(args)
    for position in positions:
        converted[position] = _converted(args[position], dtype)
    is_changed = any(new is not old for new, old in zip(converted, args, strict=True))
    return tuple(converted) if is_changed else args


def _agree(args: tuple[Any, ...], positions: Sequence[int]) -> bool:
    """Whether the inputs are all Tensors, arrays and Python's numbers, of one dtype."""
    dtype = None
    for position in positions:
        arg = args[position]
        if isinstance(arg, Tensor):
            arg = arg._data
        if type(arg) is np.ndarray:
            if dtype is None:
                dtype = arg.dtype
            elif arg.dtype is not dtype:
                return False
        elif type(arg) not in (float, int, bool):
            return False
    return True


def _as_array(value: Any) -> Any:
    return value._data if isinstance(value, Tensor) else np.asarray(value)


def _converted(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, Tensor):
        return value if value.dtype == dtype else value.astype(dtype)
    if isinstance(value, int | float) and not isinstance(value, np.generic):
        return value  # NumPy, too, lets a Python number take the other's dtype
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or (value is array and array.dtype == dtype):
        return value
    return array.astype(dtype, copy=False)
