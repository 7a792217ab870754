"""In-place operators of Tensor, such as ``p -= lr * p.grad`` under ``no_grad()``."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import TensorLike


def _in_place(symbol: str, change: Callable[[Any, Any], Any]) -> Any:
    """Return an in-place operator: it changes the values unless the change is to be recorded."""

    def operate(self: Tensor, other: TensorLike) -> Tensor:
        if MODE.enabled and (self._requires_grad or getattr(other, "requires_grad", False)):
            if self._requires_grad and self.node is None:
                raise RuntimeError(
                    f"{symbol} on a leaf that requires a gradient cannot be recorded: use it under "
                    f"no_grad(), or write t = t {symbol[0]} ..."
                )
            return NotImplemented  # type: ignore[no-any-return]  # Python then binds the result of the plain operator
        self._data = np.asarray(change(self._data, array_of(other)))
        self.bump_version()
        return self

    return operate


for _symbol, _name in {"+=": "iadd", "-=": "isub", "*=": "imul", "/=": "itruediv"}.items():
    setattr(Tensor, f"__{_name}__", _in_place(_symbol, getattr(operator, _name)))
