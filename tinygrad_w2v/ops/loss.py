"""Reduction of losses, shared by all, and elementwise losses of regression and of distributions."""

from __future__ import annotations

import math
import warnings
from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.samples import binary, unary

# --- reduction, shared by all losses ------------------------------------------------------------

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def reduce_losses(
    losses: Any,
    reduction: Reduction,
    size_average: bool | None = None,
    reduce: bool | None = None,
) -> Any:
    """Return the mean or the sum of the losses, or the losses unchanged."""
    if size_average is not None or reduce is not None:
        reduction = former_reduction(size_average, reduce)
    if reduction == "mean":
        if isinstance(losses, np.ndarray) and losses.size and losses.dtype.char in "fd":
            return np.add.reduce(losses, axis=None) / losses.dtype.type(losses.size)
        return np.mean(losses)  # the same value; np.mean has more overhead per call
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is {reduction!r}: use 'mean', 'sum' or 'none'")


def former_reduction(size_average: bool | None, reduce: bool | None) -> Reduction:
    """Return the reduction that PyTorch's former keywords state, with a warning."""
    reduction: Reduction = "mean" if size_average is None or size_average else "sum"
    if reduce is not None and not reduce:
        reduction = "none"
    warnings.warn(
        f"size_average and reduce are deprecated: use reduction={reduction!r}", stacklevel=2
    )
    return reduction


def same_shape(name: str, x: Any, target: Any) -> None:
    """Raise ValueError if the shapes differ."""
    if np.shape(x) != np.shape(target):
        raise ValueError(
            f"{name}: input {np.shape(x)} and target {np.shape(target)}: the two shapes must "
            f"be equal; use reshape or broadcast_to"
        )


def _difference(name: str, x: TensorLike, target: TensorLike) -> Any:
    """Return x − target; warn if the shapes differ, which is nearly always a mistake."""
    if np.shape(x) != np.shape(target):
        warnings.warn(
            f"{name}: input {np.shape(x)} and target {np.shape(target)} differ in shape and are "
            f"broadcast, which is likely a mistake: make the two shapes equal",
            stacklevel=3,
        )
    return operand(x) - target


def reduce_weighted(
    losses: Any,
    weight: TensorLike | None,
    reduction: Reduction,
    size_average: bool | None = None,
    reduce: bool | None = None,
) -> Any:
    """Reduce the losses times `weight`, if one is given."""
    if weight is not None:
        losses = losses * as_floats(weight, losses.dtype)
    return reduce_losses(losses, reduction, size_average, reduce)


def _weighted_mean(
    name: str,
    losses: Any,
    weight: TensorLike | None,
    reduction: Reduction,
    size_average: bool | None,
    reduce: bool | None,
) -> Any:
    """Reduce losses of which each has a weight; the mean is divided by the sum of the weights."""
    if weight is None:
        return reduce_losses(losses, reduction, size_average, reduce)
    same_shape(f"{name}, weight", losses, weight)
    if size_average is not None or reduce is not None:
        reduction = former_reduction(size_average, reduce)
    factors = as_floats(weight, losses.dtype)
    if reduction == "mean":
        return np.sum(losses * factors) / np.sum(factors)
    return reduce_losses(losses * factors, reduction)


def as_floats(target: TensorLike, dtype: Any) -> Any:
    """Return a Tensor unchanged, and anything else as an array of the dtype."""
    return target if isinstance(target, Tensor) else np.asarray(target, dtype=dtype)


# --- regression ---------------------------------------------------------------------------------


