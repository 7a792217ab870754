"""Reductions over one axis, several, or all: sums, products, moments and norms."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.surfaces import named
from tinygrad_w2v.engine.types import Array, Shape

Axis: TypeAlias = int | tuple[int, ...] | None


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
    ones = _shape_with_ones(shape, axis)
    return reduced.reshape(ones) if type(reduced) is np.ndarray else np.reshape(reduced, ones)


def reduced_axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    """Return the axes of a reduction as a tuple of integers that are not negative."""
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple) else (axis,)))


def _shape_with_ones(shape: Shape, axis: Axis) -> Shape:
    if axis is None:
        return (1,) * len(shape)
    reduced = reduced_axes(axis, len(shape))
    return tuple(1 if i in reduced else size for i, size in enumerate(shape))


def reduced_size(shape: Shape, axis: Axis) -> int:
    """Return the number of values from which each result of a reduction is computed."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[a] for a in reduced_axes(axis, len(shape)))


def reduction_samples(rng: np.random.Generator) -> list[Sample]:
    """Make samples of every kind of axis, one of them empty."""
    return [*full_samples(rng), Sample(rng.normal(size=(0, 3)), axis=1)]


def full_samples(rng: np.random.Generator) -> list[Sample]:
    """Make samples of every kind of axis that reduce at least one value."""
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(2, 3, 4)), axis=(0, -1), keepdims=True),
        Sample(rng.normal(size=(2, 3)), axis=-1, keepdims=True),
        Sample(rng.normal(size=(2, 3)), axis=()),
        Sample(rng.normal(size=())),
    ]


# --- sums and products --------------------------------------------------------------------------

_add_reduce: Any = np.add.reduce  # numpy.sum without its overhead
_WIDE = (np.dtype(np.float32), np.dtype(np.float64))


def _sum(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum over one axis, several, or all."""
    return _add_reduce(x, axis=axis, keepdims=keepdims)


def _mean(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean over one axis, several, or all."""
    if isinstance(x, np.ndarray) and x.dtype in _WIDE and x.size:  # numpy.mean without its overhead
        return _add_reduce(x, axis=axis, keepdims=keepdims) / reduced_size(x.shape, axis)
    return np.mean(x, axis=axis, keepdims=keepdims)


sum_ = op(
    _sum,
    names="Tensor.sum tg.sum F.sum np.sum np.add.reduce",
    x=lambda g, shapes, axis, keepdims: broadcast_back(g, shapes.x, axis, keepdims),
    samples=reduction_samples,
)
mean = op(
    _mean,
    names="Tensor.mean tg.mean F.mean np.mean",
    x=lambda g, shapes, axis, keepdims: broadcast_back(
        g / max(reduced_size(shapes.x, axis), 1), shapes.x, axis, keepdims
    ),
    samples=reduction_samples,
)


def _prod(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Product over one axis, several, or all.

    The gradient is correct where values are zero, as in PyTorch: the product of the others.
    """
    return np.prod(x, axis=axis, keepdims=keepdims)


def _prod_rule(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    full = broadcast_back(g, x.shape, axis, keepdims)
    if np.all(np.asarray(x)):
        return full * (restore_axes(out, x.shape, axis, keepdims) / x)
    return full * products_of_others(x, axis)


def products_of_others(x: Any, axis: Axis) -> Any:
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


prod = op(
    _prod,
    names="Tensor.prod tg.prod F.prod np.prod np.multiply.reduce",
    x=_prod_rule,
    samples=_prod_samples,
)

# --- moments ------------------------------------------------------------------------------------


def _var(x: Array, *, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Any:
    """Variance: the squared distances from the mean, summed and divided by n − `correction`.

    Parameters
    ----------
    correction
        1 by default (Bessel's correction), as in PyTorch. ``numpy.var(t)`` passes its ``ddof``,
        0 by default.
    """
    return np.var(x, axis=axis, ddof=correction, keepdims=keepdims)


def _std(x: Array, *, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Any:
    """Square root of the variance (the standard deviation); its gradient is 0 where it is 0.

    Parameters
    ----------
    correction
        See :func:`var`.
    """
    return np.std(x, axis=axis, ddof=correction, keepdims=keepdims)


def _from_mean(x: Any, axis: Axis, correction: float) -> Any:
    """Return the distances from the mean, divided by the variance's denominator."""
    denominator = max(reduced_size(x.shape, axis) - correction, 0)
    return (x - np.mean(x, axis=axis, keepdims=True)) / denominator


def _var_rule(g: Any, x: Any, axis: Axis, correction: float, keepdims: bool) -> Any:
    return restore_axes(2 * g, x.shape, axis, keepdims) * _from_mean(x, axis, correction)


def _std_rule(g: Any, x: Any, out: Any, axis: Axis, correction: float, keepdims: bool) -> Any:
    scale = restore_axes(divide_or_zero(g, out), x.shape, axis, keepdims)
    return scale * _from_mean(x, axis, correction)


def divide_or_zero(g: Any, out: Any) -> Any:
    """Return ``g / out``, and 0 where `out` is 0: the subgradient chosen for a norm of 0."""
    is_zero = np.equal(out, 0)
    return np.where(is_zero, 0, g / np.where(is_zero, 1, out))


def _moment_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(2, 3, 4)), axis=(0, -1), keepdims=True, correction=0),
        Sample(rng.normal(size=(0, 3)), axis=1),
    ]


