"""Parameter: a tensor that a module owns and an optimizer changes."""

from __future__ import annotations

import numpy.typing as npt

from tinygrad_w2v.engine import Tensor


class Parameter(Tensor):
    """A leaf tensor that requires a gradient and is found by :meth:`Module.parameters`.

    Parameters
    ----------
    data
        Floating values; an ndarray is wrapped, not copied.
    requires_grad
        False freezes it.
    """

    __slots__ = ()

    def __init__(self, data: npt.ArrayLike | Tensor, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter({super().__repr__()})"
