"""Reductions of the values where a mask is true, under the names of ``torch.masked``.

The others are replaced by a value that does not change the result. Where no value is left, means,
medians and normalized values are NaN, and a maximum or minimum is that of no values.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Axis, TensorLike
from tinygrad_w2v.ops.extremum import argmax, argmin
from tinygrad_w2v.ops.ordering import nanmedian
from tinygrad_w2v.ops.reduction import cumprod, cumsum, norm
from tinygrad_w2v.ops.softmax import log_softmax, logsumexp, softmax

Mask: TypeAlias = "TensorLike | None"
"""Booleans that broadcast to the values; None is true everywhere."""


def _filled(x: TensorLike, mask: Mask, value: float, dtype: Any = None) -> Any:
    """Return the values, and `value` where the mask is false, limited to the dtype's range."""
    array: Any = operand(x) if dtype is None else operand(x).astype(dtype)
    if mask is None:
        return array
    if math.isinf(value) and array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        value = limits.max if value > 0 else limits.min
    return np.where(array_of(mask), array, np.asarray(value, array.dtype))


def _axes(dim: Axis | list[int]) -> Any:
    """Return the axes as a tuple or integer; none are all, as in PyTorch."""
    return (tuple(dim) or None) if isinstance(dim, list | tuple) else dim


def _reduction(name: str, reduce: Callable[..., Any], neutral: float, text: str) -> None:
    """Enter a reduction, computed after `neutral` has replaced the values that are left out."""

    def function(
        input: TensorLike,
        dim: Axis | list[int] = None,
        *,
        keepdim: bool = False,
        dtype: Any = None,
        mask: Mask = None,
    ) -> Any:
        values = _filled(input, mask, neutral, dtype)
        return reduce(values, axis=_axes(dim), keepdims=keepdim).astype(values.dtype)

    function.__name__ = f"_masked_{name}"
    function.__doc__ = f"Return {text} of the values where `mask` is true."
    named(f"masked.{name}")(function)


def _along(name: str, compute: Callable[..., Any], neutral: float, text: str) -> None:
    """Enter a function along one axis, computed as by :func:`_reduction`."""

    def function(input: TensorLike, dim: int, *, dtype: Any = None, mask: Mask = None) -> Any:
        return compute(_filled(input, mask, neutral, dtype), axis=dim)

    function.__name__ = f"_masked_{name}"
    function.__doc__ = f"Return {text} along an axis, of the values where `mask` is true."
    named(f"masked.{name}")(function)


for _reduce in (
    ("sum", np.sum, 0.0, "the sum"),
    ("prod", np.prod, 1.0, "the product"),
    ("amax", np.max, -math.inf, "the maximum"),
    ("amin", np.min, math.inf, "the minimum"),
    ("argmax", argmax, -math.inf, "the index of the maximum"),
    ("argmin", argmin, math.inf, "the index of the minimum"),
    ("logsumexp", logsumexp, -math.inf, "the logarithm of the sum of the exponentials"),
):
    _reduction(*_reduce)
for _compute in (
    ("cumsum", cumsum, 0.0, "the sums of all values so far"),
    ("cumprod", cumprod, 1.0, "the products of all values so far"),
    ("softmax", softmax, -math.inf, "the softmax"),
    ("log_softmax", log_softmax, -math.inf, "the logarithm of the softmax"),
    ("softmin", lambda x, axis: softmax(-x, axis=axis), math.inf, "the softmax of −input"),
):
    _along(*_compute)


def _count(x: Any, mask: Mask, axis: Any) -> Any:
    """Return the number of values that are left, with the axes."""
    chosen = np.broadcast_to(True if mask is None else array_of(mask), np.shape(x))
    return np.sum(chosen, axis=axis, keepdims=True).astype(x.dtype)


def _floating(x: TensorLike, dtype: Any) -> Any:
    array: Any = operand(x)
    wanted = dtype or (array.dtype if array.dtype.kind == "f" else np.float32)
    return array.astype(wanted)


@named("masked.mean")
def _mean(
    input: TensorLike,
    dim: Axis | list[int] = None,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Mask = None,
) -> Any:
    """Return the mean of the values where `mask` is true."""
    x, axis = _floating(input, dtype), _axes(dim)
    total = np.sum(_filled(x, mask, 0.0), axis=axis, keepdims=keepdim)
    with np.errstate(invalid="ignore"):
        return total / np.reshape(_count(x, mask, axis), np.shape(total))


@named("masked.var")
def _var(
    input: TensorLike,
    dim: Axis | list[int] = None,
    unbiased: bool | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Mask = None,
) -> Any:
    """Return the variance of the values where `mask` is true; the default `correction` is 1."""
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    x, axis = _floating(input, dtype), _axes(dim)
    count = _count(x, mask, axis)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.sum(_filled(x, mask, 0.0), axis=axis, keepdims=True) / count
        total = np.sum(_filled((x - mean) ** 2, mask, 0.0), axis=axis, keepdims=keepdim)
        return total / np.reshape(np.maximum(count - correction, 0), np.shape(total))


@named("masked.std")
def _std(input: TensorLike, *args: Any, **options: Any) -> Any:
    """Return the root of the variance of the values where `mask` is true."""
    return np.sqrt(_var(input, *args, **options))


@named("masked.norm")
def _norm(
    input: TensorLike,
    ord: float = 2.0,
    dim: Axis | list[int] = None,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Mask = None,
) -> Any:
    """Return the norm of the values where `mask` is true."""
    values = _filled(input, mask, math.inf if ord < 0 else 0.0, dtype)
    return norm(values, p=ord, axis=_axes(dim), keepdims=keepdim)


@named("masked.normalize")
def _normalize(
    input: TensorLike,
    ord: float,
    dim: int,
    *,
    eps: float = 1e-12,
    dtype: Any = None,
    mask: Mask = None,
) -> Any:
    """Return the values where `mask` is true, 0 elsewhere, divided by their norm along an axis."""
    size = _norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return _filled(input, mask, 0.0, dtype) / np.maximum(size, np.asarray(eps, size.dtype))


@named("masked.median")
def _median(
    input: TensorLike,
    dim: int = -1,
    *,
    keepdim: bool = False,
    dtype: Any = None,
    mask: Mask = None,
) -> Any:
    """Return the lower median along an axis of the values where `mask` is true."""
    return nanmedian(_filled(_floating(input, dtype), mask, math.nan), dim, keepdim)[0]


@named("masked.logaddexp")
def _logaddexp(
    input: TensorLike,
    other: TensorLike,
    *,
    dtype: Any = None,
    input_mask: Mask = None,
    other_mask: Mask = None,
) -> Any:
    """Return log(exp(input) + exp(other)), where each counts as −∞ outside its mask."""
    first = _filled(input, input_mask, -math.inf, dtype)
    return np.logaddexp(first, _filled(other, other_mask, -math.inf, dtype))
