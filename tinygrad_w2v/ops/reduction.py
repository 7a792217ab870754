"""Reductions over one axis, several, or all, and cumulative sums and products along an axis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.dtypes import get_default_dtype
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array, Axis, Shape
from tinygrad_w2v.ops.samples import normal

_FEW = 1 << 12
"""Up to so many values, writing the repeated values is faster than making a broadcast view."""


def broadcast_back(g: Any, shape: Shape, axis: Axis, keepdims: bool) -> Any:
    """Broadcast a reduced value to the shape before the reduction."""
    restored = restore_axes(g, shape, axis, keepdims)
    if type(restored) is np.ndarray and math.prod(shape) <= _FEW:
        full = np.empty(shape, restored.dtype)
        full[...] = restored
        return full
    return np.broadcast_to(restored, shape)


def restore_axes(reduced: Any, shape: Shape, axis: Axis, keepdims: bool) -> Any:
    """Insert the axes of `shape` that were reduced again, with size 1."""
    if keepdims:
        return reduced
    if axis is None:
        ones: Shape = (1,) * len(shape)
    else:
        axes = reduced_axes(axis, len(shape))
        ones = tuple(1 if i in axes else size for i, size in enumerate(shape))
    return reduced.reshape(ones) if type(reduced) is np.ndarray else np.reshape(reduced, ones)


def reduced_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes of a reduction as a tuple of integers that are not negative."""
    if axis is None:
        return tuple(range(ndim))
    if not ndim:  # axes 0 and −1, which a reduction of a 0-d array ignores
        return ()
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def present_axes(x: Any, axis: Any) -> Any:
    """Return `axis`; for a 0-d array no axes in place of 0 and −1, which PyTorch accepts."""
    if axis is None or np.ndim(x):
        return tuple(axis) if type(axis) is list else axis
    np.lib.array_utils.normalize_axis_tuple(axis, 1, allow_duplicate=True)
    return ()