@named("F")
def mse_loss(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
    weight: TensorLike | None = None,
) -> Any:
    """Squared error, (input − target)².

    Parameters
    ----------
    input, target : (...)
        Of the same shape; others are broadcast, with a warning.
    weight : (...)
        Factor of each error. The mean is divided by the sum of the factors.

    Examples
    --------
    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    losses = np.square(_difference("mse_loss", input, target))
    return _weighted_mean("mse_loss", losses, weight, reduction, size_average, reduce)


@named("F")
def l1_loss(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
    weight: TensorLike | None = None,
) -> Any:
    """Absolute error, ``|input − target|``; see :func:`mse_loss` for the parameters."""
    losses = np.absolute(_difference("l1_loss", input, target))
    return _weighted_mean("l1_loss", losses, weight, reduction, size_average, reduce)


@op(
    x=lambda g, x, delta: g * np.clip(x, -delta, delta),
    samples=unary(kinks=[-1.0, -0.5, 0.5, 1.0], delta=0.5),
    composed="delta",
)
def huber(x: Array, *, delta: float = 1.0) -> Any:
    """Return x²/2 where |x| ≤ δ, and δ · (|x| − δ/2) elsewhere (Huber, 1964)."""
    size = np.abs(x)
    return np.where(size <= delta, 0.5 * (size * size), delta * (size - 0.5 * delta))


@named("F")
def huber_loss(
    input: TensorLike,
    target: TensorLike,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: TensorLike | None = None,
) -> Any:
    """Huber loss of d = input − target: ``d²/2`` where ``|d| ≤ δ``, else ``δ · (|d| − δ/2)``.

    Parameters
    ----------
    weight : (...)
        Factor of each loss. The mean is divided by the number of losses.
    """
    if delta <= 0:
        raise ValueError(f"huber_loss: delta is {delta}: it must be positive")
    losses = huber(_difference("huber_loss", input, target), delta=delta)
    if weight is not None:
        same_shape("huber_loss, weight", losses, weight)
    return reduce_weighted(losses, weight, reduction)


@named("F")
def smooth_l1_loss(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
    beta: float = 1.0,
) -> Any:
    """Huber loss with δ = β, divided by β; the absolute error if β = 0."""
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}: it must not be negative")
    difference = _difference("smooth_l1_loss", input, target)
    losses = huber(difference, delta=beta) / beta if beta else np.absolute(difference)
    return reduce_losses(losses, reduction, size_average, reduce)


# --- distributions ------------------------------------------------------------------------------


def _safe_log(x: Any) -> Any:
    return np.log(np.where(np.greater(x, 0), x, 1))


@op(
    broadcasts=True,
    log_probs=lambda g, target: -g * target,
    target=lambda g, log_probs, target: g * (_safe_log(target) + 1 - log_probs),
    samples=binary(-3.0, -0.1, second=(0.1, 0.9)),
)
def divergence(log_probs: Array, target: Array) -> Any:
    """Return t · (log t − x), elementwise; 0 where t is 0."""
    return target * (_safe_log(target) - log_probs)


@named("F")
def kl_div(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction | Literal["batchmean"] = "mean",
    log_target: bool = False,
) -> Any:
    """Kullback-Leibler divergence of the target from log-probabilities, Σ t · (log t − x).

    Parameters
    ----------
    input, target : (N, ...)
        Log-probabilities, and probabilities (log-probabilities with `log_target`), broadcast. A
        probability of 0 contributes 0.
    reduction
        ``"batchmean"``, the sum divided by N, is the divergence; ``"mean"`` also divides by the
        number of classes.
    log_target
        Whether the target is given as log-probabilities.
    """
    log_probs: Any = operand(input)
    probs: Any = operand(target)
    losses = np.exp(probs) * (probs - log_probs) if log_target else divergence(log_probs, probs)
    if reduction == "batchmean" and size_average is None is reduce:
        return np.sum(losses) / (log_probs.shape[0] if log_probs.ndim else 1)
    kind: Any = reduction
    return reduce_losses(losses, kind, size_average, reduce)


@named("F")
def poisson_nll_loss(
    input: TensorLike,
    target: TensorLike,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of counts under a Poisson distribution, λ − t · log λ + log t!.

    Parameters
    ----------
    input, target : (...)
        log λ (λ if not `log_input`), and counts t.
    log_input
        Whether the input is the logarithm of λ.
    full
        Whether to add Stirling's approximation of log t!, t · log t − t + log(2πt)/2 where t > 1.
    eps
        Added to λ before the logarithm, if not `log_input`.
    """
    x: Any = operand(input)
    t: Any = as_floats(target, x.dtype)
    losses = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    if full:
        counts = np.where(np.greater(t, 1), t, 1)
        stirling = counts * np.log(counts) - counts + 0.5 * np.log(2 * math.pi * counts)
        losses = losses + np.where(np.greater(t, 1), stirling, 0)
    return reduce_losses(losses, reduction, size_average, reduce)


@named("F")
def gaussian_nll_loss(
    input: TensorLike,
    target: TensorLike,
    var: TensorLike,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood under a normal distribution, (log v + (input − target)²/v) / 2.

    Parameters
    ----------
    input, target : (..., D)
        Means, and observations.
    var : (..., D), (..., 1), (...) or a number
        Variances v, of each observation or shared along the last axis.
    full
        Whether to add the constant log(2π)/2.
    eps
        Lower bound of the variances; the gradient passes where it applies.
    """
    mean: Any = operand(input)
    v: Any = as_floats(var, mean.dtype)
    if (array_of(v) < 0).any():
        raise ValueError("gaussian_nll_loss: var has negative values: variances must be positive")
    if v.ndim and v.shape != mean.shape:
        if v.shape == mean.shape[:-1]:
            v = np.expand_dims(v, -1)
        elif v.ndim != mean.ndim or [
            b for a, b in zip(mean.shape, v.shape, strict=True) if a != b
        ] != [1]:
            raise ValueError(
                f"gaussian_nll_loss: var {v.shape} and input {mean.shape}: var must have the "
                f"input's shape, its shape without the last axis, or 1 in place of one size"
            )
    bounded = v + np.maximum(eps - array_of(v), 0)  # the gradient is that of v
    losses = 0.5 * (np.log(bounded) + np.square(mean - target) / bounded)
    if full:
        losses = losses + 0.5 * math.log(2 * math.pi)
    return reduce_losses(losses, reduction)
