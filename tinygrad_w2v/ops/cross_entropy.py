"""Losses of one class of several: cross-entropy and negative log-likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import WANTED, Array, TensorLike
from tinygrad_w2v.ops.indexing import check_indices, scatter
from tinygrad_w2v.ops.loss import Reduction, reduce_losses, same_shape
from tinygrad_w2v.ops.operands import operand
from tinygrad_w2v.ops.softmax import log_softmax, softmax

IGNORED = -100
"""The target that stands for no class, as in PyTorch: its item does not count."""

# --- from log-probabilities ---------------------------------------------------------------------


def _nll_loss(
    log_probs: Array,
    target: Array,
    *,
    weight: Array | None = None,
    ignore_index: int = IGNORED,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of the target classes.

    Parameters
    ----------
    log_probs : (C,), (N, C) or (N, C, ...)
        Log-probabilities, as :func:`log_softmax` returns along axis 1.
    target : (), (N,) or (N, ...) integers
        The right class of each item, within 0 … C − 1.
    weight : (C,)
        A factor for each class; the mean is then divided by the sum of the targets' weights.
    ignore_index
        A target that stands for no class: the item adds nothing and does not count.
    reduction
        What becomes of the losses.
    """
    target = np.asarray(target)
    where = "nll_loss", "log_probs"
    placed = _placed(where, log_probs.shape, target, weight, ignore_index, log_probs.dtype)
    return _likelihood(log_probs, *placed, reduction)


def _likelihood(log_probs: Array, places: Any, factors: Any, reduction: Reduction) -> Any:
    losses = -log_probs[places] * factors
    if reduction == "mean":
        return np.sum(losses) / _at_least_some(np.sum(factors))
    return reduce_losses(losses, reduction)


def _at_least_some(total: Any) -> Any:
    return np.where(total == 0, np.ones_like(total), total)


def _placed(
    where: tuple[str, str],
    shape: tuple[int, ...],
    target: Array,
    weight: Any,
    ignore_index: int,
    dtype: Any,
) -> tuple[tuple[Any, ...], Any]:
    """Return the index of each item's target in the scores, and what each item counts for.

    `where` are the names of the op and of its scores, for messages.
    """
    name, scores = where
    class_axis = 1 if len(shape) > 1 else 0
    if not shape or target.shape != shape[:class_axis] + shape[class_axis + 1 :]:
        raise ValueError(
            f"{name}: {scores} {shape} and target {target.shape}: {scores} must be (N, C) and "
            f"target (N,), or (N, C, ...) and (N, ...)"
        )
    counts = target != ignore_index
    classes = target if counts.all() else np.where(counts, target, 0)
    check_indices(name, "target", classes, shape[class_axis] or (classes.size == 0))
    grid = list(np.ogrid[tuple(slice(size) for size in target.shape)]) if target.ndim else []
    factors = counts.astype(dtype)
    if weight is not None:
        each = np.asarray(weight, dtype=dtype)
        if each.shape != shape[class_axis : class_axis + 1]:
            raise ValueError(
                f"{name}: weight of shape {each.shape}: it must have one factor for each "
                f"of the {shape[class_axis]} classes"
            )
        factors = factors * each[classes]
    grid.insert(class_axis, classes)
    return tuple(grid), factors


def _nll_rule(
    g: Any, shapes: Any, target: Array, weight: Any, ignore_index: int, reduction: Reduction
) -> Any:
    shape = shapes.log_probs
    where = "nll_loss", "log_probs"
    places, factors = _placed(where, shape, np.asarray(target), weight, ignore_index, g.dtype)
    if reduction == "mean":
        factors = factors / _at_least_some(np.sum(factors))
    return scatter(-g * factors, index=places, shape=shape)


