"""Changes in place: ``p -= lr * p.grad``, ``x.add_(y)``, and how they are recorded.

A change is recorded if a gradient flows to or through the tensor or an operand, and recording is
on. The tensor then takes the node of the operation's result. So do its views, for the values that
they share with it. A leaf that requires a gradient cannot be changed while recording.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op
from tinygrad_w2v.engine.types import Array, TensorLike


def in_place(name: str, target: Callable[..., Any]) -> Callable[..., Tensor]:
    """Return the method that writes the result of an op or a function into its first argument."""

    @functools.wraps(target)
    def change(self: Tensor, *args: Any, **options: Any) -> Tensor:
        if not is_recorded(self, *args, *options.values()):
            write(name, self, target(from_op(self._data, None), *args, **options))
            return self
        refuse_leaf(name, self)
        old = before(self)
        args = tuple(old if arg is self else arg for arg in args)
        take_result(name, self, target(old, *args, **options))
        return self

    change.__name__ = name
    change.__doc__ = f"In-place version of :meth:`{name.removesuffix('_')}`; return the tensor."
    vars(change).update(in_place_of=target)
    return change


def with_inplace(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose boolean `inplace` writes the result into its first argument.

    The decorated function has a parameter of this name, and ignores it.
    """
    position = list(inspect.signature(function).parameters).index("inplace")

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if len(args) > position:
            options["inplace"] = args[position]
            args = args[:position] + args[position + 1 :]
        if not options.pop("inplace", False) or not isinstance(args[0], Tensor):
            return function(*args, **options)
        return in_place(function.__name__, function)(*args, **options)

    return call


def is_recorded(tensor: Tensor, *operands: Any) -> bool:
    """Whether a change of a tensor by these operands is to be recorded."""
    return any_recorded((tensor, *operands))


def any_recorded(operands: Iterable[Any]) -> bool:
    """Whether a gradient flows to or through one of the operands, and recording is on."""
    return MODE.enabled and any(
        isinstance(each, Tensor) and each._requires_grad for each in operands
    )


def refuse_leaf(name: str, tensor: Tensor) -> None:
    """Raise RuntimeError for a leaf that requires a gradient, and for a view of one."""
    shared = [view for view, _ in _views(tensor)]
    for each in (tensor, *shared):
        if each._requires_grad and each.node is None:
            which = "a leaf" if each is tensor else "a view of a leaf"
            raise RuntimeError(
                f"{name}: {which} that requires a gradient cannot be changed in place while "
                f"recording: do it under no_grad(), or compute a new tensor"
            )


def before(tensor: Tensor) -> Tensor:
    """Return a tensor with the values, copied, and the history from before a change."""
    return from_op(tensor._data.copy(), tensor.node)


def write(name: str, tensor: Tensor, result: TensorLike) -> None:
    """Write values into a tensor, in its dtype and shape, and count the change."""
    values = array_of(result)
    if values.shape != tensor.shape:
        raise RuntimeError(
            f"{name}: the result has shape {values.shape}, the tensor {tensor.shape}: a change in "
            f"place cannot change the shape"
        )
    if not np.can_cast(values.dtype, tensor.dtype, "same_kind"):
        raise RuntimeError(
            f"{name}: the result has dtype {values.dtype}, the tensor {tensor.dtype}: compute a "
            f"new tensor, or convert one with t.to(...)"
        )
    tensor._data[...] = values
    tensor.bump_version()


def take_result(name: str, tensor: Tensor, result: Any, changed: Array | None = None) -> None:
    """Write a recorded result into a tensor, which takes its node; views of it do the same.

    Parameters
    ----------
    changed
        Positions of the changed values in the flattened tensor; None for all, or if the values
        have been written already.
    """
    if result.dtype != tensor.dtype and tensor.dtype.kind == "f":
        result = result.astype(tensor.dtype)
    new_nodes = [
        (view, _renewed(view, result, own, places[own]))
        for view, places in _views(tensor)
        if (own := (places >= 0) if changed is None else np.isin(places, changed)).any()
    ]
    if result._data is tensor._data:
        tensor.bump_version()
    else:
        write(name, tensor, result)
    for changed_tensor, made in ((tensor, result), *new_nodes):
        changed_tensor.node, changed_tensor._requires_grad = made.node, made._requires_grad


def _views(tensor: Tensor) -> list[tuple[Tensor, Array]]:
    """Return the other tensors that share values with a tensor as views.

    With each of them, for each of its values, the position in the flattened tensor, or −1.
    """
    if type(tensor.version) is int:
        return []
    alive = [view for reference in tensor.version.views if (view := reference()) is not None]
    others = [
        view
        for view in alive
        if view is not tensor and np.may_share_memory(view._data, tensor._data)
    ]
    if not others:
        return []
    placed = [(view, shared_places(tensor._data, view._data)) for view in others]
    return [(view, places) for view, places in placed if (places >= 0).any()]


def shared_places(array: Array, other: Array) -> Array:
    """Return the position in the flattened `array` of each value of `other`, or −1.

    A value has a position if the two share its memory.
    """
    own, addresses = _addresses(array), _addresses(other)
    if not own.size:
        return np.full(addresses.shape, -1)
    order = np.argsort(own)
    nearest = order[np.searchsorted(own, addresses, sorter=order).clip(max=own.size - 1)]
    return np.where(own[nearest] == addresses, nearest, -1)


def _addresses(array: Array) -> Array:
    """Return the address of each value, flattened."""
    grid = np.zeros((1,) * array.ndim, np.int64)
    for axis, (size, step) in enumerate(zip(array.shape, array.strides, strict=True)):
        along = [1] * array.ndim
        along[axis] = size
        grid = grid + step * np.arange(size).reshape(along)
    return grid.reshape(-1) + array.ctypes.data


def _renewed(view: Tensor, result: Any, own: Array, places: Array) -> Any:
    """Return the values of a view, of which some are taken from a recorded result."""
    old: Any = from_op(view._data, view.node)
    taken = result.reshape(-1)[places]
    flat = old.reshape(-1).index_put((np.flatnonzero(own),), taken)
    return flat.reshape(*view.shape)


# --- operators ----------------------------------------------------------------------------------


def _operator(symbol: str, name: str) -> Any:
    change, plain = getattr(operator, f"__i{name}__"), getattr(operator, f"__{name}__")
    record = in_place(symbol, plain)

    def operate(self: Tensor, other: TensorLike) -> Tensor:
        if is_recorded(self, other):
            return record(self, other)
        if type(other) is RowSparse and symbol in ("+=", "-="):
            summed = other.coalesce()
            self._data[summed.rows] = plain(self._data[summed.rows], summed.values)
        else:
            self._data = np.asarray(change(self._data, array_of(other)))
        self.bump_version()
        return self

    return operate


_SYMBOLS = "add += sub -= mul *= truediv /= floordiv //= mod %= pow **= and &= or |= xor ^="
_words = _SYMBOLS.split(" ")
for _name, _symbol in zip(_words[::2], _words[1::2], strict=True):
    setattr(Tensor, f"__i{_name}__", _operator(_symbol, _name))
