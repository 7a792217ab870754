"""Conversion of a module's tensors: dtype, device, gradients, shared memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.device import check_placement
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.parameter import Parameter


class Convertible:
    """A module whose parameters and buffers can be converted together."""

    __slots__ = ()

    def _tensors(self) -> Iterator[Tensor]:
        """Yield all parameters and buffers, each once."""
        raise NotImplementedError

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield the parameters."""
        raise NotImplementedError

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of all parameters; False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or to zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad = Tensor(np.zeros(parameter.shape, parameter.dtype))

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert all floating parameters and buffers to a dtype and clear their gradients.

        Called as ``to(dtype)``, ``to(device, dtype, non_blocking)`` or ``to(tensor)``, which takes
        the tensor's dtype. The device is ``"cpu"``; without a dtype nothing changes. Create
        optimizers afterwards: their state has the parameters' dtype.
        """
        unknown = kwargs.keys() - {"device", "dtype", "non_blocking", "copy", "memory_format"}
        if unknown:
            raise InputError(f"to: {', '.join(sorted(unknown))}: pass a device or a dtype")
        devices, dtype = [kwargs.get("device")], kwargs.get("dtype")
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif _is_dtype(arg):
                dtype = arg
            elif not isinstance(arg, bool):
                devices.append(arg)
        for device in devices:
            check_placement(device)
        if dtype is None:
            return self
        if as_dtype(dtype).kind != "f":
            raise InputError(
                f"to: {as_dtype(dtype)} is not a floating dtype: use float32 or float64"
            )
        return self._convert(dtype)

    def _convert(self, dtype: npt.DTypeLike, floating_only: bool = True) -> Self:
        wanted = as_dtype(dtype)
        for tensor in self._tensors():
            is_floating = np.issubdtype(tensor._data.dtype, np.floating)
            if tensor._data.dtype != wanted and (is_floating or not floating_only):
                tensor.grad = None
                tensor._data = tensor._data.astype(wanted)
                tensor.bump_version()
        return self

    def cpu(self) -> Self:
        """Return the module: all tensors are in the CPU's memory."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Raise RuntimeError: there is no GPU support."""
        check_placement("cuda" if device is None else f"cuda:{device}")
        return self

    def float(self) -> Self:
        """Convert floating parameters and buffers to float32; see :meth:`to`."""
        return self._convert(np.float32)

    def double(self) -> Self:
        """Convert floating parameters and buffers to float64; see :meth:`to`."""
        return self._convert(np.float64)

    def half(self) -> Self:
        """Convert floating parameters and buffers to float16; see :meth:`to`."""
        return self._convert(np.float16)

    def type(self, dst_type: npt.DTypeLike) -> Self:
        """Convert all parameters and buffers to a dtype, those that are not floating as well."""
        return self._convert(dst_type, floating_only=False)

    def share_memory(self) -> Self:
        """Move all parameters and buffers to memory shared with processes forked later."""
        for tensor in self._tensors():
            tensor.share_memory_()
        return self

    def _apply(self, function: Callable[[Tensor], Tensor]) -> Self:
        """Replace the values of all parameters and buffers by those of ``function(tensor)``."""
        for tensor in self._tensors():
            tensor._data = function(tensor.detach())._data
            tensor.bump_version()
        return self


def _is_dtype(arg: Any) -> bool:
    if arg is None or isinstance(arg, bool | int):
        return False
    try:
        as_dtype(arg)
    except TypeError:
        return False
    return True