def _nll_samples(rng: np.random.Generator) -> list[Sample]:
    scores, target = rng.normal(size=(4, 3)), rng.integers(3, size=4)
    weight = np.array([0.5, 2.0, 1.0])
    return [
        Sample(scores, target),
        Sample(scores, target, reduction="sum"),
        Sample(scores, target, reduction="none"),
        Sample(scores, target, weight=weight, ignore_index=int(target[0])),
        Sample(scores[0], target[0]),
        Sample(rng.normal(size=(2, 3, 2)), rng.integers(3, size=(2, 2)), weight=weight),
        Sample(np.zeros((0, 3)), np.zeros(0, dtype=np.int64), reduction="sum"),
    ]


nll_loss = op(_nll_loss, log_probs=_nll_rule, samples=_nll_samples)


# --- softmax and likelihood in one --------------------------------------------------------------


_LOGITS = "cross_entropy", "logits"
_FEW_CLASSES = 64


def _class_cross_entropy(
    logits: Array, target: Array, *, ignore_index: int = IGNORED, reduction: Reduction = "mean"
) -> Any:
    """Negative log-likelihood of the target classes under the softmax of the scores.

    The same as :func:`nll_loss` of :func:`log_softmax`, in fewer passes. The residuals are the
    slopes of the sum of the losses, and the number of items that count.

    Parameters
    ----------
    logits : (C,), (N, C) or (N, C, ...)
        Scores.
    target, ignore_index, reduction
        As for :func:`nll_loss`.
    """
    target = np.asarray(target)
    if not _is_plain(logits, target, ignore_index):
        return _with_gaps(logits, target, ignore_index, reduction)
    count, classes = logits.shape
    items = np.arange(count)
    # NumPy's sums along rows take a time for each row, however short: few classes go by columns.
    is_upright = classes <= _FEW_CLASSES and 2 * classes <= count
    scores = logits.T.copy() if is_upright else logits
    axis, places = (0, (target, items)) if is_upright else (1, (items, target))
    slopes = scores - np.maximum.reduce(scores, axis=axis, keepdims=True)
    chosen = slopes[places]
    np.exp(slopes, out=slopes)
    sums = np.add.reduce(slopes, axis=axis, keepdims=True)
    losses = np.log(sums).reshape(-1) - chosen
    slopes /= sums
    slopes[places] = np.expm1(-losses)  # the probability of the target, less 1
    if is_upright:
        slopes = slopes.T
    if reduction == "mean":
        return np.add.reduce(losses) / count, (slopes, count)
    return reduce_losses(losses, reduction), (slopes, 1)


_UNSIGNED = {np.dtype(f"i{size}"): np.dtype(f"u{size}") for size in (1, 2, 4, 8)}


def _is_plain(logits: Array, target: Array, ignore_index: int) -> bool:
    """Whether there is a class for each of some rows of scores, and each of them counts."""
    if logits.ndim != 2 or ignore_index >= 0 or target.shape != logits.shape[:1]:
        return False
    unsigned = _UNSIGNED.get(target.dtype)
    if unsigned is None or not logits.size:
        return False
    # Seen as an unsigned number, a negative one is larger than any class: one pass finds both.
    return bool(np.maximum.reduce(target.view(unsigned)) < logits.shape[1])


def _with_gaps(logits: Array, target: Array, ignore_index: int, reduction: Reduction) -> Any:
    """Return losses and residuals for scores of any shape, and targets of which some are no class.

    An item that does not count has a loss and slopes of zero.
    """
    places, factors = _placed(_LOGITS, logits.shape, target, None, ignore_index, logits.dtype)
    axis = 1 if logits.ndim > 1 else 0
    log_probs = log_softmax.forward(logits, axis=axis)
    slopes = np.exp(log_probs) * np.expand_dims(factors, axis)
    slopes[places] -= factors
    count = _at_least_some(np.sum(factors)) if reduction == "mean" else 1
    return _likelihood(log_probs, places, factors, reduction), (slopes, count)


def _class_cross_entropy_rule(g: Any, residuals: Any, reduction: Reduction) -> Any:
    slopes, count = residuals
    if reduction == "none":
        return slopes * np.expand_dims(g, 1 if len(slopes.shape) > 1 else 0)
    # A Python number is the quickest to multiply by.
    return slopes * ((g.item() if isinstance(g, np.ndarray) else g) / count)


