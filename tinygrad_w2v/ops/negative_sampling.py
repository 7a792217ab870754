"""Negative sampling: the loss that replaces the softmax over the whole vocabulary.

Each target is discriminated from a few random words, the negatives (Mikolov et al. 2013,
"Distributed representations of words and phrases and their compositionality", arXiv 1310.4546,
equation 4). The negatives are an input, so that the op is pure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import Sample
from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.negative_sampling import (
    negative_sampling_with_gradients,
    sampling_gradients,
    sampling_losses,
)
from tinygrad_w2v.ops.embedding import embedding_rows
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.loss import Reduction, reduce_losses


class Gradients(NamedTuple):
    """The gradients of the summed loss, precomputed in the forward pass with the rows in the cache.

    They are read-only: if the loss's cotangent is 1, as in training, they are passed on without a
    copy, and a graph that is retained reads them again.
    """

    rows: Array
    grad_hidden: Array
    grad_rows: Array


def precomputed(rows: Array, grad_hidden: Array, grad_rows: Array) -> Gradients:
    """Return the gradients, marked read-only."""
    grad_hidden.setflags(write=False)
    grad_rows.setflags(write=False)
    return Gradients(rows, grad_hidden, grad_rows)


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


@op(names="F", residuals=True, samples=_samples)
def negative_sampling(
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
        A vector for each prediction.
    weight : (V, D)
        The output table, a row for each word. Its gradient is row-sparse.
    target : (B,) integers
        The words to predict.
    negatives : (G, K) integers
        Random words. With G = B each target has K of its own. With fewer rows, each is shared by
        B / G consecutive targets (rounded up), so that the scores and both gradients are matrix
        products. A negative that equals the target does not count.
    negative_weight
        The factor c: k / K, for the weight of k negatives with K shared ones.
    reduction
        ``"mean"`` or ``"sum"`` over the B losses, or ``"none"``.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> h, W = np.zeros((1, 2)), np.zeros((5, 2))
    >>> float(tg.nn.functional.negative_sampling(h, W, [3], [[0, 1]]))  # 3 · log 2
    2.0794...
    """
    target, negatives = np.asarray(target), np.asarray(negatives)
    _check_shapes(hidden, weight, target, negatives)
    are_arrays = isinstance(hidden, np.ndarray) and isinstance(weight, np.ndarray)
    if reduction not in ("mean", "sum") or not are_arrays or not MODE.enabled:
        _check_rows(weight, target, negatives)
        read = embedding_rows(weight, target), embedding_rows(weight, negatives)
        losses, *grad_scores = sampling_losses(hidden, *read, target, negatives, negative_weight)
        return reduce_losses(losses, reduction), (*read, *grad_scores)
    are_integers = target.dtype.kind in "iu" and negatives.dtype.kind in "iu"
    arguments = (hidden, weight, target, negatives, negative_weight)
    found: Any = negative_sampling_with_gradients(*arguments) if are_integers else None
    if found is None:
        _check_rows(weight, target, negatives)
    total, grad_hidden, rows, grad_rows = found
    count = len(target) if reduction == "mean" else 1
    loss = np.asarray(total / count if count else np.nan, hidden.dtype)
    return loss, precomputed(rows, grad_hidden, grad_rows)


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
    cotangent = g / len(target) if reduction == "mean" else g
    if isinstance(residuals, Gradients):
        return scaled_gradients(cotangent, needs, shapes, residuals)
    target, negatives = np.asarray(target), np.asarray(negatives)
    if reduction != "none":
        cotangent = cotangent * np.ones(len(target), hidden.dtype)
    grad_hidden, grad_rows = sampling_gradients(cotangent, hidden, *residuals)
    rows = np.concatenate([target, np.reshape(negatives, -1)])
    return scaled_gradients(1, needs, shapes, Gradients(rows, grad_hidden, grad_rows))


def scaled_gradients(
    factor: Any, needs: Any, shapes: Any, gradients: Gradients
) -> tuple[Any, RowSparse | None]:
    """Return the gradients of the hidden vectors and of the table, times the loss's cotangent."""
    rows, grad_hidden, grad_rows = gradients
    if factor != 1:
        grad_hidden, grad_rows = grad_hidden * factor, grad_rows * factor
    grad_weight = RowSparse(rows, grad_rows, shapes.weight) if needs.weight else None
    return grad_hidden if needs.hidden else None, grad_weight
