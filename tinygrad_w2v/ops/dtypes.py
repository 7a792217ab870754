"""Questions about dtypes, and the constructors that are named after one, such as ``LongTensor``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.device import DeviceLike, check_placement
from tinygrad_w2v.engine.dtypes import TENSOR_TYPES, as_dtype, constructed
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op
from tinygrad_w2v.engine.types import DType, TensorLike


class TensorType:
    """A constructor of tensors of one dtype, such as ``LongTensor``; also a type for isinstance.

    Parameters
    ----------
    name
        The constructor's name.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.LongTensor([1, 2]), tg.FloatTensor(2, 1).shape
    (tensor([1, 2]), (2, 1))
    >>> isinstance(tg.tensor([1, 2]), tg.LongTensor)
    True
    """

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.dtype = as_dtype(TENSOR_TYPES[name])

    def __call__(self, *data: TensorLike, device: DeviceLike = None) -> Tensor:
        """Return a tensor of a list's or an array's values, or zeros of the sizes that are given.

        A Tensor of this dtype is shared, everything else is copied.
        """
        check_placement(device)
        if len(data) == 1 and isinstance(data[0], Tensor):
            return from_op(data[0]._data.astype(self.dtype, copy=False), None)
        return from_op(constructed(data, self.dtype), None)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == self.dtype

    def __repr__(self) -> str:
        return f"<class 'torch.{self.__name__}'>"


CONSTRUCTORS = {name: TensorType(name) for name in TENSOR_TYPES}
"""The typed constructors by name."""


@named("tg")
def is_tensor(obj: Any) -> bool:
    """Return whether an object is a Tensor."""
    return isinstance(obj, Tensor)


@named("tg")
def typename(obj: Any) -> str:
    """Return the name of an object's type; ``"torch.LongTensor"`` for a Tensor of int64.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.typename(tg.zeros(2))
    'torch.FloatTensor'
    """
    if type(obj) is not Tensor:
        kind = obj if isinstance(obj, type) else type(obj)
        prefix = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        return prefix + kind.__qualname__
    names = {TENSOR_TYPES[name]: name for name in TENSOR_TYPES}
    return f"torch.{names.get(str(obj.dtype), 'Tensor')}"


@named("Tensor tg")
def is_complex(input: TensorLike) -> bool:
    """Return False: no tensor is complex."""
    return False


@named("tg")
def finfo(type: npt.DTypeLike | None = None) -> Any:
    """Return the limits of a floating dtype, by default of the default dtype; see numpy.finfo."""
    return np.finfo(as_dtype(type))


@named("tg")
def iinfo(type: npt.DTypeLike) -> Any:
    """Return the limits of an integer dtype; see numpy.iinfo."""
    return np.iinfo(as_dtype(type))


@named("tg")
def promote_types(type1: npt.DTypeLike, type2: npt.DTypeLike) -> Any:
    """Return the smallest dtype to which both can be converted; floats precede integers.

    Examples
    --------
    >>> promote_types(np.float32, np.int64), promote_types(np.uint8, np.int8)
    (dtype('float32'), dtype('int16'))
    """
    first, second = as_dtype(type1), as_dtype(type2)
    if (first.kind == "f") != (second.kind == "f"):
        return first if first.kind == "f" else second
    return np.promote_types(first, second)


@named("tg")
def result_type(tensor1: TensorLike, tensor2: TensorLike) -> Any:
    """Return the dtype of an arithmetic operation on two tensors or numbers.

    Tensors with axes take precedence over 0-d tensors, and these over Python numbers, unless the
    latter are of a higher category: boolean, integer, floating.
    """
    result: DType | None = None
    for rank in (2, 1, 0):
        dtypes = [_dtype(x) for x in (tensor1, tensor2) if _rank(x) == rank]
        if not dtypes:
            continue
        level = dtypes[0] if len(dtypes) == 1 else promote_types(*dtypes)
        if result is None or _category(level) > _category(result):
            result = level
    return result


@named("tg")
def can_cast(from_: npt.DTypeLike, to: npt.DTypeLike) -> bool:
    """Return whether an operation may write a result of dtype `from_` into a tensor of `to`."""
    return _category(as_dtype(from_)) <= _category(as_dtype(to))


def _rank(x: Any) -> int:
    return 0 if isinstance(x, int | float) else 2 if np.ndim(x) else 1


def _dtype(x: Any) -> DType:
    return (
        as_dtype(None) if isinstance(x, float) and _rank(x) == 0 else np.asarray(array_of(x)).dtype
    )


def _category(dtype: DType) -> int:
    return "biuf".index(dtype.kind) if dtype.kind != "u" else 1
