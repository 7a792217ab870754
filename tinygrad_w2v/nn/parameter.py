"""Parameter and Buffer: the tensors of a module's state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.validation import check_allocation, is_limited


class Parameter(Tensor):
    """A leaf tensor that requires a gradient and is listed by :meth:`Module.parameters`.

    Parameters
    ----------
    data
        Floating values; an ndarray is wrapped, not copied.
    requires_grad
        False freezes it.
    """

    __slots__ = ()

    def __init__(self, data: npt.ArrayLike | Tensor = (), requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad=requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Buffer(Tensor):
    """A tensor of a module's state that is not optimized; see :meth:`Module.register_buffer`.

    Parameters
    ----------
    data
        Values of any dtype; an ndarray is wrapped, not copied.
    persistent
        Whether it is part of :meth:`Module.state_dict`.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> class Centre(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.mean = nn.Buffer([1.0, 2.0])
    ...     def forward(self, x):
    ...         return x - self.mean
    >>> list(Centre().state_dict()), list(Centre().parameters())
    (['mean'], [])
    """

    __slots__ = ("persistent",)

    def __init__(self, data: npt.ArrayLike | Tensor, *, persistent: bool = True) -> None:
        super().__init__(data)
        self.persistent = persistent

    def __repr__(self) -> str:
        return f"Buffer containing:\n{super().__repr__()}"


def new_parameter(
    shape: Sequence[int], dtype: npt.DTypeLike, value: float | None = None
) -> Parameter:
    """Return a parameter filled with a value, or uninitialized, to be filled by :mod:`nn.init`.

    While a model is loaded, the shape is checked against the size of the file, and the values are
    zeros whose memory is not touched, since the file's array replaces them.
    """
    check_allocation(shape)
    if value == 0 or is_limited():
        return Parameter(np.zeros(shape, dtype))
    return Parameter(np.empty(shape, dtype) if value is None else np.full(shape, value, dtype))
