"""Losses of binary and multi-label classification: binary cross-entropy and soft margins."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.activation import logsigmoid, sigmoid, softplus
from tinygrad_w2v.ops.loss import (
    Reduction,
    as_floats,
    reduce_losses,
    reduce_weighted,
    same_shape,
)
from tinygrad_w2v.ops.samples import binary


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
    input: TensorLike,
    target: TensorLike,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
    pos_weight: TensorLike | None = None,
) -> Any:
    """Binary cross-entropy of σ(input), −y·log σ(x) − (1 − y)·log(1 − σ(x)).

    Parameters
    ----------
    input, target : (...)
        Logits, and probabilities of the positive class.
    weight
        Factor of each item, broadcast.
    pos_weight
        Factor of the positive class's term, broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> float(binary_cross_entropy_with_logits(np.zeros(2), np.array([0.0, 1.0])))  # log 2
    0.693...
    """
    same_shape("binary_cross_entropy_with_logits", input, target)
    x: Any = operand(input)
    losses = sigmoid_cross_entropy(x, as_floats(target, x.dtype), pos_weight=pos_weight)
    return reduce_weighted(losses, weight, reduction, size_average, reduce)


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
    input: TensorLike,
    target: TensorLike,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Binary cross-entropy of probabilities, −y·log p − (1 − y)·log(1 − p).

    Logarithms are bounded below by −100. Prefer :func:`binary_cross_entropy_with_logits`, which is
    exact for any logit.

    Parameters
    ----------
    input, target : (...)
        Predicted and true probabilities of the positive class, within 0 to 1.
    weight
        Factor of each item, broadcast.
    """
    same_shape("binary_cross_entropy", input, target)
    p: Any = operand(input)
    values = array_of(p)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"binary_cross_entropy: probabilities range from {values.min()} to {values.max()}: "
            f"they must be within 0 to 1; for logits use binary_cross_entropy_with_logits"
        )
    losses = bernoulli_cross_entropy(p, as_floats(target, p.dtype))
    return reduce_weighted(losses, weight, reduction, size_average, reduce)


@named("F")
def soft_margin_loss(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Logistic loss of scores and targets ±1, log(1 + exp(−y·x)).

    Parameters
    ----------
    input, target : (...)
        Scores, and −1 or 1 for each.
    """
    same_shape("soft_margin_loss", input, target)
    x: Any = operand(input)
    losses = softplus(-as_floats(target, x.dtype) * x)
    return reduce_losses(losses, reduction, size_average, reduce)


@named("F")
def multilabel_soft_margin_loss(
    input: TensorLike,
    target: TensorLike,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Binary cross-entropy of each class's logit, averaged over the classes.

    Parameters
    ----------
    input, target : (..., C)
        Logits, and probabilities of each class.
    weight : (C,)
        Factor of each class.
    """
    same_shape("multilabel_soft_margin_loss", input, target)
    x: Any = operand(input)
    y: Any = as_floats(target, x.dtype)
    losses = -(y * logsigmoid(x) + (1 - y) * logsigmoid(-x))
    if weight is not None:
        losses = losses * as_floats(weight, x.dtype)
    return reduce_losses(np.mean(losses, axis=-1), reduction, size_average, reduce)
