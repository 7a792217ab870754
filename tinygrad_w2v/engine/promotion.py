"""Type promotion: the dtype in which an op of several inputs computes, by PyTorch's rule.

NumPy promotes float32 with int64, or with a ``numpy.float64`` scalar, to float64. One index array
or ``numpy.sqrt(2)`` would then double the memory of all that is computed from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.tensor import Tensor, array_of

_NUMBERS = (float, int, bool)


def agree(arrays: Sequence[Any], positions: Sequence[int]) -> bool:
    """Whether the inputs at `positions` are arrays and Python numbers of one dtype."""
    dtype = None
    for position in positions:
        array = arrays[position]
        if type(array) is np.ndarray:
            if dtype is None:
                dtype = array.dtype
            elif array.dtype is not dtype:
                return False
        elif type(array) not in _NUMBERS:
            return False
    return True


def promoted(args: tuple[Any, ...], positions: Sequence[int]) -> tuple[Any, ...]:
    """Return the inputs with those at `positions` converted to one dtype.

    A floating dtype takes precedence over integers and booleans, and an array with axes over a
    0-d array of the same category. Scalars, of Python and NumPy, do not count. Otherwise NumPy's
    rule holds, as it does if no floating Tensor is among the inputs.
    """
    chosen = [args[position] for position in positions]
    if not any(isinstance(arg, Tensor) and arg.dtype.kind == "f" for arg in chosen):
        return args
    arrays = [arg for arg in chosen if isinstance(arg, Tensor | np.ndarray | list | tuple)]
    floats = [array for array in map(array_of, arrays) if array.dtype.kind == "f"]
    wide = [array.dtype for array in floats if array.ndim]
    dtype = np.result_type(*(wide or [array.dtype for array in floats]))
    converted = list(args)
    for position in positions:
        converted[position] = _converted(args[position], dtype)
    is_changed = any(new is not old for new, old in zip(converted, args, strict=True))
    return tuple(converted) if is_changed else args


def _converted(value: Any, dtype: np.dtype[Any]) -> Any:
    if isinstance(value, Tensor):
        return value if value.dtype == dtype else value.astype(dtype)
    if isinstance(value, int | float) and not isinstance(value, np.generic):
        return value  # NumPy itself gives it the dtype of the other operand
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or (value is array and array.dtype == dtype):
        return value
    return array.astype(dtype, copy=False)
