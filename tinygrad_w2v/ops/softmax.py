"""Softmax and the losses on class scores."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.indexing import scatter

Reduction: TypeAlias = Literal["mean", "sum", "none"]


def _softmax(x: Array, *, axis: int = -1) -> Any:
    """Return exp(x) / Σ exp(x) along an axis, without overflow for any x."""
    shifted = np.exp(x - _finite_max(x, axis))
    return shifted / np.sum(shifted, axis=axis, keepdims=True)


def _log_softmax(x: Array, *, axis: int = -1) -> Any:
    """Return x − log Σ exp(x) along an axis, without overflow for any x."""
    shifted = x - _finite_max(x, axis)
    return shifted - np.log(np.sum(np.exp(shifted), axis=axis, keepdims=True))


def _finite_max(x: Array, axis: int) -> Any:
    return np.max(x, axis=axis, keepdims=True) if x.shape[axis] else 0


def _samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=(3, 4))),
        Sample(rng.normal(size=(3, 4)), axis=0),
        Sample(rng.normal(size=(0, 4))),
    ]


softmax = op(
    _softmax,
    x=lambda g, out, axis: out * (g - np.sum(g * out, axis=axis, keepdims=True)),
    samples=_samples,
)
log_softmax = op(
    _log_softmax,
    x=lambda g, out, axis: g - np.exp(out) * np.sum(g, axis=axis, keepdims=True),
    samples=_samples,
)


def _nll_loss(log_probs: Array, target: Array, *, reduction: Reduction = "mean") -> Any:
    """Negative log-likelihood of the target classes.

    Parameters
    ----------
    log_probs : (N, C)
        Log-probabilities, as :func:`log_softmax` returns.
    target : (N,) integers
        The right class of each row, within 0 … C − 1.
    reduction
        What becomes of the N losses.
    """
    target = np.asarray(target)
    _check_target(log_probs, target)
    return reduce_losses(-log_probs[np.arange(len(target)), target], reduction)


def _check_target(log_probs: Array, target: Array) -> None:
    if log_probs.ndim != 2 or target.shape != log_probs.shape[:1]:
        raise ValueError(
            f"cross-entropy: scores of shape {log_probs.shape} and targets of shape "
            f"{target.shape}: scores must be (N, C) and targets (N,)"
        )
    check_indices("cross-entropy", "target", target, log_probs.shape[1])


def check_indices(op_name: str, argument: str, indices: Array, size: int) -> None:
    """Refuse indices outside ``0 .. size - 1``; name the first, its position and the range."""
    if indices.dtype.kind not in "iu":
        raise TypeError(f"{op_name}: {argument} must be integers, found {indices.dtype}")
    if indices.size and (indices.min() < 0 or indices.max() >= size):
        position = np.argwhere((indices < 0) | (indices >= size))[0].tolist()
        raise IndexError(
            f"{op_name}: {argument}{position} is {indices[tuple(position)]}, outside the valid "
            f"range 0 to {size - 1}"
        )


def reduce_losses(losses: Any, reduction: Reduction) -> Any:
    """Take the mean or the sum of losses, or leave them."""
    if reduction == "mean":
        return np.mean(losses)
    if reduction == "sum":
        return np.sum(losses)
    if reduction == "none":
        return losses
    raise ValueError(f"reduction is {reduction!r}: use 'mean', 'sum' or 'none'")


def per_item(g: Any, reduction: Reduction, count: int) -> Any:
    """Return what the gradient of a reduced loss is for each item, (N,) or broadcastable to it."""
    return g / count if reduction == "mean" else g


def _nll_rule(g: Any, shapes: Any, target: Array, reduction: Reduction) -> Any:
    target = np.asarray(target)
    each = np.broadcast_to(-per_item(g, reduction, len(target)), target.shape)
    return scatter(each, index=(np.arange(len(target)), target), shape=shapes.log_probs)


def _nll_samples(rng: np.random.Generator) -> list[Sample]:
    scores, target = rng.normal(size=(4, 3)), rng.integers(3, size=4)
    return [
        Sample(scores, target),
        Sample(scores, target, reduction="sum"),
        Sample(scores, target, reduction="none"),
    ]


nll_loss = op(_nll_loss, log_probs=_nll_rule, samples=_nll_samples)


def cross_entropy(
    logits: TensorLike, target: TensorLike, *, reduction: Reduction = "mean"
) -> Tensor:
    """Cross-entropy of the softmax of `logits`, (N, C), against target classes, (N,).

    Examples
    --------
    >>> import numpy as np
    >>> float(cross_entropy(np.zeros((2, 4)), np.array([1, 3])))  # log 4
    1.386...
    """
    result: Tensor = nll_loss(log_softmax(logits, axis=-1), target, reduction=reduction)
    return result
