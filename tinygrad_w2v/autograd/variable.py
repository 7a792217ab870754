"""Variable: the former name of a Tensor in PyTorch, still called by many programs."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from tinygrad_w2v.engine import Tensor


class _TensorLike(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_TensorLike):
    """``Variable(x)`` is a Tensor that shares the memory of `x`; every Tensor is an instance.

    Parameters
    ----------
    data
        A Tensor or an array.
    requires_grad
        Whether operations on it are recorded.
    volatile
        Has no effect, as in PyTorch since 0.4.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> x = tg.autograd.Variable(tg.ones(2), requires_grad=True)
    >>> x, isinstance(x, tg.autograd.Variable)
    (tensor([1., 1.], requires_grad=True), True)
    """

    def __new__(
        cls, data: Tensor | npt.ArrayLike, requires_grad: bool = False, volatile: bool = False
    ) -> Any:
        """Return a Tensor."""
        return Tensor(data, requires_grad=requires_grad)
