"""Values reduced into places of a tensor: scatter_reduce and index_reduce."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.gathering import positions
from tinygrad_w2v.ops.writing import index_put

_REDUCTIONS = ("sum", "mean", "prod", "amax", "amin")


@named("Tensor_ tg")
def scatter_reduce(
    x: TensorLike,
    axis: int,
    index: TensorLike,
    src: TensorLike,
    reduce: str,
    *,
    include_self: bool = True,
) -> Any:
    """Return `x` with ``src[i, j]`` reduced into ``[index[i, j], j]`` for axis 0, and similarly.

    Parameters
    ----------
    index : integers, as many axes as `x`
        Not larger than `x` on the axes other than `axis`.
    reduce
        ``"sum"``, ``"mean"``, ``"prod"``, ``"amax"`` or ``"amin"``. Of equal extremes each
        receives an even share of the gradient.
    include_self
        Whether the values of `x` take part where something is written.
    """
    array: Any = operand(x)
    places = np.asarray(array_of(index))
    if not array.ndim:
        one = scatter_reduce(
            np.reshape(array, (1,)),
            0,
            np.reshape(places, -1),
            np.reshape(operand(src), -1),
            reduce,
            include_self=include_self,
        )
        return np.reshape(one, ())
    grid = positions("scatter_reduce", array.shape, axis, places)
    flat = np.ravel_multi_index(np.broadcast_arrays(*grid), array.shape, mode="wrap").ravel()
    values = operand(src)[tuple(slice(size) for size in places.shape)]
    reduced = _reduced(np.reshape(array, -1), flat, np.reshape(values, -1), reduce, include_self)
    return np.reshape(reduced, array.shape)


@named("Tensor_ tg")
def index_reduce(
    x: TensorLike,
    axis: int,
    index: TensorLike,
    source: TensorLike,
    reduce: str,
    *,
    include_self: bool = True,
) -> Any:
    """Return `x` with the slices of `source` reduced into those at `index` along an axis."""
    array, values = operand(x), operand(source)
    if not array.ndim:
        array, values = np.reshape(array, (1,)), np.reshape(values, (1,))
    axis %= array.ndim
    shape = [1] * array.ndim
    shape[axis] = -1
    places = np.broadcast_to(np.reshape(np.asarray(array_of(index)), shape), values.shape)
    found = scatter_reduce(array, axis, places, values, reduce, include_self=include_self)
    return np.reshape(found, np.shape(operand(x)))


def _reduced(x: Any, places: Array, values: Any, reduce: str, include_self: bool) -> Any:
    """Reduce values (M,) into places of x (N,)."""
    if reduce not in _REDUCTIONS:
        raise ValueError(f"scatter_reduce: reduce is {reduce!r}: use {', '.join(_REDUCTIONS)}")
    counts = np.bincount(places, minlength=len(x))
    if not include_self:
        neutral = {"prod": 1.0, "amax": -np.inf, "amin": np.inf}.get(reduce, 0.0)
        x = np.where(counts > 0, np.asarray(neutral, x.dtype), x)
    if reduce in ("sum", "mean"):
        total = index_put(x, (places,), values, accumulate=True)
        number = np.maximum(counts + include_self, 1).astype(x.dtype)
        return total / number if reduce == "mean" else total
    if reduce == "prod":
        return _product(x, places, values)
    return _extreme(x, places, values, np.maximum if reduce == "amax" else np.minimum)


def _product(x: Any, places: Array, values: Any) -> Any:
    """Multiply each place by its values, the first of each place, then the second, and so on."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    rank = np.arange(len(places)) - np.searchsorted(ordered, ordered)
    for turn in range(rank.max(initial=-1) + 1):
        chosen = order[rank == turn]
        factors = index_put(np.ones(np.shape(x), x.dtype), (places[chosen],), values[chosen])
        x = x * factors
    return x


def _extreme(x: Any, places: Array, values: Any, ufunc: np.ufunc) -> Any:
    """Return the extremes as the mean of the values that attain them."""
    extremes = np.array(array_of(x))
    ufunc.at(extremes, places, array_of(values))
    own = (array_of(x) == extremes).astype(x.dtype)
    attained = (array_of(values) == extremes[places]).astype(x.dtype)
    number = own + np.bincount(places, attained, len(extremes)).astype(x.dtype)
    shares = np.where(own > 0, x, 0) if np.isinf(array_of(x)).any() else own * x
    total = index_put(shares, (places,), attained * values, accumulate=True)
    return total / np.maximum(number, 1)
