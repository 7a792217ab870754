"""Losses of regression and of distributions: squared, absolute, Huber, Kullback-Leibler."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.loss_reduction import Reduction, reduce_losses, same_shape
from tinygrad_w2v.ops.operands import operand
from tinygrad_w2v.ops.samplers import away_from, binary


def _difference(name: str, x: TensorLike, target: TensorLike) -> Any:
    same_shape(name, x, target)
    first: Any = operand(x)
    return first - target


def mse_loss(x: TensorLike, target: TensorLike, *, reduction: Reduction = "mean") -> Any:
    """Squared error.

    Examples
    --------
    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    return reduce_losses(np.square(_difference("mse_loss", x, target)), reduction)


def l1_loss(x: TensorLike, target: TensorLike, *, reduction: Reduction = "mean") -> Any:
    """Absolute error."""
    return reduce_losses(np.absolute(_difference("l1_loss", x, target)), reduction)


def _huber(x: Array, *, delta: float = 1.0) -> Any:
    """Return x²/2 up to a size of δ, and δ times (the size − δ/2) beyond (Huber, 1964)."""
    size = np.abs(x)
    return np.where(size <= delta, 0.5 * (size * size), delta * (size - 0.5 * delta))


def _huber_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(away_from(rng, (3, 4), -2.0, 2.0, [-1.0, 1.0])),
        Sample(away_from(rng, (3, 4), -2.0, 2.0, [-0.5, 0.5]), delta=0.5),
        Sample(np.zeros((0, 2))),
        Sample(np.asarray(0.3)),
    ]


huber = op(
    _huber,
    x=lambda g, x, delta: g * np.clip(x, -delta, delta),
    samples=_huber_samples,
)


def huber_loss(
    x: TensorLike, target: TensorLike, *, delta: float = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Squared error up to a distance of `delta`, from there growing only linearly."""
    if delta <= 0:
        raise ValueError(f"huber_loss: delta is {delta}: it must be positive")
    return reduce_losses(huber(_difference("huber_loss", x, target), delta=delta), reduction)


def smooth_l1_loss(
    x: TensorLike, target: TensorLike, *, beta: float = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Huber loss divided by β, so that its far slope is 1; with β = 0 the absolute error."""
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}: it must not be negative")
    if beta == 0:
        return l1_loss(x, target, reduction=reduction)
    return huber_loss(x, target, delta=beta, reduction=reduction) / beta


def _divergence(log_probs: Array, target: Array) -> Any:
    """Return t · (log t − x), elementwise; a probability t of 0 adds nothing."""
    return target * (_safe_log(target) - log_probs)


def _safe_log(x: Any) -> Any:
    return np.log(np.where(np.greater(x, 0), x, 1))


divergence = op(
    _divergence,
    broadcasts=True,
    log_probs=lambda g, target: -g * target,
    target=lambda g, log_probs, target: g * (_safe_log(target) + 1 - log_probs),
    samples=binary(-3.0, -0.1, second=(0.1, 0.9)),
)


def kl_div(
    x: TensorLike,
    target: TensorLike,
    *,
    reduction: Reduction | Literal["batchmean"] = "mean",
    log_target: bool = False,
) -> Any:
    """Kullback-Leibler divergence of the target from log-probabilities, Σ t · (log t − x).

    Parameters
    ----------
    x : (N, ...)
        Log-probabilities.
    target : (N, ...)
        Probabilities; those that are 0 add nothing. With `log_target`, their logarithms.
    reduction
        ``"batchmean"``, the sum over N, is the divergence; ``"mean"`` also divides by the number
        of classes, as in PyTorch.
    """
    same_shape("kl_div", x, target)
    given: Any = operand(x)
    wanted: Any = operand(target)
    losses = np.exp(wanted) * (wanted - given) if log_target else divergence(given, wanted)
    if reduction == "batchmean":
        return np.sum(losses) / given.shape[0]
    return reduce_losses(losses, reduction)
