"""Losses with a margin: of scores, of similarities and of distances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import array_of, operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.arithmetic import clamp
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.loss import Reduction, as_floats, reduce_losses, same_shape
from tinygrad_w2v.ops.piecewise import relu

# --- of scores ----------------------------------------------------------------------------------


@named("F")
def hinge_embedding_loss(
    input: TensorLike,
    target: TensorLike,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Loss of distances: x where the target is 1, max(0, margin − x) where it is −1.

    Parameters
    ----------
    input, target : (...)
        Distances, and 1 for similar pairs or −1 for dissimilar ones.
    margin
        Distance from which a dissimilar pair has no loss.
    """
    same_shape("hinge_embedding_loss", input, target)
    x: Any = operand(input)
    y = array_of(target)
    losses = np.where(y != 1, clamp(margin - x, min=0), 0) + np.where(y != -1, x, 0)
    return reduce_losses(losses, reduction, size_average, reduce)


@named("F")
def margin_ranking_loss(
    input1: TensorLike,
    input2: TensorLike,
    target: TensorLike,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Loss of two scores of which one should be larger, max(0, margin − y · (x1 − x2)).

    Parameters
    ----------
    input1, input2 : (...)
        Scores.
    target : (...)
        1 where the first should be larger, −1 where the second should be.
    margin
        Difference from which there is no loss.
    """
    x1: Any = operand(input1)
    y = as_floats(target, x1.dtype)
    losses = clamp(margin - y * (x1 - operand(input2)), min=0)
    return reduce_losses(losses, reduction, size_average, reduce)


def _rows_and_classes(
    name: str, input: TensorLike, target_ndim: int
) -> tuple[Any, tuple[int, ...]]:
    """Return the scores as (N, C), and the shape of the unreduced losses."""
    x: Any = operand(input)
    if x.ndim > 2 or target_ndim not in (max(x.ndim - 1, 0), x.ndim):
        raise ValueError(f"{name}: input {tuple(x.shape)}: it must be (N, C) or (C,)")
    lead = tuple(x.shape[:-1])
    return np.reshape(x, (*(lead or (1,)), x.shape[-1] if x.ndim else 1)), lead


@named("F")
def multi_margin_loss(
    input: TensorLike,
    target: TensorLike,
    p: int = 1,
    margin: float = 1.0,
    weight: TensorLike | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Hinge loss of several classes, Σ_{i ≠ y} max(0, margin − x[y] + x[i])ᵖ / C.

    Parameters
    ----------
    input : (N, C) or (C,)
        Scores.
    target : (N,) or () integers
        Class of each item.
    p
        1 or 2.
    margin
        Difference of scores from which there is no loss.
    weight : (C,)
        Factor of the losses of each target class.
    """
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: p is {p}: use 1 or 2")
    y = array_of(target)
    x, shape = _rows_and_classes("multi_margin_loss", input, y.ndim)
    y = y.reshape(-1)
    check_indices("multi_margin_loss", "target", y, x.shape[1])
    items = np.arange(len(y))
    losses = relu(margin - np.expand_dims(x[items, y], 1) + x)
    losses = losses if p == 1 else np.square(losses)
    is_other = np.ones(x.shape, bool)
    is_other[items, y] = False
    losses = np.sum(losses * is_other, axis=1) / x.shape[1]
    if weight is not None:
        losses = losses * as_floats(weight, x.dtype)[y]
    return reduce_losses(np.reshape(losses, shape), reduction, size_average, reduce)


@named("F")
def multilabel_margin_loss(
    input: TensorLike,
    target: TensorLike,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Hinge loss of several labels, Σ max(0, 1 − (x[y] − x[i])) / C over labels y and others i.

    Parameters
    ----------
    input : (N, C) or (C,)
        Scores.
    target : (N, C) or (C,) integers
        Labels of each item, followed by −1 if there are fewer than C.
    """
    same_shape("multilabel_margin_loss", input, target)
    y = array_of(target)
    x, shape = _rows_and_classes("multilabel_margin_loss", input, y.ndim)
    y = y.reshape(x.shape)
    is_label = np.logical_and.accumulate(y >= 0, axis=1)
    labels = np.where(is_label, y, 0)
    check_indices("multilabel_margin_loss", "target", labels, x.shape[1])
    items = np.arange(len(y))[:, None]
    is_other = np.ones(x.shape, bool)
    is_other[np.broadcast_to(items, y.shape)[is_label], labels[is_label]] = False
    losses = relu(1 - np.expand_dims(x[items, labels], 2) + np.expand_dims(x, 1))
    losses = losses * (is_label[:, :, None] & is_other[:, None, :])
    losses = np.sum(losses, axis=(1, 2)) / x.shape[1]
    return reduce_losses(np.reshape(losses, shape), reduction, size_average, reduce)


# --- of similarities and distances --------------------------------------------------------------


@named("F")
def cosine_embedding_loss(
    input1: TensorLike,
    input2: TensorLike,
    target: TensorLike,
    margin: float = 0.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Loss of cosine similarities: 1 − cos where the target is 1, max(0, cos − margin) for −1.

    Parameters
    ----------
    input1, input2 : (N, D) or (D,)
        Vectors.
    target : (N,) or ()
        1 for similar pairs, −1 for dissimilar ones.
    margin
        Similarity up to which a dissimilar pair has no loss.
    """
    x1: Any = operand(input1)
    x2: Any = operand(input2)
    y = array_of(target)
    if y.ndim != x1.ndim - 1 or x1.ndim != x2.ndim:
        raise ValueError(
            f"cosine_embedding_loss: input1 {x1.shape}, input2 {x2.shape} and target {y.shape}: "
            f"they must be (N, D), (N, D) and (N,), or (D,), (D,) and ()"
        )
    squares = [np.sum(np.square(x), axis=-1) + 1e-12 for x in (x1, x2)]
    cosine = np.sum(x1 * x2, axis=-1) / np.sqrt(squares[0] * squares[1])
    losses = np.where(y == 1, 1 - cosine, 0) + np.where(y == -1, clamp(cosine - margin, min=0), 0)
    return reduce_losses(losses, reduction, size_average, reduce)


@named("tg F")
def pairwise_distance(
    x1: TensorLike, x2: TensorLike, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Any:
    """Return the p-norm of x1 − x2 + eps along the last axis, (..., D) → (...).

    Examples
    --------
    >>> import numpy as np
    >>> round(float(pairwise_distance(np.zeros(2), np.array([3.0, 4.0]))), 4)
    5.0
    """
    difference = operand(x1) - x2 + eps
    return np.linalg.norm(difference, ord=p, axis=-1, keepdims=keepdim)


@named("F")
def triplet_margin_loss(
    anchor: TensorLike,
    positive: TensorLike,
    negative: TensorLike,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: Reduction = "mean",
) -> Any:
    """Loss of distances from an anchor, max(0, d(anchor, positive) − d(anchor, negative) + margin).

    Parameters
    ----------
    anchor, positive, negative : (N, D) or (D,)
        Vectors; the positive one should be closer to the anchor than the negative one.
    margin
        Difference of distances from which there is no loss.
    p, eps
        See :func:`pairwise_distance`.
    swap
        Whether to use d(positive, negative) in place of d(anchor, negative) where it is smaller
        (Balntas et al., "Learning shallow convolutional feature descriptors with triplet losses",
        2016).
    """

    def distance(a: Any, b: Any) -> Any:
        return pairwise_distance(a, b, p, eps)

    losses = _triplets(anchor, positive, negative, distance, margin, swap)
    return reduce_losses(losses, reduction, size_average, reduce)


@named("F")
def triplet_margin_with_distance_loss(
    anchor: TensorLike,
    positive: TensorLike,
    negative: TensorLike,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Any:
    """Loss of :func:`triplet_margin_loss` with a distance of one's own.

    Parameters
    ----------
    distance_function
        A function of two arrays of vectors that returns their distances; by default
        :func:`pairwise_distance`.
    margin
        Difference of distances from which there is no loss.
    swap
        See :func:`triplet_margin_loss`.
    """
    distance = distance_function or pairwise_distance
    losses = _triplets(anchor, positive, negative, distance, margin, swap)
    return reduce_losses(losses, reduction)


def _triplets(
    anchor: Any,
    positive: Any,
    negative: Any,
    distance: Callable[[Any, Any], Any],
    margin: float,
    swap: bool,
) -> Any:
    if margin <= 0:
        raise ValueError(f"triplet_margin_loss: margin is {margin}: it must be positive")
    far = distance(anchor, negative)
    if swap:
        far = np.minimum(far, distance(positive, negative))
    return clamp(margin + distance(anchor, positive) - far, min=0)
