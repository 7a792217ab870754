"""NumPy's dispatch protocols: which op answers when a NumPy function meets a Tensor.

NEP 13 (``__array_ufunc__``) and NEP 18 (``__array_function__``) let ``np.exp(t)`` and
``np.concatenate([t, u])`` reach this table. That is what lets a backward rule, written in plain
NumPy, run on Tensors when the graph of a gradient is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])

UFUNCS: dict[np.ufunc, Callable[..., Any]] = {}
REDUCTIONS: dict[np.ufunc, Callable[..., Any]] = {}
FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {}


def implements(*functions: Callable[..., Any]) -> Callable[[Function], Function]:
    """Make the decorated function the Tensor form of these NumPy functions.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> np.sum(tg.tensor([1.0, 2.0]))
    tensor(3.)
    """

    def register(function: Function) -> Function:
        for numpy_function in functions:
            FUNCTIONS[numpy_function] = function
        return function

    return register


def call_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """Answer ``ufunc.method(*inputs, **options)`` where one of `inputs` is a Tensor."""
    table = {"__call__": UFUNCS, "reduce": REDUCTIONS}.get(method, {})
    target = table.get(ufunc)
    if options.get("out") is not None or options.get("where", True) is not True:
        raise TypeError(
            f"np.{ufunc.__name__} with out= or where= writes in place, which cannot be recorded "
            f"on a Tensor: leave it out, or work on numpy.asarray(t)"
        )
    if target is None:
        called = ufunc.__name__ if method == "__call__" else f"{ufunc.__name__}.{method}"
        raise TypeError(_unknown(called))
    return target(*inputs, **{k: v for k, v in options.items() if k not in ("out", "where")})


def call_function(
    function: Callable[..., Any], args: tuple[Any, ...], options: Mapping[str, Any]
) -> Any:
    """Answer ``function(*args, **options)`` where a Tensor stands among the arguments."""
    target = FUNCTIONS.get(function)
    if target is None:
        raise TypeError(_unknown(getattr(function, "__name__", repr(function))))
    return target(*args, **options)


@implements(np.shape)
def _shape(a: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = a.shape
    return shape


@implements(np.ndim)
def _ndim(a: Any) -> int:
    return len(a.shape)


def _unknown(name: str) -> str:
    return (
        f"np.{name} has no op for Tensors: pass numpy.asarray(t) if no gradient is needed, or "
        f"register an op with tinygrad_w2v.op(np.{name}, ...)"
    )
