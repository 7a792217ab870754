"""Elementwise losses (regression, Kullback-Leibler, binary cross-entropy) and their reduction."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.activation import sigmoid, softplus
from tinygrad_w2v.ops.samples import binary, unary

# --- reduction, shared by all losses ------------------------------------------------------------

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def reduce_losses(losses: Any, reduction: Reduction) -> Any:
    """Return the mean or the sum of the losses, or the losses unchanged."""
    if reduction == "mean":
        if isinstance(losses, np.ndarray) and losses.size and losses.dtype.char in "fd":
            return np.add.reduce(losses, axis=None) / losses.dtype.type(losses.size)
        return np.mean(losses)  # the same value; np.mean has more overhead per call
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is {reduction!r}: use 'mean', 'sum' or 'none'")


def same_shape(name: str, x: Any, target: Any) -> None:
    """Raise ValueError if the shapes differ: a broadcast loss is nearly always a mistake."""
    if np.shape(x) != np.shape(target):
        raise ValueError(
            f"{name}: input {np.shape(x)} and target {np.shape(target)}: the two shapes must "
            f"be equal; use reshape or broadcast_to"
        )


def _difference(name: str, x: TensorLike, target: TensorLike) -> Any:
    same_shape(name, x, target)
    return operand(x) - target


# --- regression ---------------------------------------------------------------------------------


@named("F")
def mse_loss(x: TensorLike, target: TensorLike, *, reduction: Reduction = "mean") -> Any:
    """Squared error, (x − target)².

    Examples
    --------
    >>> import numpy as np
    >>> float(mse_loss(np.array([1.0, 2.0]), np.array([1.0, 4.0])))
    2.0
    """
    return reduce_losses(np.square(_difference("mse_loss", x, target)), reduction)


@named("F")
def l1_loss(x: TensorLike, target: TensorLike, *, reduction: Reduction = "mean") -> Any:
    """Absolute error, |x − target|."""
    return reduce_losses(np.absolute(_difference("l1_loss", x, target)), reduction)


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
    x: TensorLike, target: TensorLike, *, delta: float = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Huber loss: d²/2 where |d| ≤ δ, δ · (|d| − δ/2) elsewhere, with d = x − target."""
    if delta <= 0:
        raise ValueError(f"huber_loss: delta is {delta}: it must be positive")
    return reduce_losses(huber(_difference("huber_loss", x, target), delta=delta), reduction)


@named("F")
def smooth_l1_loss(
    x: TensorLike, target: TensorLike, *, beta: float = 1.0, reduction: Reduction = "mean"
) -> Any:
    """Huber loss with δ = β, divided by β; the absolute error if β = 0."""
    if beta < 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}: it must not be negative")
    if beta == 0:
        return l1_loss(x, target, reduction=reduction)
    return huber_loss(x, target, delta=beta, reduction=reduction) / beta


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
    x: TensorLike,
    target: TensorLike,
    *,
    reduction: Reduction | Literal["batchmean"] = "mean",
    log_target: bool = False,
) -> Any:
    """Kullback-Leibler divergence of the target from log-probabilities, Σ t · (log t − x).

    Parameters
    ----------
    x, target : (N, ...)
        Log-probabilities, and probabilities (log-probabilities with `log_target`). A probability
        of 0 contributes 0.
    reduction
        ``"batchmean"``, the sum divided by N, is the divergence; ``"mean"`` also divides by the
        number of classes.
    """
    same_shape("kl_div", x, target)
    log_probs, target = operand(x), operand(target)
    losses = np.exp(target) * (target - log_probs) if log_target else divergence(log_probs, target)
    if reduction == "batchmean":
        return np.sum(losses) / log_probs.shape[0]
    return reduce_losses(losses, reduction)


# --- binary cross-entropy -----------------------------------------------------------------------


def _softplus_factor(target: Any, pos_weight: Any) -> Any:
    """Return 1 + (p − 1)·y, the factor of softplus(−x) in the loss."""
    return 1 if pos_weight is None else 1 + _excess(target, pos_weight) * target


def _excess(like: Any, pos_weight: Any) -> Any:
    return operand(pos_weight).astype(like.dtype) - 1


