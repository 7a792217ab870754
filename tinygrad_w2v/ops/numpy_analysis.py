"""NumPy functions of sampled functions and of cases: interpolation, differences, selection."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.ops.arithmetic import heaviside, nan_to_num, where
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.indexing import at
from tinygrad_w2v.ops.joining import cat, stack
from tinygrad_w2v.ops.ordering import quantile

# --- cases ---------------------------------------------------------------------------------------


@named("np.where")
def _numpy_where(condition: Any, *branches: Any) -> Any:
    return where(condition, *branches) if branches else np.nonzero(array_of(condition))


@named("np.select")
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    result = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        result = where(condition, choice, result)
    return result


@named("np.piecewise")
def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    conditions = [array_of(c) for c in (condlist if isinstance(condlist, list) else [condlist])]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    result = x * 0
    for condition, function in zip(conditions, funclist, strict=True):
        values = function(x[condition], *args, **kw) if callable(function) else function
        place = np.cumsum(condition.reshape(-1)).reshape(condition.shape) - 1
        chosen = values if np.ndim(values) == 0 else values[np.where(condition, place, 0)]
        result = where(condition, chosen, result) if condition.any() else result
    return result


@named("np.nan_to_num")
def _numpy_nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    return nan_to_num(x, nan, posinf, neginf)


@named("np.heaviside")
def _numpy_heaviside(x1: Any, x2: Any) -> Any:
    return heaviside(x1, x2)


# --- sampled functions ---------------------------------------------------------------------------


@named("np.interp")
def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = operand(x), operand(xp), operand(fp)
    places = array_of(xp)
    above = np.clip(np.searchsorted(places, array_of(x), side="right"), 1, len(places) - 1)
    share = (x - xp[above - 1]) / (xp[above] - xp[above - 1])
    inside = fp[above - 1] + share * (fp[above] - fp[above - 1])
    inside = where(np.less(array_of(x), places[0]), fp[0] if left is None else left, inside)
    return where(np.greater(array_of(x), places[-1]), fp[-1] if right is None else right, inside)


@named("np.convolve")
def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    return _correlate(a, np.flip(operand(v)), mode) if len(a) >= len(v) else _convolve(v, a, mode)


@named("np.correlate")
def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = operand(a), operand(v)
    if len(a) < len(v):
        return np.flip(_correlate(v, a, mode))
    n, m = len(a), len(v)
    edge = {"valid": (0, 0), "same": (m // 2, (m - 1) // 2), "full": (m - 1, m - 1)}.get(mode)
    if edge is None:
        raise ValueError(f"np.correlate: mode is {mode!r}: use 'full', 'same' or 'valid'")
    padded = np.pad(a, edge)
    windows = np.arange(n + sum(edge) - m + 1)[:, None] + np.arange(m)
    return np.matmul(padded[windows], v)


@named("np.gradient")
def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = range(f.ndim) if axis is None else [axis] if isinstance(axis, int) else axis
    spacings = varargs or (1.0,)
    spacings = spacings * len(axes) if len(spacings) == 1 else spacings
    if edge_order not in (1, 2) or len(spacings) != len(axes):
        raise TypeError(
            f"np.gradient: {len(varargs)} spacings for {len(axes)} axes, and edge_order "
            f"{edge_order}: pass one spacing for each axis, and an order of 1 or 2"
        )
    found = [_slopes(f, s, i, edge_order) for i, s in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


@named("tg.gradient")
def _torch_gradient(
    input: Any, *, spacing: Any = 1, dim: int | Sequence[int] | None = None, edge_order: int = 1
) -> list[Any]:
    """Return the derivatives along axes of a function that is given by its values on a grid.

    Parameters
    ----------
    spacing
        The distance of the values, one for each axis, or their coordinates on each axis.
    dim
        The axes; all by default.
    edge_order
        1 or 2: the order of the differences at the ends. Those inside are of order 2.
    """
    given = spacing if isinstance(spacing, list | tuple) else (1 if spacing is None else spacing,)
    found = _gradient(operand(input), *given, axis=dim, edge_order=edge_order)
    return list(found) if isinstance(found, tuple) else [found]


def _slopes(f: Any, spacing: Any, axis: int, edge_order: int) -> Any:
    """Return differences along an axis: of second order inside, of `edge_order` at the ends."""
    f = np.moveaxis(f, axis, -1)
    size = f.shape[-1]
    step = np.full(size - 1, spacing) if np.ndim(spacing) == 0 else np.diff(operand(spacing))
    slope = (f[..., 1:] - f[..., :-1]) / step
    before, after = step[:-1], step[1:]
    inner = (slope[..., :-1] * after + slope[..., 1:] * before) / (before + after)
    first, last = slope[..., :1], slope[..., -1:]
    if edge_order == 2:
        first = first + (first - slope[..., 1:2]) * (step[0] / (step[0] + step[1]))
        last = last + (last - slope[..., -2:-1]) * (step[-1] / (step[-1] + step[-2]))
    return np.moveaxis(cat([first, inner, last], -1), -1, axis)


@named("np.linspace")
def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, *, axis: int = 0) -> Any:
    start, stop = operand(start), operand(stop)
    share = np.linspace(0.0, 1.0, num, endpoint)
    return stack(*[start * (1 - w) + stop * w for w in share.tolist()], axis=axis)


# --- order ---------------------------------------------------------------------------------------


@named("np.partition")
def _partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return take_along_dim(a, np.argpartition(array_of(a), kth, axis=axis), axis=axis)


@named("np.rollaxis")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis %= np.ndim(a)
    start += np.ndim(a) if start < 0 else 0
    return np.moveaxis(a, axis, start - (axis < start))


def _numpy_quantile(name: str, scale: float) -> Callable[..., Any]:
    @named(f"np.{name}")
    def function(
        a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
    ) -> Any:
        return quantile(a, array_of(q) / scale, axis, keepdims, interpolation=method)

    function.__name__ = f"_numpy_{name}"
    return function


_numpy_quantile("quantile", 1)
_numpy_quantile("percentile", 100)


@named("np.unique")
def _numpy_unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    options: dict[str, Any] = {"return_inverse": return_inverse, "return_counts": return_counts}
    found: Any = np.unique(array_of(ar), True, axis=axis, equal_nan=equal_nan, **options)
    _, index, *others = found
    values = np.reshape(ar, -1)[index] if axis is None else ar[at(axis, ar, index)]
    extra = [index, *others] if return_index else others
    return (values, *extra) if extra else values


# --- parts of real numbers -----------------------------------------------------------------------


@named("np.real np.conjugate")
def _real(val: Any) -> Any:
    return val.astype(val.dtype)


@named("np.imag")
def _imag(val: Any) -> Any:
    return np.zeros_like(val)
