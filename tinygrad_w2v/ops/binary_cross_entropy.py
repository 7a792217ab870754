"""Losses of yes or no: the binary cross-entropies of scores and of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.activation import sigmoid, softplus
from tinygrad_w2v.ops.loss_reduction import Reduction, reduce_losses, same_shape
from tinygrad_w2v.ops.operands import operand
from tinygrad_w2v.ops.samplers import binary


def _with_logits(
    logits: Array, target: Array, *, pos_weight: TensorLike | float | None = None
) -> Any:
    """Return −p·y·log σ(x) − (1 − y)·log(1 − σ(x)), elementwise and without overflow.

    Parameters
    ----------
    logits, target : (...)
        Scores x, and the probability y of a yes.
    pos_weight
        The factor p of a yes, broadcast.
    """
    return (1 - target) * logits + _yes_factor(target, pos_weight) * softplus(-logits)


def _yes_factor(target: Any, pos_weight: Any) -> Any:
    """Return 1 + (p − 1)·y, what the softplus of −x counts for."""
    return 1 if pos_weight is None else 1 + _excess(target, pos_weight) * target


def _excess(like: Any, pos_weight: Any) -> Any:
    return np.asarray(pos_weight, dtype=like.dtype) - 1


def _with_logits_of_target(g: Any, logits: Any, pos_weight: Any) -> Any:
    if pos_weight is None:
        return -g * logits
    return g * (_excess(logits, pos_weight) * softplus(-logits) - logits)


sigmoid_cross_entropy = op(
    _with_logits,
    name="sigmoid_cross_entropy",
    broadcasts=True,
    logits=lambda g, logits, target, pos_weight: (
        g * ((1 - target) - _yes_factor(target, pos_weight) * sigmoid(-logits))
    ),
    target=_with_logits_of_target,
    samples=lambda rng: [
        *binary(-3.0, 3.0, second=(0.0, 1.0))(rng),
        Sample(rng.normal(size=(3, 2)), rng.random((3, 2)), pos_weight=np.array([0.5, 3.0])),
    ],
)


def binary_cross_entropy_with_logits(
    logits: TensorLike,
    target: TensorLike,
    *,
    weight: TensorLike | None = None,
    pos_weight: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Cross-entropy of σ(logits) against the probability of a yes, of the same shape.

    Parameters
    ----------
    weight
        A factor for each item, broadcast.
    pos_weight
        A factor for the yes part, broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> float(binary_cross_entropy_with_logits(np.zeros(2), np.array([0.0, 1.0])))  # log 2
    0.693...
    """
    same_shape("binary_cross_entropy_with_logits", logits, target)
    scores: Any = operand(logits)
    wanted = _as_floats(target, scores.dtype)
    losses = sigmoid_cross_entropy(scores, wanted, pos_weight=pos_weight)
    return reduce_losses(_weighted(losses, weight), reduction)


def _weighted(losses: Any, weight: TensorLike | None) -> Any:
    return losses if weight is None else losses * _as_floats(weight, losses.dtype)


def _as_floats(target: TensorLike, dtype: Any) -> Any:
    return target if isinstance(target, Tensor) else np.asarray(target, dtype=dtype)


def _bernoulli(probs: Array, target: Array) -> Any:
    """Return −y·log p − (1 − y)·log(1 − p), elementwise, no logarithm below −100.

    The bound, PyTorch's, keeps the loss of a sure mistake finite.
    """
    with np.errstate(divide="ignore"):
        yes, no = np.maximum(np.log(probs), -100), np.maximum(np.log1p(-probs), -100)
    return -(target * yes + (1 - target) * no)


def _log_odds(g: Any, probs: Any) -> Any:
    with np.errstate(divide="ignore"):
        return g * (np.maximum(np.log1p(-probs), -100) - np.maximum(np.log(probs), -100))


bernoulli_cross_entropy = op(
    _bernoulli,
    name="bernoulli_cross_entropy",
    broadcasts=True,
    probs=lambda g, probs, target: g * ((probs - target) / np.maximum(probs * (1 - probs), 1e-12)),
    target=_log_odds,
    samples=binary(0.1, 0.9),
)


def binary_cross_entropy(
    probs: TensorLike,
    target: TensorLike,
    *,
    weight: TensorLike | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Cross-entropy of probabilities of a yes, within 0 … 1, against their targets.

    Prefer :func:`binary_cross_entropy_with_logits`, which is exact for any score.
    """
    same_shape("binary_cross_entropy", probs, target)
    given: Any = operand(probs)
    values = np.asarray(given)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"binary_cross_entropy: probabilities range from {values.min()} to {values.max()}: "
            f"they must be within 0 to 1; for scores use binary_cross_entropy_with_logits"
        )
    losses = bernoulli_cross_entropy(given, _as_floats(target, given.dtype))
    return reduce_losses(_weighted(losses, weight), reduction)