@op(
    broadcasts=True,
    logits=lambda g, logits, target, pos_weight: (
        g * ((1 - target) - _softplus_factor(target, pos_weight) * sigmoid(-logits))
    ),
    samples=lambda rng: [
        *binary(-3.0, 3.0, second=(0.0, 1.0))(rng),
        Sample(rng.normal(size=(3, 2)), rng.random((3, 2)), pos_weight=np.array([0.5, 3.0])),
    ],
    composed="pos_weight",
)
def sigmoid_cross_entropy(
    logits: Array, target: Array, *, pos_weight: TensorLike | float | None = None
) -> Any:
    """Return −p·y·log σ(x) − (1 − y)·log(1 − σ(x)), elementwise and without overflow.

    The factor p of the positive class is `pos_weight`, broadcast.
    """
    return (1 - target) * logits + _softplus_factor(target, pos_weight) * softplus(-logits)


@sigmoid_cross_entropy.backward("target")
def _with_logits_of_target(g: Any, logits: Any, pos_weight: Any) -> Any:
    if pos_weight is None:
        return -g * logits
    return g * (_excess(logits, pos_weight) * softplus(-logits) - logits)


@named("F")
def binary_cross_entropy_with_logits(
    logits: TensorLike,
    target: TensorLike,
    *,
    weight: TensorLike | None = None,
    pos_weight: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Binary cross-entropy of σ(logits), −y·log σ(x) − (1 − y)·log(1 − σ(x)).

    Parameters
    ----------
    logits, target : (...)
        Logits, and probabilities of the positive class.
    weight, pos_weight
        Factors of each item, and of the positive class's term; broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> float(binary_cross_entropy_with_logits(np.zeros(2), np.array([0.0, 1.0])))  # log 2
    0.693...
    """
    same_shape("binary_cross_entropy_with_logits", logits, target)
    x: Any = operand(logits)
    losses = sigmoid_cross_entropy(x, _as_floats(target, x.dtype), pos_weight=pos_weight)
    return _reduce_weighted(losses, weight, reduction)


def _reduce_weighted(losses: Any, weight: TensorLike | None, reduction: Reduction) -> Any:
    if weight is not None:
        losses = losses * _as_floats(weight, losses.dtype)
    return reduce_losses(losses, reduction)


def _as_floats(target: TensorLike, dtype: Any) -> Any:
    return target if isinstance(target, Tensor) else np.asarray(target, dtype=dtype)


def _bounded_logs(probs: Any) -> tuple[Any, Any]:
    """Return log p and log(1 − p), neither below −100, PyTorch's bound: it keeps losses finite."""
    with np.errstate(divide="ignore"):
        return np.maximum(np.log(probs), -100), np.maximum(np.log1p(-probs), -100)


@op(
    broadcasts=True,
    probs=lambda g, probs, target: g * ((probs - target) / np.maximum(probs * (1 - probs), 1e-12)),
    samples=binary(0.1, 0.9),
)
def bernoulli_cross_entropy(probs: Array, target: Array) -> Any:
    """Return −y·log p − (1 − y)·log(1 − p), elementwise; logarithms are at least −100."""
    log_p, log_not_p = _bounded_logs(probs)
    return -(target * log_p + (1 - target) * log_not_p)


@bernoulli_cross_entropy.backward("target")
def _bernoulli_of_target(g: Any, probs: Any) -> Any:
    log_p, log_not_p = _bounded_logs(probs)
    return g * (log_not_p - log_p)


@named("F")
def binary_cross_entropy(
    probs: TensorLike,
    target: TensorLike,
    *,
    weight: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Binary cross-entropy of probabilities, −y·log p − (1 − y)·log(1 − p).

    Logarithms are bounded below by −100. Prefer :func:`binary_cross_entropy_with_logits`, which is
    exact for any logit.

    Parameters
    ----------
    probs, target : (...)
        Predicted and true probabilities of the positive class, within 0 to 1.
    weight
        Factor of each item, broadcast.
    """
    same_shape("binary_cross_entropy", probs, target)
    p: Any = operand(probs)
    values = array_of(p)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"binary_cross_entropy: probabilities range from {values.min()} to {values.max()}: "
            f"they must be within 0 to 1; for logits use binary_cross_entropy_with_logits"
        )
    losses = bernoulli_cross_entropy(p, _as_floats(target, p.dtype))
    return _reduce_weighted(losses, weight, reduction)
