"""Losses of classification: cross-entropy and negative log-likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import Sample, named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.indexing import check_indices, scatter
from tinygrad_w2v.ops.loss import (
    Reduction,
    as_floats,
    former_reduction,
    reduce_losses,
    same_shape,
)
from tinygrad_w2v.ops.softmax import log_softmax, softmax

IGNORED = -100
"""Default `ignore_index`, PyTorch's: an item with this target does not count."""


def _likelihood(log_probs: Array, index: Any, factors: Any, reduction: Reduction) -> Any:
    losses = -log_probs[index] * factors
    if reduction == "mean":
        return np.sum(losses) / _or_nan(np.sum(factors))
    return reduce_losses(losses, reduction)


def _or_nan(total: Any) -> Any:
    """Return NaN in place of 0: the mean of no losses, as in PyTorch; its gradient is 0."""
    return total if total else total.dtype.type(np.nan)


def _nonzero(total: Any) -> Any:
    """Return 1 in place of 0, for a division."""
    return np.where(total == 0, np.ones_like(total), total)


def _locate(
    name: str, shape: Shape, target: Array, weight: Any, ignore_index: int, dtype: Any
) -> tuple[tuple[Any, ...], Any]:
    """Return the index of each item's target in the scores, and the factor of each item."""
    class_axis = 1 if len(shape) > 1 else 0
    if not shape or target.shape != shape[:class_axis] + shape[class_axis + 1 :]:
        raise ValueError(
            f"{name}: input {shape} and target {target.shape}: input must be (N, C) and target "
            f"(N,), or (N, C, ...) and (N, ...)"
        )
    counts = target != ignore_index
    classes = target if counts.all() else np.where(counts, target, 0)
    check_indices(name, "target", classes, shape[class_axis] or (classes.size == 0))
    index = list(np.ogrid[tuple(slice(size) for size in target.shape)]) if target.ndim else []
    index.insert(class_axis, classes)
    factors = counts.astype(dtype)
    if weight is not None:
        of_class = np.asarray(weight, dtype=dtype)
        if of_class.shape != shape[class_axis : class_axis + 1]:
            raise ValueError(
                f"{name}: weight of shape {of_class.shape}: it must have one factor for each "
                f"of the {shape[class_axis]} classes"
            )
        factors = factors * of_class[classes]
    return tuple(index), factors


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