def _slopes_again(residuals: Any, logits: Tensor, target: Any) -> Any:
    """Return the residuals as what was made of softmax, whose rule needs its result only."""
    slopes, count = residuals
    # Softmax less 1 at the target is below zero there and nowhere else; of an item that does not
    # count all is zero, which softmax's rule makes nothing of.
    chosen = np.less(slopes, 0).astype(slopes.dtype)
    axis = 1 if slopes.ndim > 1 else 0
    return softmax.recorders[WANTED](slopes + chosen, None, logits, axis) - chosen, count


class_cross_entropy = op(
    _class_cross_entropy,
    name="cross_entropy",
    residuals=True,
    retrace=_slopes_again,
    logits=_class_cross_entropy_rule,
    samples=lambda rng: [s for s in _nll_samples(rng) if "weight" not in s.attributes],
)


def cross_entropy(
    logits: TensorLike,
    target: TensorLike,
    *,
    weight: TensorLike | None = None,
    ignore_index: int = IGNORED,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of the softmax of `logits` against target classes or probabilities.

    Parameters
    ----------
    logits : (C,), (N, C) or (N, C, ...)
        Unnormalised scores.
    target : (), (N,) or (N, ...) integers, or floats in the shape of `logits`
        The right class of each item; or the probability of each class (soft targets), which may
        require a gradient.
    weight : (C,)
        A factor for each class.
    ignore_index
        A target class that does not count.
    reduction
        ``"mean"`` is over the items: of classes weighted by their factors, of soft targets not.
    label_smoothing
        The part of each target that is spread evenly over all classes (Szegedy et al., 2016).

    Examples
    --------
    >>> import numpy as np
    >>> float(cross_entropy(np.zeros((2, 4)), np.array([1, 3])))  # log 4
    1.386...
    """
    scores: Any = operand(logits)
    wanted: Any = operand(target)
    is_soft = wanted.dtype.kind == "f"
    if weight is None and not label_smoothing and not is_soft:
        return class_cross_entropy.quick(scores, wanted, ignore_index, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"cross_entropy: label_smoothing is {label_smoothing}: use 0 to 1")
    class_axis = 1 if scores.ndim > 1 else 0
    log_probs = log_softmax(scores, axis=class_axis)
    if is_soft:
        same_shape("cross_entropy", scores, wanted)
        return _soft(log_probs, wanted, weight, reduction, label_smoothing, class_axis)
    options: dict[str, Any] = {"weight": weight, "ignore_index": ignore_index}
    likelihood = nll_loss(log_probs, wanted, reduction=reduction, **options)
    if not label_smoothing:
        return likelihood
    classes = np.asarray(wanted)
    _, factors = _placed(_LOGITS, scores.shape, classes, weight, ignore_index, scores.dtype)
    even = -np.sum(log_probs * _along_classes(weight, scores, class_axis), axis=class_axis)
    even = np.where(classes != ignore_index, even, 0)
    if reduction == "mean":
        spread = np.sum(even) / _at_least_some(np.sum(factors))
    else:
        spread = reduce_losses(even, reduction)
    share = label_smoothing / scores.shape[class_axis]
    return likelihood * (1 - label_smoothing) + spread * share


def _along_classes(weight: Any, scores: Any, class_axis: int) -> Any:
    """Return the class factors in a shape that broadcasts against the scores."""
    if weight is None:
        return 1
    each = np.asarray(weight, dtype=scores.dtype)
    return each.reshape(each.shape + (1,) * (scores.ndim - class_axis - 1))


def _soft(
    log_probs: Any, target: Any, weight: Any, reduction: Reduction, smoothing: float, axis: int
) -> Any:
    if smoothing:
        target = target * (1 - smoothing) + smoothing / log_probs.shape[axis]
    weighted = target * _along_classes(weight, log_probs, axis)
    losses = -np.sum(weighted * log_probs, axis=axis)
    return reduce_losses(losses, reduction)
