"""Softmax and its logarithm along an axis, and functions made of them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, Axis, TensorLike
from tinygrad_w2v.ops.reduction import present_axes, reduced_axes, reduction_samples, restore_axes
from tinygrad_w2v.ops.samples import normal
from tinygrad_w2v.random.distributions import SeedLike, exponential, source_of

_samples = normal(
    *([(3, 4), {"axis": -1}], [(3, 4), {"axis": 0}], [(0, 4), {"axis": 1}], [(), {"axis": 0}])
)


@op(
    names="Tensor tg special",
    x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
    samples=_samples,
)
def softmax(x: Array, *, axis: int = -1, dtype: npt.DTypeLike | None = None) -> Any:
    """Return exp(x) / Σ exp(x) along an axis, without overflow for any x.

    Parameters
    ----------
    dtype
        Dtype to convert `x` to first.
    """
    shifted = np.exp(_shifted(x, axis, dtype))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


@op(
    names="Tensor tg special",
    x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
    samples=_samples,
)
def log_softmax(x: Array, *, axis: int = -1, dtype: npt.DTypeLike | None = None) -> Any:
    """Return x − log Σ exp(x) along an axis, without overflow for any x; see :func:`softmax`."""
    shifted = _shifted(x, axis, dtype)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _floating(x: Array) -> Array:
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def _shifted(x: Array, axis: int, dtype: npt.DTypeLike | None) -> Any:
    """Subtract the maximum along an axis, so that no exponential overflows."""
    x = _floating(x) if dtype is None else x.astype(as_dtype(dtype))
    return x - (np.max(x, axis=axis, keepdims=True) if x.size else 0)


@op(names="Tensor tg F special", samples=reduction_samples)
def logsumexp(x: Array, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return log Σ exp(x) over one axis, several, or all, without overflow for any x.

    If all values are −∞, the result is −∞ and the gradient is 0.
    """
    x = _floating(x)
    axis = present_axes(x, axis)
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0)
    total = np.sum(np.exp(x - largest), axis=axis, keepdims=True)
    with np.errstate(divide="ignore"):
        value = np.log(total) + largest
    return value if keepdims else np.squeeze(value, reduced_axes(axis, np.ndim(x)))


@logsumexp.backward("x")
def _logsumexp_rule(g: Any, x: Any, out: Any, axis: Axis, keepdims: bool) -> Any:
    out = restore_axes(out, x.shape, axis, keepdims)
    is_empty = np.equal(out, -np.inf)
    shares = np.exp(x - np.where(is_empty, 0, out))
    return restore_axes(g, x.shape, axis, keepdims) * shares


def _implicit_axis(name: str, x: Any, axis: int | None, stacklevel: int) -> int:
    """Return the axis, or PyTorch's choice where none is given, with a warning."""
    if axis is not None:
        return axis
    axis = 0 if np.ndim(x) in (0, 1, 3) else 1
    warnings.warn(
        f"{name}: dim is not given, and {axis} is used for {np.ndim(x)} axes: pass dim",
        UserWarning,
        stacklevel=stacklevel + 2,
    )
    return axis


@named("F.softmax")
def softmax_along(
    x: TensorLike,
    axis: int | None = None,
    _stacklevel: int = 3,
    dtype: npt.DTypeLike | None = None,
) -> Any:
    """Return exp(x) / Σ exp(x) along an axis.

    Parameters
    ----------
    axis
        By default 0 for an array of 0, 1 or 3 axes, else 1, with a warning, as in PyTorch.
    dtype
        Dtype to convert `x` to first.
    """
    return softmax(x, axis=_implicit_axis("softmax", x, axis, _stacklevel), dtype=dtype)


@named("F.log_softmax")
def log_softmax_along(
    x: TensorLike,
    axis: int | None = None,
    _stacklevel: int = 3,
    dtype: npt.DTypeLike | None = None,
) -> Any:
    """Return x − log Σ exp(x) along an axis; see :func:`softmax_along`."""
    return log_softmax(x, axis=_implicit_axis("log_softmax", x, axis, _stacklevel), dtype=dtype)


@named("F")
def softmin(
    x: TensorLike,
    axis: int | None = None,
    _stacklevel: int = 3,
    dtype: npt.DTypeLike | None = None,
) -> Any:
    """Return exp(−x) / Σ exp(−x) along an axis; see :func:`softmax_along`."""
    axis = _implicit_axis("softmin", x, axis, _stacklevel)
    return softmax(-operand(x), axis=axis, dtype=dtype)


@named("F")
def gumbel_softmax(
    logits: TensorLike,
    tau: float = 1.0,
    hard: bool = False,
    eps: float = 1e-10,
    axis: int = -1,
    *,
    rng: SeedLike = None,
) -> Any:
    """Draw from the Gumbel-softmax distribution, softmax((logits + Gumbel noise) / tau).

    Source: Jang et al., "Categorical reparameterization with Gumbel-softmax", arXiv 1611.01144.

    Parameters
    ----------
    tau
        Temperature.
    hard
        Whether to return one-hot vectors, with the gradient of the soft ones.
    eps
        Without effect, as in PyTorch.
    rng
        Generator of the noise.
    """
    array: Any = operand(logits)
    source, noise = source_of(rng), np.empty(array.shape, array.dtype)
    if isinstance(source, np.random.Generator):
        noise[...] = source.standard_exponential(array.shape)
    else:
        exponential(noise, 1.0, source)
    noise = -np.log(np.maximum(noise, np.finfo(array.dtype).tiny))
    soft = softmax((array + noise) / tau, axis=axis)
    if not hard:
        return soft
    values = array_of(soft)
    one_hot = np.zeros_like(values)
    np.put_along_axis(one_hot, np.argmax(values, axis=axis, keepdims=True), 1, axis=axis)
    return (one_hot - values) + soft
