"""constant(): functions of the values of tensors, whose results have no gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, from_op


def constant(names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function of arrays under its `names`, for Tensors as well; see ``surfaces``.

    The decorated function gets arrays in place of Tensors. If one of its arguments is a Tensor,
    each array that it returns becomes a Tensor.
    """

    def decorate(compute: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(compute)
        def call(*args: Any, **options: Any) -> Any:
            given = (*args, *options.values())
            found = compute(*map(_value, args), **{k: _value(v) for k, v in options.items()})
            return _wrapped(found) if any(isinstance(x, Tensor) for x in given) else found

        return named(names)(call)

    return decorate


def _value(x: Any) -> Any:
    return x._data if isinstance(x, Tensor) else x


def _wrapped(found: Any) -> Any:
    if isinstance(found, tuple):
        parts = tuple(map(_wrapped, found))
        return found._make(parts) if hasattr(found, "_make") else parts
    return from_op(np.asarray(found), None) if isinstance(found, np.ndarray | np.generic) else found