var = op(
    _var,
    names="Tensor.var tg.var F.var np.var(ddof=correction)",
    x=_var_rule,
    samples=_moment_samples,
)
std = op(
    _std,
    names="Tensor.std tg.std F.std np.std(ddof=correction)",
    x=_std_rule,
    samples=_moment_samples,
)

# --- norms --------------------------------------------------------------------------------------


def _norm(x: Array, *, p: float = 2, axis: Axis = None, keepdims: bool = False) -> Any:
    """p-norm of the values, (Σ |x|ᵖ)^(1/p); over several axes, of their values as one vector.

    Parameters
    ----------
    p
        2 by default; ``inf`` is the maximum of |x|, ``-inf`` the minimum, 0 the number of values
        that are not 0.

    Notes
    -----
    As in PyTorch, the gradient is 0 where the norm is 0; for ``inf`` tied values share it evenly.
    """
    size = np.abs(x)
    if p == 2:
        return np.sqrt(np.sum(size * size, axis=axis, keepdims=keepdims))
    if p == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if p == 0:
        return np.sum(size != 0, axis=axis, keepdims=keepdims).astype(size.dtype)
    if math.isinf(p):
        return (np.max if p > 0 else np.min)(size, axis=axis, keepdims=keepdims)
    return np.sum(size**p, axis=axis, keepdims=keepdims) ** (1 / p)


def _norm_rule(g: Any, x: Any, out: Any, p: float, axis: Axis, keepdims: bool) -> Any:
    g, out = (restore_axes(value, x.shape, axis, keepdims) for value in (g, out))
    if p == 2:
        return x * divide_or_zero(g, out)
    if p == 1:
        return g * np.sign(x)
    if p == 0:
        return np.zeros_like(x)
    if math.isinf(p):
        is_extreme = np.equal(np.abs(x), out).astype(x.dtype)
        ties = np.sum(is_extreme, axis=axis, keepdims=True)
        return g * np.sign(x) * (is_extreme / ties)
    is_zero = np.equal(x, 0)
    ratio = divide_or_zero(np.where(is_zero, 1, np.abs(x)), out)
    return g * np.where(is_zero, 0, np.sign(x) * ratio ** (p - 1))


def _norm_samples(rng: np.random.Generator) -> list[Sample]:
    values = rng.choice([-1.0, 1.0], size=(3, 4)) * rng.permutation(np.arange(1.0, 13.0)).reshape(
        3, 4
    )
    return [
        *full_samples(rng)[:4],
        *(Sample(values / 6, p=p) for p in (1, 3, 1.5, math.inf, -math.inf, 0)),
        Sample(values / 6, p=3, axis=0),
        Sample(values / 6, p=math.inf, axis=-1, keepdims=True),
        Sample(np.zeros((0, 3)), axis=0),
    ]


norm = op(_norm, names="Tensor.norm tg.norm F.norm", x=_norm_rule, samples=_norm_samples)


@named("np.linalg.norm")
def _numpy_norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Any:  # noqa: A002
    axes = reduced_axes(axis, np.ndim(x))
    if ord is None or (ord == "fro" and len(axes) == 2):
        return norm(x, p=2, axis=axis, keepdims=keepdims)
    if len(axes) == 1 and isinstance(ord, int | float):
        return norm(x, p=ord, axis=axis, keepdims=keepdims)
    raise TypeError(
        f"np.linalg.norm: ord={ord!r} over {len(axes)} axes is not supported for Tensors: use a "
        f"vector norm or the Frobenius norm"
    )
