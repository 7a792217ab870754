"""Type promotion: the dtype in which an op of several inputs computes, by PyTorch's rule.

NumPy promotes float32 with int64, or with a ``numpy.float64`` scalar, to float64. One index array
or ``numpy.sqrt(2)`` would then double the memory of all that is computed from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.dtypes import get_default_dtype
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


def narrowed(out: Any, args: Sequence[Any]) -> Any:
    """Return a result that NumPy computed in float64 from integers in the default dtype.

    It stays as it is if an array or Tensor of float64 is among the inputs.
    """
    for arg in args:
        if isinstance(arg, Tensor | np.ndarray) and arg.dtype.kind == "f":
            return out
    return out.astype(get_default_dtype(), copy=False)


def promoted(args: tuple[Any, ...], positions: Sequence[int]) -> tuple[Any, ...]:
    """Return the inputs with those at `positions` converted to one dtype.

    A floating dtype takes precedence over integers and booleans, and an array with axes over a
    0-d array of the same category. Scalars, of Python and NumPy, do not count. Otherwise NumPy's
    rule holds, as it does if no Tensor is among the inputs.
    """
    chosen = [args[position] for position in positions]
    if not any(isinstance(arg, Tensor) for arg in chosen):
        return args
    given = [arg for arg in chosen if isinstance(arg, Tensor | np.ndarray | list | tuple)]
    arrays = list(map(array_of, given))
    is_floating = any(isinstance(arg, Tensor) and arg.dtype.kind == "f" for arg in chosen)
    kinds = "f" if is_floating else "iu"
    if not is_floating and any(array.dtype.kind == "f" for array in arrays):
        return args
    counted = [array for array in arrays if array.dtype.kind in kinds]
    wide = [array.dtype for array in counted if array.ndim]
    if not counted or (not is_floating and not wide):
        return args
    dtype = np.result_type(*(wide or [array.dtype for array in counted]))
    converted = list(args)
    for position in positions:
        if is_floating or not isinstance(args[position], int | float):
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
