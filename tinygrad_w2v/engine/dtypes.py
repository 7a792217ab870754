"""Dtypes under PyTorch's names, the default dtype, and arrays made from Python numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.tape import Variable

if TYPE_CHECKING:
    import numpy.typing as npt

    from tinygrad_w2v.engine.types import Array, DType

DTYPES: dict[str, DType] = {
    name: np.dtype(dtype)
    for dtype, names in {
        np.float16: ("float16", "half"),
        np.float32: ("float32", "float"),
        np.float64: ("float64", "double"),
        np.uint8: ("uint8",),
        np.uint16: ("uint16",),
        np.uint32: ("uint32",),
        np.uint64: ("uint64",),
        np.int8: ("int8",),
        np.int16: ("int16", "short"),
        np.int32: ("int32", "int"),
        np.int64: ("int64", "long"),
        np.bool_: ("bool",),
    }.items()
    for name in names
}
"""NumPy's dtype for each of PyTorch's names."""

TENSOR_TYPES = {
    "FloatTensor": "float32",
    "DoubleTensor": "float64",
    "HalfTensor": "float16",
    "LongTensor": "int64",
    "IntTensor": "int32",
    "ShortTensor": "int16",
    "CharTensor": "int8",
    "ByteTensor": "uint8",
    "BoolTensor": "bool",
}
"""The dtype's name for each typed constructor."""

_default = np.dtype(np.float32)


def get_default_dtype() -> DType:
    """Return the dtype of tensors created from Python floats; see :func:`set_default_dtype`."""
    return _default


def set_default_dtype(d: npt.DTypeLike) -> None:
    """Set the dtype of tensors created from Python floats, and of layers' parameters.

    Parameters
    ----------
    d
        A floating dtype; float32 by default.

    Raises
    ------
    TypeError
        If the dtype is not a floating one.
    """
    global _default
    dtype = as_dtype(d)
    if dtype.kind != "f":
        raise TypeError(f"the default dtype must be a floating one, not {dtype}: use float32")
    _default = dtype


def as_dtype(dtype: Any) -> DType:
    """Return the NumPy dtype of any spelling: NumPy's, PyTorch's name or a typed constructor.

    Examples
    --------
    >>> as_dtype("torch.LongTensor"), as_dtype("half"), as_dtype(None)
    (dtype('int64'), dtype('float16'), dtype('float32'))
    """
    if dtype is None:
        return _default
    if isinstance(dtype, str):
        name = dtype.removeprefix("torch.")
        name = TENSOR_TYPES.get(name, name)
        if name in DTYPES:
            return DTYPES[name]
    found: DType = np.dtype(dtype)
    return found


def constructed(arguments: tuple[Any, ...], dtype: DType | None = None) -> Array:
    """Return the array of ``Tensor(2, 3)``, zeros of this shape, or of ``Tensor([2, 3])``, a copy.

    The dtype is the default one unless one is stated.
    """
    dtype = dtype or _default
    if all(isinstance(size, int | np.integer) for size in arguments):
        return np.zeros(arguments or 0, dtype)
    if len(arguments) > 1:
        raise TypeError(
            f"Tensor takes an array, a list or sizes, got {len(arguments)} arguments: use "
            f"Tensor(data, requires_grad=...) or tensor(data, ...)"
        )
    data = arguments[0]
    return _array(_with_scalars(data) if isinstance(_first(data), Variable) else data, dtype)


def numbers(array: Array, source: str = "an array") -> Array:
    """Return an array of numbers, or raise TypeError if it holds anything else."""
    if array.dtype.kind not in "fiub":
        raise TypeError(
            f"cannot create a tensor from {source}: its rows have different lengths or contain "
            f"values that are not real numbers (its dtype is {array.dtype})"
        )
    return array


def array_from(data: Any, dtype: npt.DTypeLike | None) -> Array:
    """Return a copy as an array; Python floats become the default dtype unless one is stated.

    A tensor of one value in a list is a number, of whatever shape it is.

    Raises
    ------
    TypeError
        If the data are not numbers, or their rows differ in length.
    """
    data = _with_scalars(data) if isinstance(_first(data), Variable) else data
    values = _array(data, None if dtype is None else as_dtype(dtype))
    numbers(values, type(data).__name__)
    if dtype is None and values.dtype == np.float64 and not _carries_dtype(data):
        values = values.astype(_default)
    return values


def _array(data: Any, dtype: DType | None) -> Array:
    """Return a copy as an array; one of None if the rows of lists differ in length."""
    try:
        return np.array(data, dtype)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
    try:
        return np.array(_with_scalars(data), dtype)  # a tensor may be after numbers
    except ValueError:
        return np.array(None)


def _with_scalars(data: Any) -> Any:
    """Return nested lists with numbers in place of the tensors of one value."""
    if isinstance(data, list | tuple):
        return [_with_scalars(each) for each in data]
    if isinstance(data, Variable):
        values: Array = np.asarray(data)
        if values.size == 1:
            return values.item() if values.dtype == _default else values.reshape(())[()]
    return data


def _carries_dtype(data: Any) -> bool:
    """Whether the data has a NumPy dtype; for a list, whether its first element has."""
    return hasattr(_first(data), "dtype")


def _first(data: Any) -> Any:
    """Return the first element of nested lists."""
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data
