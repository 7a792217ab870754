"""Connectionist temporal classification: the loss of a label sequence without an alignment."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, array_of, operand
from tinygrad_w2v.engine.types import Array, TensorLike
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.loss import Reduction, reduce_losses
from tinygrad_w2v.ops.softmax import log_softmax


def _shifted(x: Array, by: int) -> Array:
    """Move values along the last axis and fill with −∞."""
    filled = np.full_like(x, -np.inf)
    if by >= 0:
        filled[..., by:] = x[..., : x.shape[-1] - by]
    else:
        filled[..., :by] = x[..., -by:]
    return filled


def _samples(rng: np.random.Generator) -> list[Sample]:
    scores = rng.normal(size=(6, 2, 4))
    log_probs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    targets = np.array([[1, 2, 2], [3, 0, 0]])
    lengths = np.array([6, 4]), np.array([3, 1])
    return [
        Sample(log_probs, targets, *lengths),
        Sample(log_probs[..., ::-1].copy(), targets % 3, *lengths, blank=3),
        Sample(log_probs, targets[:, :0], lengths[0], np.zeros(2, np.int64)),
    ]


@op(
    name="ctc_loss",
    residuals=True,
    order=1,
    samples=_samples,
    log_probs=lambda g, residuals: residuals * np.reshape(g, (1, -1, 1)),
)
def ctc_losses(
    log_probs: Array,
    targets: Array,
    input_lengths: Array,
    target_lengths: Array,
    *,
    blank: int = 0,
    zero_infinity: bool = False,
) -> Any:
    """Negative log-likelihood of each label sequence, (N,), by the forward-backward algorithm.

    The labels are interleaved with blanks to L = 2S + 1 states. With α and β the log-probabilities
    of all paths up to and after a state, exp(α + β − log p) is the probability of the state, whose
    sum over the states of a class is the negative gradient.
    """
    steps, count, classes = log_probs.shape
    items, states = np.arange(count), 2 * targets.shape[1] + 1
    labels = np.full((count, states), blank)
    labels[:, 1::2] = np.where(
        np.arange(targets.shape[1]) < target_lengths[:, None], targets, blank
    )
    may_skip = np.zeros(labels.shape, bool)  # from the label before, without the blank between
    may_skip[:, 2:] = (labels[:, 2:] != blank) & (labels[:, 2:] != labels[:, :-2])
    emitted = np.take_along_axis(log_probs, np.broadcast_to(labels, (steps, *labels.shape)), axis=2)
    last = 2 * target_lengths  # the final blank; the final label is before it
    is_final = (np.arange(states) == last[:, None]) | (np.arange(states) == last[:, None] - 1)

    def reached(before: Array, direction: int) -> Array:
        """Return the log-probability of each state's predecessors or successors."""
        skip = may_skip if direction > 0 else np.roll(may_skip, -2, axis=1)
        paths = np.logaddexp(before, _shifted(before, direction))
        return np.logaddexp(paths, np.where(skip, _shifted(before, 2 * direction), -np.inf))

    with np.errstate(invalid="ignore"):
        alpha = np.full(emitted.shape, -np.inf, log_probs.dtype)
        alpha[0, :, :2] = emitted[0, :, :2]
        for t in range(1, steps):
            alpha[t] = reached(alpha[t - 1], 1) + emitted[t]
        beta = np.where(is_final, 0.0, -np.inf).astype(log_probs.dtype) + np.zeros_like(alpha)
        for t in range(steps - 2, -1, -1):
            after = reached(beta[t + 1] + emitted[t + 1], -1)
            beta[t] = np.where((t < input_lengths - 1)[:, None], after, beta[t])
        ends = np.where(is_final, alpha[input_lengths - 1, items], -np.inf)
        losses = -np.logaddexp.reduce(ends, axis=1)
        shares = np.exp(alpha + beta + losses[:, None])
    shares[np.arange(steps)[:, None] >= input_lengths] = 0
    one_hot = (labels[:, :, None] == np.arange(classes)).astype(log_probs.dtype)
    gradient = -np.matmul(np.swapaxes(shares, 0, 1), one_hot)
    if zero_infinity:
        is_impossible = np.isinf(losses)
        losses = np.where(is_impossible, 0, losses).astype(log_probs.dtype)
        gradient[is_impossible] = 0
    return losses, np.swapaxes(gradient, 0, 1)


