"""Statistics composed of ops: sums without NaN, pairs of moments, areas, limited norms."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Axis, TensorLike
from tinygrad_w2v.ops.arithmetic import where
from tinygrad_w2v.ops.indexing import at
from tinygrad_w2v.ops.joining import stack, unbind
from tinygrad_w2v.ops.reduction import mean, norm, std, sum_, var


@named("Tensor tg np")
def nansum(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Sum of the values that are not NaN, over one axis, several, or all."""
    is_nan = np.isnan(array_of(x))
    return sum_(where(is_nan, np.zeros((), array_of(x).dtype), x), axis=axis, keepdims=keepdims)


@named("Tensor tg np")
def nanmean(x: TensorLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Mean of the values that are not NaN, over one axis, several, or all."""
    plain = array_of(x)
    count = np.sum(~np.isnan(plain), axis=axis, keepdims=keepdims).astype(plain.dtype)
    return nansum(x, axis, keepdims) / count


def _moment(op: Any, x: Any, axis: Any, correction: float | None, keepdims: bool) -> Any:
    if isinstance(axis, bool):  # ``unbiased``, in PyTorch's signature without axes
        axis, correction = None, int(axis)
    return op(x, axis=axis, correction=correction, keepdims=keepdims)


@named("Tensor.var tg.var")
def _var(
    x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False
) -> Any:
    """Return the variance, :func:`var`; True or False in place of the axis is ``unbiased``."""
    return _moment(var, x, axis, correction, keepdims)


@named("Tensor.std tg.std")
def _std(
    x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False
) -> Any:
    """Return the standard deviation, :func:`std`; a boolean for the axis is ``unbiased``."""
    return _moment(std, x, axis, correction, keepdims)


@named("tg")
def std_mean(
    x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False
) -> tuple[Any, Any]:
    """Return the standard deviation and the mean; see :func:`std`."""
    axes = None if isinstance(axis, bool) else axis
    deviation = _moment(std, x, axis, correction, keepdims)
    return deviation, mean(x, axis=axes, keepdims=keepdims)


@named("tg")
def var_mean(
    x: TensorLike, axis: Axis | bool = None, correction: float | None = 1, keepdims: bool = False
) -> tuple[Any, Any]:
    """Return the variance and the mean; see :func:`var`."""
    axes = None if isinstance(axis, bool) else axis
    return _moment(var, x, axis, correction, keepdims), mean(x, axis=axes, keepdims=keepdims)


@named("Tensor tg")
def logcumsumexp(x: TensorLike, axis: int) -> Any:
    """Return log Σ exp of each value and all before it along an axis, without overflow."""
    array: Any = operand(x)
    if not array.ndim or not array.shape[axis]:
        return array + 0
    first, *others = unbind(array, axis)
    sums = [first]
    for part in others:
        sums.append(np.logaddexp(sums[-1], part))
    return stack(*sums, axis=axis)


@named("tg.trapezoid tg.trapz np.trapezoid")
def _trapezoid(y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, axis: int = -1) -> Any:
    """Integrate values along an axis by the trapezoidal rule."""
    return sum_(_areas(y, x, dx, axis), axis=axis)


@named("tg")
def cumulative_trapezoid(
    y: TensorLike, x: TensorLike | None = None, *, dx: float = 1, axis: int = -1
) -> Any:
    """Return the integrals up to each value but the first, by the trapezoidal rule."""
    return np.cumsum(_areas(y, x, dx, axis), axis=axis)


def _areas(y: TensorLike, x: TensorLike | None, dx: float, axis: int) -> Any:
    """Return the areas between neighbours."""
    array: Any = operand(y)
    steps: Any = dx
    if x is not None:
        points: Any = operand(x)
        along = axis if points.ndim > 1 else -1
        steps = points[at(along, points, slice(1, None))] - points[at(along, points, slice(-1))]
        if points.ndim == 1:
            steps = np.reshape(steps, (-1, *(1,) * (array.ndim - 1 - axis % array.ndim)))
    pairs = array[at(axis, array, slice(1, None))] + array[at(axis, array, slice(-1))]
    return pairs * steps / 2


@named("Tensor_ tg")
def renorm(x: TensorLike, p: float, axis: int, maxnorm: float) -> Any:
    """Scale the slices along an axis whose p-norm is above `maxnorm` down to it."""
    array: Any = operand(x)
    others = tuple(i for i in range(array.ndim) if i != axis % array.ndim)
    sizes = norm(array, p=p, axis=others, keepdims=True)
    factor = where(np.greater(array_of(sizes), maxnorm), maxnorm / (sizes + 1e-7), 1.0)
    return array * factor


@named("tg")
def vander(x: TensorLike, N: int | None = None, increasing: bool = False) -> Any:
    """Return the matrix of the powers of a vector, from N − 1 down to 0, or up."""
    array: Any = operand(x)
    count = array.shape[0] if N is None else N
    powers = [np.ones_like(array_of(array))]
    powers += list(_powers(array, count - 1))
    return stack(*(powers[:count] if increasing else powers[:count][::-1]), axis=1)


def _powers(x: Any, count: int) -> Any:
    return (functools.reduce(lambda a, b: a * b, [x] * k) for k in range(1, count + 1))


def _without_nan(choose: str, x: TensorLike, other: TensorLike) -> Any:
    first, second = operand(x), operand(other)
    larger = getattr(np, choose)(first, second)
    kept = where(np.isnan(array_of(second)), first, larger)
    return where(np.isnan(array_of(first)), second, kept)


@named("Tensor tg")
def fmax(x: TensorLike, other: TensorLike) -> Any:
    """Return the larger of two values, or the one that is not NaN."""
    return _without_nan("maximum", x, other)


@named("Tensor tg")
def fmin(x: TensorLike, other: TensorLike) -> Any:
    """Return the smaller of two values, or the one that is not NaN."""
    return _without_nan("minimum", x, other)