def reduced_size(shape: Shape, axis: Axis) -> int:
    """Return the number of values from which each result of a reduction is computed."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in reduced_axes(axis, len(shape)))


def even_shares(is_extreme: Any, axis: Axis) -> Any:
    """Return 1 / n at each of the n tied extremes along the axes, and 0 elsewhere."""
    return is_extreme / np.sum(is_extreme, axis=axis, keepdims=True)


REDUCED: list[list[Any]] = [
    [(3, 4)],
    [(3, 4), {"axis": 0}],
    [(2, 3, 4), {"axis": (0, -1), "keepdims": True}],
    [(2, 3), {"axis": -1, "keepdims": True}],
    [(2, 3), {"axis": ()}],
    [()],
    [(), {"axis": 0}],
    [(), {"axis": -1, "keepdims": True}],
]
"""Sample calls with every kind of axis; each result is of at least one value."""
reduction_samples = normal(*REDUCED, [(0, 3), {"axis": 1}])

# --- sums and products --------------------------------------------------------------------------

_add_reduce: Any = np.add.reduce  # numpy.sum without its overhead
_BYTE = np.dtype(np.uint8)
_WIDE = (np.dtype(np.float32), np.dtype(np.float64))


@op(
    names="Tensor tg F np np.add.reduce",
    x=lambda g, shapes, axis, keepdims: broadcast_back(g, shapes.x, axis, keepdims),
    samples=reduction_samples,
)
def sum_(
    x: Array, *, axis: Axis = None, keepdims: bool = False, dtype: npt.DTypeLike | None = None
) -> Any:
    """Sum over one axis, several, or all; of integers in int64, unless a dtype is stated."""
    if dtype is None and x.dtype is not _BYTE:
        return _add_reduce(x, axis=axis, keepdims=keepdims)
    return _add_reduce(x, axis=axis, keepdims=keepdims, dtype=_accumulator(x, dtype))


def _accumulator(x: Array, dtype: npt.DTypeLike | None) -> Any:
    """Return the dtype to sum in; int64 for unsigned integers, unlike in NumPy."""
    return np.int64 if dtype is None and x.dtype.kind == "u" else dtype


@op(
    names="Tensor tg F",
    x=lambda g, shapes, axis, keepdims: broadcast_back(
        g / max(reduced_size(shapes.x, axis), 1), shapes.x, axis, keepdims
    ),
    samples=reduction_samples,
)
def mean(
    x: Array, *, axis: Axis = None, keepdims: bool = False, dtype: npt.DTypeLike | None = None
) -> Any:
    """Mean over one axis, several, or all, computed in the dtype if one is stated."""
    if dtype is not None:
        x = np.asarray(x).astype(dtype)
    if isinstance(x, np.ndarray) and x.dtype in _WIDE and x.size:  # numpy.mean without its overhead
        return _add_reduce(x, axis=axis, keepdims=keepdims) / reduced_size(x.shape, axis)
    if x.dtype.kind != "f":
        raise TypeError(
            "the mean of integers has no dtype of theirs: state one with dtype=, or convert with "
            "t.float()"
        )
    return np.mean(x, axis=present_axes(x, axis), keepdims=keepdims)


@named("np.mean")
def _numpy_mean(
    a: Any, axis: Axis = None, dtype: npt.DTypeLike | None = None, *, keepdims: bool = False
) -> Any:
    if dtype is None and a.dtype.kind != "f":
        dtype = get_default_dtype()
    return mean(a, axis=axis, keepdims=keepdims, dtype=dtype)


def _prod_samples(rng: np.random.Generator) -> list[Sample]:
    one_zero = rng.normal(size=(2, 3, 4))
    one_zero[0, 1] = 0.0
    two_zeros = np.array([[0.0, 0.0, 0.7], [1.3, 0.0, 0.4]])
    return [
        *reduction_samples(rng),
        Sample(one_zero, axis=1),
        Sample(one_zero, axis=(0, 1), keepdims=True),
        Sample(two_zeros, axis=1),
        Sample(two_zeros),
    ]


@op(names="Tensor tg F np np.multiply.reduce", samples=_prod_samples)
def prod(
    x: Array, *, axis: Axis = None, keepdims: bool = False, dtype: npt.DTypeLike | None = None
) -> Any:
    """Product over one axis, several, or all.

    The gradient is correct where values are zero, as in PyTorch: the product of the others.
    """
    return np.prod(x, axis=axis, keepdims=keepdims, dtype=_accumulator(x, dtype))


@prod.backward("x")
def _prod_rule(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    full = broadcast_back(g, x.shape, axis, keepdims)
    if np.all(array_of(x)):
        return full * (restore_axes(out, x.shape, axis, keepdims) / x)
    return full * _products_of_others(x, axis)


def _products_of_others(x: Any, axis: Axis) -> Any:
    """Return for each value the product of the others along the axes, without division."""
    reduced = list(reduced_axes(axis, x.ndim))
    order = [a for a in range(x.ndim) if a not in reduced] + reduced
    moved = np.transpose(x, tuple(order))
    rows = np.reshape(moved, (*moved.shape[: x.ndim - len(reduced)], reduced_size(x.shape, axis)))
    ones = np.ones((*rows.shape[:-1], 1), rows.dtype)
    before = np.cumprod(np.concatenate([ones, rows[..., :-1]], axis=-1), axis=-1)
    after = np.cumprod(np.concatenate([ones, rows[..., :0:-1]], axis=-1), axis=-1)[..., ::-1]
    back = tuple(np.argsort(order).tolist())
    return np.transpose(np.reshape(before * after, moved.shape), back)


# --- cumulative sums and products ---------------------------------------------------------------


def _reversed_cumsum(g: Any, axis: int) -> Any:
    """Return the sum of each value and all after it: the adjoint of :func:`cumsum`."""
    if not np.ndim(g):
        return g
    return np.flip(np.cumsum(np.flip(g, axis), axis=axis), axis)


_CUMULATIVE: list[list[Any]] = [
    [(3, 4), {"axis": 0}],
    [(2, 3, 2), {"axis": -2}],
    [(5,), {"axis": 0}],
    [(0, 2), {"axis": 0}],
    [(), {"axis": -1}],
]
_ZEROS = np.array([[0.7, 0.0, 1.3, -0.4], [0.0, 0.5, 0.0, 1.1]])


@op(names="Tensor_ tg F", x=_reversed_cumsum, samples=normal(*_CUMULATIVE))
def cumsum(x: Array, *, axis: int, dtype: npt.DTypeLike | None = None) -> Any:
    """Sum of each value and all before it along an axis."""
    return np.cumsum(x, axis=axis, dtype=_accumulator(x, dtype)).reshape(np.shape(x))


@op(
    names="Tensor_ tg F", samples=normal(*_CUMULATIVE, [_ZEROS, {"axis": 1}], [_ZEROS, {"axis": 0}])
)
def cumprod(x: Array, *, axis: int, dtype: npt.DTypeLike | None = None) -> Any:
    """Product of each value and all before it along an axis.

    The gradient is correct where values are zero, as in PyTorch.
    """
    return np.cumprod(x, axis=axis, dtype=_accumulator(x, dtype)).reshape(np.shape(x))


@cumprod.backward("x")
def _cumprod_rule(g: Any, x: Any, out: Any, axis: int) -> Any:
    if not np.ndim(x):
        return g
    if np.all(array_of(x)):
        return _reversed_cumsum(g * out, axis) / x
    # Division is impossible: for each value i, form the products without it; O(n²).
    rows, g = np.swapaxes(x, axis, -1), np.swapaxes(g, axis, -1)
    size = rows.shape[-1]
    without_one = np.where(np.eye(size, dtype=bool), 1, np.expand_dims(rows, -2))
    products = np.cumprod(without_one, axis=-1) * np.tri(size, dtype=rows.dtype).T
    return np.swapaxes(np.sum(np.expand_dims(g, -2) * products, axis=-1), axis, -1)


# NumPy's functions flatten the array if no axis is given.
@named("np.cumsum")
def _numpy_cumsum(a: Any, axis: int | None = None) -> Any:
    is_flat = axis is None or not np.ndim(a)
    return cumsum(np.reshape(a, -1), axis=0) if is_flat else cumsum(a, axis=axis)


@named("np.cumprod")
def _numpy_cumprod(a: Any, axis: int | None = None) -> Any:
    is_flat = axis is None or not np.ndim(a)
    return cumprod(np.reshape(a, -1), axis=0) if is_flat else cumprod(a, axis=axis)


def _from_mean(x: Any, axis: Axis, correction: float | None) -> Any:
    """Return the distances from the mean, divided by the variance's denominator."""
    correction = 1 if correction is None else correction
    denominator = max(reduced_size(x.shape, axis) - correction, 0)
    return (x - mean(x, axis=axis, keepdims=True)) / denominator


