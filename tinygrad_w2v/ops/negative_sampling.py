"""Negative sampling: the loss that replaces the softmax over the whole vocabulary.

Instead of normalising over all words, each target is told apart from a few words drawn at random
(Mikolov et al. 2013, "Distributed representations of words and phrases and their
compositionality", arXiv 1310.4546, equation 4). The draws are an input: the op itself is pure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine.grad_mode import is_grad_enabled
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.negative_sampling import (
    negative_sampling_with_gradients,
    sampling_gradients,
    sampling_losses,
)
from tinygrad_w2v.ops.embedding import embedding
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.loss import Reduction, per_item, read_only, reduce_losses


def _negative_sampling(
    hidden: Array,
    weight: Array,
    target: Array,
    negatives: Array,
    *,
    negative_weight: float = 1.0,
    reduction: Reduction = "mean",
) -> Any:
    """−log σ(h·w_target) − c·Σ log σ(−h·w_negative), for each hidden vector.

    Parameters
    ----------
    hidden : (B, D)
        One vector for each prediction.
    weight : (V, D)
        The output table, one row a word.
    target : (B,) integers
        The words to predict.
    negatives : (G, K) integers
        Words that were drawn. With G = B each target has K of its own; with fewer rows, each is
        shared by B / G consecutive targets (rounded up), which turns the scores and both
        gradients into matrix products. A negative that equals the target does not count.
    negative_weight
        The factor c: with k negatives wanted and K shared ones, k / K.
    reduction
        ``"mean"`` or ``"sum"`` over the B losses, or ``"none"``.

    Returns
    -------
    loss
        A single value, or (B,) without reduction. The gradient of `weight` is row-sparse.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> h, W = np.zeros((1, 2)), np.zeros((5, 2))
    >>> float(tg.nn.functional.negative_sampling(h, W, [3], [[0, 1]]))  # 3 · log 2
    2.0794...
    """
    target, negatives = np.asarray(target), np.asarray(negatives)
    _check_shapes(hidden, weight, target, negatives)
    are_plain = isinstance(hidden, np.ndarray) and isinstance(weight, np.ndarray)
    if reduction == "none" or not are_plain or not is_grad_enabled():
        losses, scores = _scored(hidden, weight, target, negatives, negative_weight)
        return reduce_losses(losses, reduction), scores
    are_integers = target.dtype.kind in "iu" and negatives.dtype.kind in "iu"
    arguments = (hidden, weight, target, negatives, negative_weight)
    found = negative_sampling_with_gradients(*arguments) if are_integers else None
    if found is None:
        _check_rows(weight, target, negatives)
        raise AssertionError("unreachable: the check above says what is wrong")
    total, by_hidden, rows, by_rows = found
    count = len(target) if reduction == "mean" else 1
    loss = np.asarray(total / count if count else np.nan, hidden.dtype)
    return loss, _Gradients(rows, *read_only(by_hidden, by_rows))


class _Scores(NamedTuple):
    """What the gradients are made of, where each loss may have a factor of its own."""

    target_rows: Any
    negative_rows: Any
    target_slopes: Any
    slopes: Any


class _Gradients(NamedTuple):
    """The gradients of the sum of the losses, worked out with it while all is in the cache."""

    rows: Array
    by_hidden: Array
    by_rows: Array


def _scored(
    hidden: Any, weight: Any, target: Array, negatives: Array, negative_weight: float
) -> tuple[Any, _Scores]:
    """Return the losses, and what their gradients are made of, in functions that take Tensors."""
    _check_rows(weight, target, negatives)
    target_rows, negative_rows = embedding(weight, target), embedding(weight, negatives)
    losses, target_slopes, slopes = sampling_losses(
        hidden, target_rows, negative_rows, target, negatives, negative_weight
    )
    return losses, _Scores(target_rows, negative_rows, target_slopes, slopes)


def _check_rows(weight: Any, target: Array, negatives: Array) -> None:
    check_indices("negative_sampling", "target", target, len(weight))
    check_indices("negative_sampling", "negatives", negatives, len(weight))


def _check_shapes(hidden: Any, weight: Any, target: Array, negatives: Array) -> None:
    wrong = None
    if hidden.ndim != 2 or weight.ndim != 2 or hidden.shape[1] != weight.shape[1]:
        wrong = "hidden must be (B, D) and weight (V, D)"
    elif target.shape != hidden.shape[:1]:
        wrong = "target must be (B,)"
    elif negatives.ndim != 2 or not bool(len(target)) <= len(negatives) <= len(target):
        wrong = (
            "negatives must be (G, K) with 1 ≤ G ≤ B, a row for each target or for each block of "
            "targets"
        )
    if wrong:
        raise ValueError(
            f"negative_sampling: hidden {hidden.shape}, weight {weight.shape}, target "
            f"{target.shape}, negatives {negatives.shape}: {wrong}"
        )


def _samples(rng: np.random.Generator) -> list[Sample]:
    hidden, weight = rng.normal(size=(5, 3)), rng.normal(size=(6, 3))
    target = np.array([0, 2, 2, 5, 1])
    own = rng.integers(6, size=(5, 4))
    own[0] = [0, 0, 3, 3]  # the target itself, and a word drawn twice
    shared = rng.integers(6, size=(2, 7))
    return [
        Sample(hidden, weight, target, own),
        Sample(hidden, weight, target, own, reduction="sum"),
        Sample(hidden, weight, target, own, reduction="none"),
        Sample(hidden, weight, target, shared, negative_weight=0.5),
    ]


negative_sampling = op(
    _negative_sampling, names="F.negative_sampling", residuals=True, samples=_samples
)


@negative_sampling.backward("hidden", "weight")
def _gradients(
    g: Any,
    needs: Any,
    shapes: Any,
    hidden: Any,
    target: Any,
    negatives: Any,
    reduction: Reduction,
    residuals: Any,
) -> tuple[Any, Any]:
    if isinstance(residuals, _Gradients):
        rows, by_hidden, by_rows = residuals
        factor = per_item(g, reduction, len(target))
        if factor != 1:
            by_hidden, by_rows = by_hidden * factor, by_rows * factor
    else:
        target, negatives = np.asarray(target), np.asarray(negatives)
        each = per_item(g, reduction, len(target))
        if reduction != "none":
            each = each * np.ones(len(target), hidden.dtype)
        target_rows, negative_rows, *slopes = residuals
        by_hidden, by_rows = sampling_gradients(each, hidden, target_rows, negative_rows, *slopes)
        rows = np.concatenate([target, np.reshape(negatives, -1)])
    g_weight = RowSparse(rows, by_rows, shapes.weight) if needs.weight else None
    return by_hidden if needs.hidden else None, g_weight
