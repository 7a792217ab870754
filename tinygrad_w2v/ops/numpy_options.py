"""`dtype`, `where` and `initial` of NumPy's reductions, which the ops do not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine.dispatch import EXTENDED
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.ops.arithmetic import where

_SUM, _PRODUCT = (0.0, np.add), (1.0, np.multiply)
_MAXIMUM, _MINIMUM = (-np.inf, np.maximum), (np.inf, np.minimum)
_REDUCTIONS: dict[str, tuple[float, Callable[..., Any]]] = {
    "sum": _SUM,
    "prod": _PRODUCT,
    "max": _MAXIMUM,
    "amax": _MAXIMUM,
    "min": _MINIMUM,
    "amin": _MINIMUM,
}


def _take_dtype(given: dict[str, Any]) -> Any:
    """Remove the input and the dtype from the arguments; return the input in this dtype."""
    array, dtype = given.pop("a"), given.pop("dtype", None)
    return array if dtype is None else array.astype(dtype)


def _reduce(call: Any, given: dict[str, Any]) -> Any:
    identity, combine = _REDUCTIONS[call.name]
    array, chosen, initial = (
        _take_dtype(given),
        given.pop("where", True),
        given.pop("initial", None),
    )
    if chosen is not True:
        array = where(chosen, array, np.asarray(identity, array.dtype))
    result = call(array, **given)
    return result if initial is None else combine(result, initial)


def _mean(call: Any, given: dict[str, Any]) -> Any:
    array, chosen = _take_dtype(given), given.pop("where", True)
    if chosen is True:
        return call(array, **given)
    chosen = np.broadcast_to(array_of(chosen), array.shape)
    total = np.sum(where(chosen, array, np.zeros((), array.dtype)), **given)
    return total / np.sum(chosen, **given)


def _cast(call: Any, given: dict[str, Any]) -> Any:
    return call(_take_dtype(given), **given)


EXTENDED.update({(name, o): _reduce for name in _REDUCTIONS for o in ("dtype", "where", "initial")})
EXTENDED.update({("mean", option): _mean for option in ("dtype", "where")})
EXTENDED.update({(name, "dtype"): _cast for name in ("var", "std", "cumsum", "cumprod")})