def divide_or_zero(g: Any, out: Any) -> Any:
    """Return ``g / out``, and 0 where `out` is 0: the subgradient chosen for a norm of 0."""
    is_zero = np.equal(out, 0)
    return np.where(is_zero, 0, g / np.where(is_zero, 1, out))


_moment_samples = normal(
    [(3, 4)],
    [(3, 4), {"axis": 0}],
    [(2, 3, 4), {"axis": (0, -1), "keepdims": True, "correction": 0}],
    [(), {"axis": -1, "correction": 0}],
    [(0, 3), {"axis": 1}],
)


@op(names="F np.var(ddof=correction)", samples=_moment_samples)
def var(
    x: Array, *, axis: Axis = None, correction: float | None = 1, keepdims: bool = False
) -> Any:
    """Variance: the squared distances from the mean, summed and divided by n − `correction`.

    The default is Bessel's correction, as in PyTorch; ``numpy.var(t)`` passes its ``ddof`` of 0.
    """
    correction = 1 if correction is None else correction
    return np.var(x, axis=present_axes(x, axis), ddof=correction, keepdims=keepdims)


@var.backward("x")
def _var_rule(g: Any, x: Any, axis: Axis, correction: float | None, keepdims: bool) -> Any:
    return restore_axes(2 * g, x.shape, axis, keepdims) * _from_mean(x, axis, correction)


