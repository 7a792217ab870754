"""Python's operators on Tensors: which op ``a + b``, ``a @ b`` or ``a[i]`` calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.fast_call import binary_call, unary_call
from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.ops import arithmetic, comparison, indexing, linalg


def plain_index(index: Any) -> Any:
    """Turn Tensors and lists inside an index into arrays, which NumPy can index with."""
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, Tensor | list):
        array = np.asarray(index)
        return array if array.size else array.astype(np.int64)  # of an empty list: float64
    return index


def _getitem(self: Tensor, index: Any) -> Tensor:
    result: Tensor = indexing.getitem(self, index=plain_index(index))
    return result


def _positive(self: Tensor) -> Tensor:
    return self


def _swapped(op: Op) -> Callable[[Tensor, Any], Any]:
    call = binary_call(op)
    return lambda self, other: call(other, self)


OPERATORS: dict[str, Any] = {
    "__getitem__": _getitem,
    "__pos__": _positive,
    "__neg__": unary_call(arithmetic.negative),
    "__abs__": unary_call(arithmetic.absolute),
    "__invert__": unary_call(comparison.invert),
}

for _name, _op in {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "floordiv": arithmetic.floor_divide,
    "mod": arithmetic.remainder,
    "pow": arithmetic.power,
    "matmul": linalg.matmul,
    "and": comparison.bitwise_and,
    "or": comparison.bitwise_or,
    "xor": comparison.bitwise_xor,
}.items():
    OPERATORS[f"__{_name}__"] = binary_call(_op)
    OPERATORS[f"__r{_name}__"] = _swapped(_op)

for _name, _op in {
    "eq": comparison.equal,
    "ne": comparison.not_equal,
    "lt": comparison.less,
    "le": comparison.less_equal,
    "gt": comparison.greater,
    "ge": comparison.greater_equal,
}.items():
    OPERATORS[f"__{_name}__"] = binary_call(_op)

for _name, _function in OPERATORS.items():
    if _name != "__getitem__":
        _function.__name__ = _name
    setattr(Tensor, _name, _function)
