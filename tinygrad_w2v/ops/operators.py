"""Python's operators on Tensors: which op ``a + b``, ``a @ b`` or ``a[i]`` calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

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


def _unary(name: str, op: Op) -> Callable[[Tensor], Any]:
    """Return an operator that puts the op's unrolled call in its own place when first used."""

    def operator(self: Tensor) -> Any:
        setattr(Tensor, name, op.quick)
        return op.quick(self)

    return operator


def _binary(name: str, op: Op) -> Callable[[Tensor, Any], Any]:
    def operator(self: Tensor, other: Any) -> Any:
        setattr(Tensor, name, op.quick)
        return op.quick(self, other)

    return operator


def _swapped(op: Op) -> Callable[[Tensor, Any], Any]:
    return lambda self, other: op.quick(other, self)


OPERATORS: dict[str, Any] = {
    "__getitem__": _getitem,
    "__pos__": _positive,
}

for _name, _op in {
    "neg": arithmetic.negative,
    "abs": arithmetic.absolute,
    "invert": comparison.invert,
}.items():
    OPERATORS[f"__{_name}__"] = _unary(f"__{_name}__", _op)

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
    OPERATORS[f"__{_name}__"] = _binary(f"__{_name}__", _op)
    OPERATORS[f"__r{_name}__"] = _swapped(_op)

for _name, _op in {
    "eq": comparison.equal,
    "ne": comparison.not_equal,
    "lt": comparison.less,
    "le": comparison.less_equal,
    "gt": comparison.greater,
    "ge": comparison.greater_equal,
}.items():
    OPERATORS[f"__{_name}__"] = _binary(f"__{_name}__", _op)

for _name, _function in OPERATORS.items():
    if _name != "__getitem__":
        _function.__name__ = _name
    setattr(Tensor, _name, _function)