@op(names="F np.std(ddof=correction)", samples=_moment_samples)
def std(
    x: Array, *, axis: Axis = None, correction: float | None = 1, keepdims: bool = False
) -> Any:
    """Square root of :func:`var`, the standard deviation; its gradient is 0 where it is 0."""
    correction = 1 if correction is None else correction
    return np.std(x, axis=present_axes(x, axis), ddof=correction, keepdims=keepdims)


@std.backward("x")
def _std_rule(
    g: Any, x: Any, out: Any, axis: Axis, correction: float | None, keepdims: bool
) -> Any:
    scale = restore_axes(divide_or_zero(g, out), x.shape, axis, keepdims)
    return scale * _from_mean(x, axis, correction)


# --- norms --------------------------------------------------------------------------------------


def _norm_samples(rng: np.random.Generator) -> list[Sample]:
    signs = rng.choice([-1.0, 1.0], size=(3, 4))
    values = signs * rng.permutation(np.arange(1.0, 13.0)).reshape(3, 4) / 6
    return [
        *normal(*REDUCED[:4], *REDUCED[-2:])(rng),
        *(Sample(values, p=p) for p in (1, 3, 1.5, math.inf, -math.inf, 0)),
        Sample(values, p=3, axis=0),
        Sample(values, p=math.inf, axis=-1, keepdims=True),
        Sample(np.zeros((0, 3)), axis=0),
    ]


@op(names="F", samples=_norm_samples)
def norm(x: Array, *, p: Any = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """p-norm of the values, (Σ |x|ᵖ)^(1/p); over several axes, of their values as one vector.

    ``"fro"`` and None are 2. For ``p=inf`` it is the maximum of |x|, for ``-inf`` the minimum, for
    0 the number of values that are not 0. As in PyTorch, the gradient is 0 where the norm is 0; for
    ``inf`` tied values share it evenly.
    """
    size = np.abs(x)
    p = 2 if p is None or p == "fro" else p
    if p == 2:
        return np.sqrt(np.sum(size * size, axis=axis, keepdims=keepdims))
    if p == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if p == 0:
        return np.sum(size != 0, axis=axis, keepdims=keepdims).astype(size.dtype)
    if math.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    return np.sum(size**p, axis=axis, keepdims=keepdims) ** (1 / p)


@norm.backward("x")
def _norm_rule(g: Any, x: Any, out: Any, p: Any, axis: Axis, keepdims: bool) -> Any:
    g, out = (restore_axes(value, x.shape, axis, keepdims) for value in (g, out))
    p = 2 if p is None or p == "fro" else p
    if p == 2:
        return x * divide_or_zero(g, out)
    if p == 1:
        return g * np.sign(x)
    if p == 0:
        return np.zeros_like(x)
    if math.isinf(p):
        return g * np.sign(x) * even_shares(np.equal(np.abs(x), out).astype(x.dtype), axis)
    is_zero = np.equal(x, 0)
    ratio = divide_or_zero(np.where(is_zero, 1, np.abs(x)), out)
    return g * np.where(is_zero, 0, np.sign(x) * ratio ** (p - 1))


@named("np.linalg.norm")
def _numpy_norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:
    axes = reduced_axes(axis, np.ndim(x))
    if ord is None or (ord == "fro" and len(axes) == 2):
        return norm(x, p=2, axis=axis, keepdims=keepdims)
    if len(axes) == 1 and isinstance(ord, int | float):
        return norm(x, p=ord, axis=axis, keepdims=keepdims)
    raise TypeError(
        f"np.linalg.norm: ord={ord!r} over {len(axes)} axes is not supported for Tensors: use a "
        f"vector norm or the Frobenius norm"
    )
