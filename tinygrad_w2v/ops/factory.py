"""What functions that create tensors share: PyTorch's keywords, `out`, and sizes."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.device import check_placement
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.engine.out import write_out
from tinygrad_w2v.engine.tensor import Tensor, from_op
from tinygrad_w2v.engine.types import Array, Shape

_OPTIONS = {
    "out": ("Tensor | None", None),
    "dtype": ("npt.DTypeLike | None", None),
    "layout": ("Any", None),
    "device": ("DeviceLike", None),
    "requires_grad": ("bool", False),
    "pin_memory": ("bool", False),
    "memory_format": ("Any", None),
}

_PLACEMENT = ("layout", "device", "pin_memory", "memory_format")


def factory(names: str) -> Callable[[Callable[..., Array]], Callable[..., Tensor]]:
    """Turn a function that returns an array into one that returns a Tensor, under its `names`.

    The decorated function's `dtype` is None or a NumPy dtype. PyTorch's other keywords of creation
    functions are added to its signature.
    """

    def decorate(compute: Callable[..., Array]) -> Callable[..., Tensor]:
        @functools.wraps(compute)
        def create(*args: Any, **options: Any) -> Tensor:
            if not options:
                return from_op(compute(*args, dtype=None), None)
            placement = {k: options.pop(k) for k in _PLACEMENT if k in options}
            if placement:
                check_placement(**placement)
            out, requires_grad = options.pop("out", None), options.pop("requires_grad", False)
            dtype = options.pop("dtype", None)
            values = compute(*args, dtype=None if dtype is None else as_dtype(dtype), **options)
            if out is not None:
                written: Tensor = write_out(out, values)
                return written
            result = from_op(values, None)
            return result.requires_grad_() if requires_grad else result

        signature = inspect.signature(compute)
        own = [p for p in signature.parameters.values() if p.name != "dtype"]
        keywords = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in _OPTIONS.items()
        ]
        create.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[*own, *keywords], return_annotation="Tensor"
        )
        return named(names)(create)

    return decorate


def shape_of(size: tuple[Any, ...]) -> Shape:
    """Return the shape given as ``f(2, 3)``, ``f((2, 3))`` or ``f([2, 3])``."""
    if len(size) == 1 and isinstance(size[0], list | tuple):
        size = tuple(size[0])
    shape = tuple(map(operator.index, size))
    if any(each < 0 for each in shape):
        raise ValueError(f"size is {shape}: sizes must not be negative")
    return shape


def number(value: Any) -> Any:
    """Return the value of a 0-d Tensor or array as a Python number; others unchanged."""
    return value.item() if isinstance(value, Tensor | np.ndarray | np.generic) else value