@named("tg F")
def ctc_loss(
    log_probs: TensorLike,
    targets: TensorLike,
    input_lengths: TensorLike,
    target_lengths: TensorLike,
    blank: int = 0,
    reduction: Reduction = "mean",
    zero_infinity: bool = False,
) -> Any:
    """Negative log-likelihood of label sequences of which no alignment to the input is known.

    Source: Graves et al., "Connectionist temporal classification", 2006.

    Parameters
    ----------
    log_probs : (T, N, C) or (T, C)
        Log-probabilities of the classes at each time, as :func:`log_softmax` returns.
    targets : (N, S), or (sum of the lengths,) integers
        Labels, padded to S or concatenated; none is the blank.
    input_lengths, target_lengths : (N,) or () integers
        Lengths of each sequence within T and S.
    blank
        The class that represents no label.
    reduction
        The mean is over losses divided by their number of labels.
    zero_infinity
        Whether a sequence that is too long for its input has a loss of 0 instead of infinity, and
        no gradient.

    Notes
    -----
    The gradient is that of the log-probabilities' own logits, ``exp(log_probs)`` minus the
    probability of each class given the labels, as in PyTorch. It equals the derivative after the
    backward pass of ``log_softmax``. The loss can be differentiated once.
    """
    x: Any = operand(log_probs)
    is_single = x.ndim == 2
    if is_single:
        x = np.expand_dims(x, 1)
    if x.ndim != 3:
        raise ValueError(f"ctc_loss: log_probs {x.shape}: they must be (T, N, C) or (T, C)")
    sizes, y = np.reshape(array_of(target_lengths), -1), array_of(targets)
    lengths = np.reshape(array_of(input_lengths), -1)
    _check_lengths(x.shape, lengths, sizes, y)
    if y.ndim == 1 and not (is_single and y.size > sizes.sum()):
        padded = np.zeros((len(sizes), int(sizes.max(initial=0))), np.int64)
        padded[np.arange(padded.shape[1]) < sizes[:, None]] = y
        y = padded
    y = y.reshape(len(sizes), -1) if y.size else y.reshape(len(sizes), 0)
    check_indices("ctc_loss", "targets", y, x.shape[2])
    if isinstance(x, Tensor):
        normalized = log_softmax(x, -1)
        x = normalized + (x - normalized).detach()  # the values of x
    losses = ctc_losses(x, y, lengths, sizes, blank=blank, zero_infinity=zero_infinity)
    if reduction == "mean":
        losses = losses / np.maximum(sizes, 1).astype(losses.dtype)
    elif is_single:
        losses = losses[0]
    return reduce_losses(losses, reduction)


def _check_lengths(shape: tuple[int, ...], lengths: Array, sizes: Array, targets: Array) -> None:
    steps, count, _ = shape
    if lengths.shape != (count,) or sizes.shape != (count,):
        raise ValueError(
            f"ctc_loss: input_lengths {lengths.shape} and target_lengths {sizes.shape}: there must "
            f"be one for each of the {count} sequences"
        )
    if (lengths < 1).any() or (lengths > steps).any():
        raise ValueError(
            f"ctc_loss: input_lengths are {lengths.tolist()}: they must be within 1 to {steps}"
        )
    most = targets.size if targets.ndim == 1 else targets.shape[1]
    is_short = targets.ndim == 1 and count > 1 and targets.size != sizes.sum()
    if (sizes < 0).any() or (sizes > most).any() or is_short:
        raise ValueError(
            f"ctc_loss: target_lengths are {sizes.tolist()} with targets {targets.shape}: the "
            f"targets must be (N, S) with S at least the longest, or all labels concatenated"
        )
