"""The largest and the smallest values along axes, and where they stand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.gathering import take_along_dim
from tinygrad_w2v.ops.reduction import Axis, full_samples, keep


class Extremum(NamedTuple):
    """What ``max`` and ``min`` along an axis return."""

    values: Any
    indices: Any


def _amax(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Largest value over one axis, several, or all; ties share the gradient evenly."""
    return np.max(x, axis=axis, keepdims=keepdims)


def _amin(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Smallest value over one axis, several, or all; ties share the gradient evenly."""
    return np.min(x, axis=axis, keepdims=keepdims)


def _share_evenly(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    is_extreme = np.equal(x, keep(out, x.shape, axis, keepdims)).astype(g.dtype)
    ties = np.sum(is_extreme, axis=axis, keepdims=True)
    return keep(g, x.shape, axis, keepdims) * (is_extreme / ties)


def _samples(rng: np.random.Generator) -> list[Sample]:
    """Spread the values out, so that a small step changes no order."""
    samples = []
    for sample in full_samples(rng):
        (x,) = sample.args
        ranks = rng.permutation(x.size).reshape(x.shape) - x.size / 2
        samples.append(Sample(0.5 * ranks, **sample.attributes))
    return [*samples, Sample(np.zeros((0, 3)), axis=1)]


amax = op(_amax, x=_share_evenly, samples=_samples)
amin = op(_amin, x=_share_evenly, samples=_samples)


def _argmax(x: Array, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the largest value along an axis, or of all taken flat; the first of ties."""
    return np.argmax(x, axis=axis, keepdims=keepdims)


def _argmin(x: Array, *, axis: int | None = None, keepdims: bool = False) -> Any:
    """Position of the smallest value along an axis, or of all taken flat; the first of ties."""
    return np.argmin(x, axis=axis, keepdims=keepdims)


def _position_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(2, 3)), axis=-1, keepdims=True),
        Sample(np.zeros((0, 3)), axis=1),
    ]


argmax = op(_argmax, inputs="x", samples=_position_samples)
argmin = op(_argmin, inputs="x", samples=_position_samples)


def max_(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the largest value of all, or along an axis the values and their positions.

    As in PyTorch: of all values, ties share the gradient evenly (:func:`amax`); along an axis it
    goes to the first of them, the one whose position is returned. ``numpy.max(t, axis)`` returns
    the values only.

    Examples
    --------
    >>> import numpy as np
    >>> largest = max_(np.array([[1.0, 5.0], [7.0, 2.0]]), axis=1)
    >>> largest.values, largest.indices
    (array([5., 7.]), array([1, 0]))
    """
    return amax(x, keepdims=keepdims) if axis is None else _along(argmax, x, axis, keepdims)


def min_(x: TensorLike, axis: int | None = None, keepdims: bool = False) -> Any:
    """Return the smallest value of all, or along an axis the values and their positions.

    See :func:`max_`.
    """
    return amin(x, keepdims=keepdims) if axis is None else _along(argmin, x, axis, keepdims)


def _along(position: Any, x: Any, axis: int, keepdims: bool) -> Extremum:
    if not isinstance(x, Tensor):
        x = np.asarray(x)
    indices = position(x.detach() if isinstance(x, Tensor) else x, axis=axis, keepdims=True)
    values = take_along_dim(x, indices, axis=axis)
    if keepdims:
        return Extremum(values, indices)
    return Extremum(np.squeeze(values, axis), np.squeeze(indices, axis))
