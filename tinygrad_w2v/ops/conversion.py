"""Conversions: other dtypes, copies, and the device, which is always the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.device import CPU, check_placement, device
from tinygrad_w2v.engine.dtypes import DTYPES, as_dtype
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.surfaces import enter
from tinygrad_w2v.engine.tensor import Tensor, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.dtypes import typename
from tinygrad_w2v.ops.samples import normal


@op(
    names="Tensor",
    x=lambda g: g,
    samples=normal(*([shape, {"dtype": np.float64}] for shape in [(2, 3), (), (0, 2)])),
)
def astype(x: Array, *, dtype: npt.DTypeLike) -> Array:
    """Return a copy with another dtype; the gradient is converted back."""
    return np.asarray(x).astype(dtype)


@named("Tensor tg")
def clone(x: TensorLike, *, memory_format: Any = None) -> Any:
    """Return a copy; the gradient flows through it."""
    check_placement(memory_format=memory_format)
    array: Any = operand(x)
    return array.astype(array.dtype)


def _converted(self: Tensor, dtype: npt.DTypeLike) -> Any:
    """Return the tensor itself, or a copy of another dtype; integers have no gradient."""
    if self.dtype == dtype:
        return self
    is_float = np.dtype(dtype).kind == "f"
    return astype(self if is_float else self.detach(), dtype=dtype)


def _conversion(name: str) -> Callable[..., Any]:
    def convert(self: Tensor, memory_format: Any = None) -> Any:
        return _converted(self, DTYPES[name])

    convert.__name__ = f"_{name}"
    convert.__doc__ = f"Convert to {DTYPES[name]}; a tensor of this dtype is returned as it is."
    return convert


for _name, _method in {
    **{name: name for name in ("float", "double", "half", "long", "int", "short", "bool")},
    "uint8": "byte",
    "int8": "char",
}.items():
    enter(_conversion(_name), f"Tensor.{_method}")


@named("Tensor.to")
def _to(
    self: Tensor,
    *targets: Any,
    dtype: npt.DTypeLike | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Any:
    """Convert to a dtype, a device or the dtype of another tensor, given in any combination.

    Parameters
    ----------
    *targets
        A dtype, ``"cpu"`` or another device of the CPU, a tensor; then `non_blocking` and `copy`.
    copy
        Return a copy also if there is nothing to convert.
    """
    flags = [target for target in targets if isinstance(target, bool)]
    copy = copy or (len(flags) > 1 and flags[1])
    for target in targets:
        if isinstance(target, Tensor):
            dtype = target.dtype
        elif isinstance(target, _Device) or (isinstance(target, str) and target not in DTYPES):
            device = target
        elif target is not None and not isinstance(target, bool):
            dtype = target
    check_placement(device, memory_format=memory_format)
    dtype = self.dtype if dtype is None else as_dtype(dtype)
    return astype(self, dtype=dtype) if copy else _converted(self, dtype)


_Device = device  # `_to` has a parameter of this name


@named("Tensor.type")
def _type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """Convert to a dtype or the dtype of a typed constructor; without one, return its name.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.tensor([1.5])
    >>> x.type(), x.type(tg.LongTensor), x.type("torch.DoubleTensor").dtype
    ('torch.FloatTensor', tensor([1]), dtype('float64'))
    """
    if dtype is None:
        return typename(self)
    return _converted(self, as_dtype(getattr(dtype, "dtype", dtype)))


@named("Tensor")
def type_as(self: Tensor, other: Tensor) -> Any:
    """Convert to the dtype of another tensor."""
    return _converted(self, other.dtype)


# --- the device ---------------------------------------------------------------------------------


@named("Tensor")
def cpu(self: Tensor, memory_format: Any = None) -> Any:
    """Return the tensor itself."""
    return self


@named("Tensor")
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Any:
    """Raise RuntimeError: there is no GPU."""
    check_placement("cuda" if device is None or isinstance(device, int) else device)
    return self


@named("Tensor")
def pin_memory(self: Tensor) -> Any:
    """Return the tensor itself: there is no GPU to transfer it to."""
    return self


@named("property.device")
def _device_of(self: Tensor) -> device:
    """Return the device of the values, the CPU."""
    return CPU


@named("property")
def is_cuda(self: Tensor) -> bool:
    """Return False."""
    return False


@named("Tensor tg")
def get_device(x: Tensor) -> int:
    """Return −1, as PyTorch does on the CPU."""
    return -1


# --- real numbers: no tensor is complex ---------------------------------------------------------


@named(
    "tg.conj Tensor.conj tg.real tg.resolve_conj Tensor.resolve_conj "
    "tg.conj_physical Tensor.conj_physical Tensor.resolve_neg tg.resolve_neg"
)
def _itself(x: TensorLike) -> Any:
    """Return the tensor itself, which is real."""
    return operand(x)


@named("Tensor tg")
def isreal(x: TensorLike) -> Any:
    """Return that each value is real."""
    return Tensor(np.ones(np.shape(x), np.bool_))
