"""NumPy functions of Tensors that are compositions of ops, under NumPy's own signatures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.indexing import at
from tinygrad_w2v.ops.joining import cat, split

# --- shapes, joining, splitting -----------------------------------------------------------------


def _at_least(ndim: int, arrays: Sequence[Any]) -> Any:
    if len(arrays) == 1 and isinstance(arrays[0], tuple | list) and _holds_tensors(arrays[0]):
        return tuple(_at_least(ndim, [each]) for each in arrays[0])
    wide = tuple(np.reshape(a, (1,) * max(ndim - np.ndim(a), 0) + np.shape(a)) for a in arrays)
    return wide[0] if len(wide) == 1 else wide


def _holds_tensors(values: Sequence[Any]) -> bool:
    return any(isinstance(each, Tensor) for each in values)


@named("tg.atleast_1d np.atleast_1d")
def _atleast_1d(*arys: Any) -> Any:
    """Return tensors with at least one axis."""
    return _at_least(1, arys)


@named("tg")
def atleast_3d(*tensors: Any) -> Any:
    """Return tensors with at least three axes: a vector is (1, n, 1), a matrix (m, n, 1)."""
    if len(tensors) == 1 and isinstance(tensors[0], tuple | list):
        return tuple(map(atleast_3d, tensors[0]))
    wide = []
    for each in tensors:
        x = np.reshape(each, (1, -1, 1)) if np.ndim(each) < 2 else operand(each)
        wide.append(np.expand_dims(x, -1) if np.ndim(x) == 2 else x)
    return wide[0] if len(wide) == 1 else tuple(wide)


@named("tg.atleast_2d np.atleast_2d")
def _atleast_2d(*arys: Any) -> Any:
    """Return tensors with at least two axes."""
    return _at_least(2, arys)


@named("np.copy")
def _copy(a: Any) -> Any:
    return a.astype(a.dtype)


@named("np.append")
def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return np.concatenate([operand(arr), operand(values)], axis=axis)


@named("tg.column_stack np.column_stack")
def _column_stack(tensors: Sequence[Any]) -> Any:
    """Join vectors, as columns, and matrices along the second axis."""
    return cat([a if np.ndim(a) > 1 else np.reshape(a, (-1, 1)) for a in tensors], 1)


@named("np.array_split")
def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if not isinstance(indices_or_sections, int):
        return np.split(ary, indices_or_sections, axis)
    size, rest = divmod(np.shape(ary)[axis], indices_or_sections)
    return list(split(ary, [size + (i < rest) for i in range(indices_or_sections)], axis))


@named("np.vsplit")
def _vsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, 0)


@named("np.hsplit")
def _hsplit(ary: Any, indices_or_sections: Any) -> Any:
    return np.split(ary, indices_or_sections, 1 if np.ndim(ary) > 1 else 0)


# --- order of values ----------------------------------------------------------------------------


@named("Tensor.flipud tg.flipud np.flipud")
def _flipud(m: Any) -> Any:
    """Reverse the order along the first axis."""
    return np.flip(m, 0)


@named("Tensor.fliplr tg.fliplr np.fliplr")
def _fliplr(m: Any) -> Any:
    """Reverse the order along the second axis."""
    return np.flip(m, 1)


@named("Tensor.rot90 tg.rot90 np.rot90")
def _rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Rotate in the plane of two axes, k times by 90 degrees, from the first to the second."""
    first, second = axes
    if k % 2:
        m = np.swapaxes(np.flip(m, second if k % 4 == 1 else first), first, second)
    return np.flip(m, (first, second)) if k % 4 == 2 else m


@named("np.sort")
def _sort(a: Any, axis: int | None = -1) -> Any:
    if axis is None:
        a, axis = np.reshape(a, -1), 0
    return take_along_dim(a, np.argsort(array_of(a), axis=axis, kind="stable"), axis=axis)