@op(name="nll_loss", samples=_nll_samples)
def class_likelihood(
    log_probs: Array,
    target: Array,
    *,
    weight: Array | None = None,
    ignore_index: int = IGNORED,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of the target classes; see :func:`nll_loss`."""
    target, shape = np.asarray(target), log_probs.shape
    index, factors = _locate("nll_loss", shape, target, weight, ignore_index, log_probs.dtype)
    return _likelihood(log_probs, index, factors, reduction)


@class_likelihood.backward("log_probs")
def _nll_rule(
    g: Any, shapes: Any, target: Array, weight: Any, ignore_index: int, reduction: Reduction
) -> Any:
    shape, target = shapes.log_probs, np.asarray(target)
    index, factors = _locate("nll_loss", shape, target, weight, ignore_index, g.dtype)
    if reduction == "mean":
        factors = factors / _nonzero(np.sum(factors))
    return scatter(-g * factors, index=index, shape=shape)


@named("F")
def nll_loss(
    input: TensorLike,
    target: TensorLike,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    ignore_index: int = IGNORED,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Negative log-likelihood of the target classes, −weight[target] · input[target].

    Parameters
    ----------
    input : (C,), (N, C) or (N, C, ...)
        Log-probabilities, as :func:`log_softmax` returns along axis 1.
    target : (), (N,) or (N, ...) integers
        Class of each item, within 0 to C − 1.
    weight : (C,)
        Factor of each class, a constant. The mean is then divided by the sum of the targets'
        weights.
    ignore_index
        Items with this target do not count. The mean of no items is NaN, with a gradient of 0.
    """
    if size_average is not None or reduce is not None:
        reduction = former_reduction(size_average, reduce)
    if weight is None:
        return class_likelihood(input, target, ignore_index=ignore_index, reduction=reduction)
    return class_likelihood(
        input, target, weight=weight, ignore_index=ignore_index, reduction=reduction
    )


_FEW_CLASSES = 64
_UNSIGNED = {np.dtype(f"i{size}"): np.dtype(f"u{size}") for size in (1, 2, 4, 8)}


def _is_plain(logits: Array, target: Array, ignore_index: int) -> bool:
    """Whether the logits are (N, C), not empty, and all N targets are valid and count."""
    if logits.ndim != 2 or ignore_index >= 0 or target.shape != logits.shape[:1]:
        return False
    unsigned = _UNSIGNED.get(target.dtype)
    if unsigned is None or not logits.size:
        return False
    # A negative integer viewed as unsigned exceeds any class: one pass checks both bounds.
    return bool(np.maximum.reduce(target.view(unsigned)) < logits.shape[1])


def _general(logits: Array, target: Array, ignore_index: int, reduction: Reduction) -> Any:
    """Return losses and residuals for any shape; they are zero for items that do not count."""
    shape, dtype = logits.shape, logits.dtype
    index, factors = _locate("cross_entropy", shape, target, None, ignore_index, dtype)
    axis = 1 if logits.ndim > 1 else 0
    log_probs = log_softmax.forward(logits, axis=axis)
    gradient = np.exp(log_probs) * np.expand_dims(factors, axis)
    gradient[index] = np.copysign(np.expm1(log_probs[index]) * factors, -1)  # also if it is 0
    count = _nonzero(np.sum(factors)) if reduction == "mean" else 1
    return _likelihood(log_probs, index, factors, reduction), (gradient, count)


def _retrace(residuals: Any, logits: Tensor, target: Any) -> Any:
    """Return the residuals as a function of softmax, whose rule needs only its result."""
    gradient, count = residuals
    # Softmax minus 1 at the target is negative there, or −0, and nowhere else. For an item that
    # does not count all values are zero, and softmax's rule returns zero.
    chosen = np.signbit(gradient).astype(gradient.dtype)
    axis = 1 if gradient.ndim > 1 else 0
    probs = gradient + chosen
    lost = gradient - (probs - chosen)  # the digits of a tiny gradient
    return softmax.record((logits,), {"axis": axis}, probs) - chosen + lost, count


@op(
    name="cross_entropy",
    residuals=True,
    retrace=_retrace,
    samples=lambda rng: [s for s in _nll_samples(rng) if "weight" not in s.attributes],
)
def class_cross_entropy(
    logits: Array, target: Array, *, ignore_index: int = IGNORED, reduction: Reduction = "mean"
) -> Any:
    """Negative log-likelihood of the target classes under the softmax of the logits.

    Equal to :func:`nll_loss` of :func:`log_softmax`, in fewer passes. The residuals are the
    gradient of the sum of the losses, and the number of items that count.
    """
    target = np.asarray(target)
    if not _is_plain(logits, target, ignore_index):
        return _general(logits, target, ignore_index, reduction)
    count, classes = logits.shape
    items = np.arange(count)
    # NumPy's sum along rows has a cost per row, however short: few classes are summed by column.
    is_transposed = classes <= _FEW_CLASSES and 2 * classes <= count
    scores = logits.T.copy() if is_transposed else logits
    axis, index = (0, (target, items)) if is_transposed else (1, (items, target))
    gradient = scores - np.maximum.reduce(scores, axis=axis, keepdims=True)
    chosen = gradient[index]
    np.exp(gradient, out=gradient)
    sums = np.add.reduce(gradient, axis=axis, keepdims=True)
    losses = np.log(sums).reshape(-1) - chosen
    gradient /= sums
    gradient[index] = np.expm1(-losses)  # the target's probability minus 1
    if is_transposed:
        gradient = gradient.T
    if reduction == "mean":
        return np.add.reduce(losses) / count, (gradient, count)
    return reduce_losses(losses, reduction), (gradient, 1)


@class_cross_entropy.backward("logits")
def _class_cross_entropy_rule(g: Any, residuals: Any, reduction: Reduction) -> Any:
    gradient, count = residuals
    if reduction == "none":
        return gradient * np.expand_dims(g, 1 if len(gradient.shape) > 1 else 0)
    # Multiplying by a Python number is fastest.
    return gradient * ((g.item() if isinstance(g, np.ndarray) else g) / count)


@named("F")
def cross_entropy(
    input: TensorLike,
    target: TensorLike,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    ignore_index: int = IGNORED,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of softmax(input) and target classes or probabilities, −Σ y · log softmax(x).

    Parameters
    ----------
    input : (C,), (N, C) or (N, C, ...)
        Logits.
    target : (), (N,) or (N, ...) integers, or floats in the shape of `input`
        Class of each item; or probability of each class (soft targets), which may require a
        gradient.
    weight : (C,)
        Factor of each class; a constant with target classes.
    ignore_index
        Items with this target class do not count. The mean of no items is NaN, with a gradient
        of 0.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``. The mean over target classes is weighted, that over
        soft targets is not.
    label_smoothing
        Share of each target that is distributed evenly over all classes (Szegedy et al., 2016).

    Examples
    --------
    >>> import numpy as np
    >>> float(cross_entropy(np.zeros((2, 4)), np.array([1, 3])))  # log 4
    1.386...
    """
    if size_average is not None or reduce is not None:
        reduction = former_reduction(size_average, reduce)
    x: Any = operand(input)
    y: Any = operand(target)
    is_soft = y.dtype.kind == "f"
    if weight is None and not label_smoothing and not is_soft:
        return class_cross_entropy(x, y, ignore_index, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"cross_entropy: label_smoothing is {label_smoothing}: use 0 to 1")
    axis = 1 if x.ndim > 1 else 0
    log_probs = log_softmax(x, axis)
    if is_soft:
        return _soft_cross_entropy(log_probs, y, weight, reduction, label_smoothing)
    likelihood = nll_loss(
        log_probs, y, weight=weight, ignore_index=ignore_index, reduction=reduction
    )
    if not label_smoothing:
        return likelihood
    classes = np.asarray(y)
    even = -np.sum(log_probs * _along_classes(weight, x, axis), axis=axis)
    even = np.where(classes != ignore_index, even, 0)
    if reduction == "mean":
        _, factors = _locate("cross_entropy", x.shape, classes, weight, ignore_index, x.dtype)
        even = np.sum(even) / _or_nan(np.sum(factors))
    else:
        even = reduce_losses(even, reduction)
    return likelihood * (1 - label_smoothing) + even * (label_smoothing / x.shape[axis])


def _soft_cross_entropy(
    log_probs: Any, target: Any, weight: Any, reduction: Reduction, label_smoothing: float
) -> Any:
    same_shape("cross_entropy", log_probs, target)
    axis = 1 if log_probs.ndim > 1 else 0
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / log_probs.shape[axis]
    losses = -np.sum(target * _along_classes(weight, log_probs, axis) * log_probs, axis=axis)
    return reduce_losses(losses, reduction)


def _along_classes(weight: Any, x: Any, axis: int) -> Any:
    """Return the class factors in a shape that broadcasts against the logits."""
    if weight is None:
        return 1
    factors = as_floats(weight, x.dtype)
    return np.reshape(factors, factors.shape + (1,) * (x.ndim - axis - 1))
