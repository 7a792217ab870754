"""default_collate: items of a batch to tensors with a first axis for the items."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor, tensor
from tinygrad_w2v.ops import stack


def default_collate(batch: Sequence[Any]) -> Any:
    """Combine the items of a batch.

    Tensors, arrays and numbers become one tensor with a new first axis; Python floats become
    float64. Dicts and sequences are combined entry by entry, a tuple to a list. Strings and bytes
    stay in a list.

    Raises
    ------
    TypeError
        If an item is of another type.
    RuntimeError
        If tensors differ in shape, or sequences in length.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> default_collate([(tg.tensor([1.0]), 3, "a"), (tg.tensor([2.0]), 4, "b")])
    [tensor([[1.],
             [2.]]), tensor([3, 4]), ['a', 'b']]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if isinstance(first, np.ndarray) and first.dtype.kind in "biufc":
        return _stacked([Tensor(array) for array in batch])
    if isinstance(first, np.generic) and first.dtype.kind in "biufc":
        return Tensor(np.asarray(batch))
    if isinstance(first, float):
        return tensor(batch, dtype=np.float64)
    if isinstance(first, int):
        return tensor(batch)
    if isinstance(first, str | bytes):
        return list(batch)
    if isinstance(first, Mapping):
        return _rebuilt(first, {k: default_collate([item[k] for item in batch]) for k in first})
    if isinstance(first, Sequence):
        for place, item in enumerate(batch):
            if len(item) != len(first):
                raise RuntimeError(
                    f"the sequences in a batch must have equal lengths, found {len(first)} at item "
                    f"0 and {len(item)} at item {place}: pass a collate_fn that pads them"
                )
        return _rebuilt(first, list(map(default_collate, zip(*batch, strict=True))))
    raise TypeError(
        f"a batch has items of type {type(first).__name__}: default_collate takes tensors, arrays, "
        f"numbers, strings, and dicts and sequences of these; pass a collate_fn for others"
    )


def default_convert(data: Any) -> Any:
    """Convert arrays and NumPy numbers to tensors, also within dicts and sequences."""
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind in "biufc":
        return Tensor(np.asarray(data))
    if isinstance(data, Mapping):
        return _rebuilt(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _rebuilt(data, list(map(default_convert, data)))
    return data


def _stacked(tensors: Sequence[Tensor]) -> Tensor:
    arrays = [item._data for item in tensors]
    shape = arrays[0].shape
    for place, array in enumerate(arrays):
        if array.shape != shape:
            raise RuntimeError(
                f"the tensors of a batch must have equal shapes, found {shape} at item 0 and "
                f"{array.shape} at item {place}: pass a collate_fn that pads them"
            )
    if any(item._requires_grad for item in tensors):
        return stack(*tensors)
    # numpy.stack takes twice as long for small arrays.
    joined = np.concatenate(arrays if shape else [array.reshape(1) for array in arrays])
    return Tensor(joined.reshape(len(arrays), *shape))


def _rebuilt(like: Any, values: Any) -> Any:
    """Return values in a container of the same type; a plain tuple becomes a list."""
    if hasattr(like, "_fields"):  # a named tuple
        return type(like)(*values)
    if type(like) in (dict, list, tuple):
        return values
    try:
        if isinstance(like, Mapping):
            made: Any = copy.copy(like)
            made.update(values)
            return made
        construct: Callable[[Any], Any] = type(like)
        return construct(values)
    except (TypeError, AttributeError):
        return values