@named("Tensor.diff tg.diff np.diff")
def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Return the differences of neighbours along an axis, taken n times."""
    parts = [part for part in (prepend, a, append) if part is not None and n]
    a = cat(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        a = a[at(axis, a, slice(1, None))] - a[at(axis, a, slice(None, -1))]
    return a


# --- statistics ---------------------------------------------------------------------------------


@named("np.median")
def _median(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    values = np.reshape(a, -1) if axis is None else np.moveaxis(a, axis, -1)
    ordered, size = np.sort(values, axis=-1), np.shape(values)[-1]
    middle = np.mean(ordered[..., (size - 1) // 2 : size // 2 + 1], axis=-1)
    largest = array_of(ordered)[..., -1]  # NaN if any value is
    middle = np.where(np.isnan(largest), largest, middle)
    if not keepdims:
        return middle
    return np.reshape(middle, (1,) * np.ndim(a)) if axis is None else np.expand_dims(middle, axis)


@named("np.average")
def _average(
    a: Any, axis: int | None = None, weights: Any = None, *, keepdims: bool = False
) -> Any:
    if weights is None:
        return np.mean(a, axis=axis, keepdims=keepdims)
    weights = operand(weights)
    if axis is not None and weights.shape != np.shape(a):
        weights = np.reshape(weights, (-1,) + (1,) * (np.ndim(a) - 1 - axis % np.ndim(a)))
    total = np.broadcast_to(weights, np.shape(a))
    summed = np.sum(operand(a) * weights, axis=axis, keepdims=keepdims)
    return summed / np.sum(total, axis=axis, keepdims=keepdims)


@named("np.cov")
def _cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None
) -> Any:
    rows = [
        rows if rowvar or rows.shape[0] == 1 else np.transpose(rows)
        for rows in (np.atleast_2d(operand(part)) for part in (m, y) if part is not None)
    ]
    x = cat(rows) if len(rows) > 1 else rows[0]
    centred = x - np.mean(x, axis=1, keepdims=True)
    divisor = x.shape[1] - (int(not bias) if ddof is None else ddof)
    return np.squeeze(np.matmul(centred, np.transpose(centred)) / divisor)


# --- elementwise, products ----------------------------------------------------------------------


@named("Tensor_.deg2rad tg.deg2rad np.deg2rad np.radians")
def _deg2rad(x: Any) -> Any:
    """Convert degrees to radians."""
    return x * (math.pi / 180)


@named("Tensor_.rad2deg tg.rad2deg np.rad2deg np.degrees")
def _rad2deg(x: Any) -> Any:
    """Convert radians to degrees."""
    return x * (180 / math.pi)


@named("Tensor.positive tg.positive np.positive")
def _positive(x: Any) -> Any:
    """Return a copy."""
    return x.astype(x.dtype)


@named("Tensor_.copysign tg.copysign np.copysign")
def _copysign(a: Any, b: Any) -> Any:
    """Return the size of `a` with the sign of `b`."""
    return np.absolute(a) * np.copysign(np.ones_like(array_of(b)), array_of(b))


@named("Tensor.logaddexp2 tg.logaddexp2 np.logaddexp2")
def _logaddexp2(a: Any, b: Any) -> Any:
    """Return log2(2**a + 2**b), without overflow."""
    log_2 = math.log(2)
    return np.logaddexp(operand(a) * log_2, operand(b) * log_2) / log_2


@named("Tensor.kron tg.kron np.kron")
def _kron(a: Any, b: Any) -> Any:
    """Return the Kronecker product."""
    ndim = max(np.ndim(a), np.ndim(b))
    a, b = _at_least(ndim, [a]), _at_least(ndim, [b])
    sizes = list(zip(a.shape, b.shape, strict=True))
    blocks = np.reshape(a, [n for size, _ in sizes for n in (size, 1)])
    tiles = np.reshape(b, [n for _, size in sizes for n in (1, size)])
    return np.reshape(blocks * tiles, [m * n for m, n in sizes])


@named("Tensor.cross tg.cross linalg.cross np.cross")
def _cross(a: Any, b: Any, axis: int | None = None) -> Any:
    """Return the cross product of vectors of size 3 along an axis."""
    axis = -1 if axis is None else axis
    a, b = np.moveaxis(operand(a), axis, -1), np.moveaxis(operand(b), axis, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise ValueError(f"np.cross: shapes {a.shape} and {b.shape}: the vectors must be of size 3")
    forward, back = [1, 2, 0], [2, 0, 1]
    product = a[..., forward] * b[..., back] - a[..., back] * b[..., forward]
    return np.moveaxis(product, -1, axis)


@named("Tensor.cov tg.cov")
def _covariance(x: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """Return the covariance matrix of variables, which are the rows.

    Parameters
    ----------
    correction
        Subtracted from the number of observations.
    fweights, aweights
        How often each observation, which is a column, occurs, and its importance.
    """
    if fweights is None and aweights is None:
        return _cov(x, ddof=correction)
    rows = np.atleast_2d(operand(x))
    ones = np.ones(rows.shape[1], rows.dtype)
    counts: Any = ones if fweights is None else array_of(fweights).astype(rows.dtype)
    shares: Any = ones if aweights is None else operand(aweights).astype(rows.dtype)
    weights = counts * shares
    total = np.sum(weights)
    centred = rows - np.sum(rows * weights, axis=1, keepdims=True) / total
    own = total if aweights is None else np.sum(weights * shares)
    divisor = clamp(total - correction * own / total, min=0)
    with np.errstate(all="ignore"):
        return np.squeeze(np.matmul(centred * weights, np.transpose(centred)) / divisor)


@named("Tensor tg np")
def corrcoef(x: Any) -> Any:
    """Return the correlation coefficients of variables, which are the rows."""
    covariance = _cov(x)
    if not np.ndim(covariance):
        return covariance / covariance
    deviations = np.sqrt(np.diagonal(covariance))
    return np.clip(covariance / np.outer(deviations, deviations), -1, 1)
