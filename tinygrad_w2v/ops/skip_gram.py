"""Skip-gram with negative sampling over a run of text: each word against its window's words.

The pairs of a run share their words: with arrays of pairs, each word's row would be read, and its
gradient added up, about ten times. Here a word's scores with its window are a band of a matrix
product for each block of words, and all its pairs share their negatives.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import Sample
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.skip_gram import skip_gram_with_gradients
from tinygrad_w2v.kernels.windows import first_invalid_window
from tinygrad_w2v.ops.context_window import random_windows, window_error, window_sides
from tinygrad_w2v.ops.indexing import check_indices
from tinygrad_w2v.ops.negative_sampling import precomputed, scaled_gradients


def _samples(rng: np.random.Generator) -> list[Sample]:
    samples = []
    for count, blocks in ((6, 2), (70, 3), (1, 1)):
        hidden, weight = rng.normal(size=(count, 3)), rng.normal(size=(5, 3))
        tokens, windows = rng.integers(5, size=count), random_windows(rng, count, 3)
        negatives = rng.integers(5, size=(blocks, 4))
        settings = {"negative_weight": 0.5, "reduction": "mean" if count == 6 else "sum"}
        samples.append(Sample(hidden, weight, tokens, *windows, negatives, **settings))
    return samples


@op(names="F", residuals=True, order=1, samples=_samples)
def skip_gram(
    hidden: Array,
    weight: Array,
    tokens: Array,
    left: Array,
    right: Array,
    negatives: Array,
    *,
    negative_weight: float = 1.0,
    reduction: Literal["mean", "sum"] = "mean",
) -> Any:
    """Negative-sampling loss of each word of a run against every word of its window.

    Equals :func:`negative_sampling` of all pairs (word, word in its window), where the pairs of a
    word share the negatives of its block. Both gradients are computed in the forward pass, so that
    it can be differentiated once.

    Parameters
    ----------
    hidden : (T, D)
        A vector for each word of the run.
    weight : (V, D)
        The output table. Its gradient is row-sparse.
    tokens, left, right : (T,) integers
        The run, and the size of each word's window to either side, within the run.
    negatives : (G, K) integers
        A row for each of G blocks of T / G words, rounded up. A negative that equals the other
        word of a pair does not count in that pair.
    negative_weight
        The weight of each negative.
    reduction
        ``"mean"`` or ``"sum"`` over the pairs.
    """
    tokens, negatives = np.asarray(tokens), np.asarray(negatives)
    left, right = window_sides("skip_gram", hidden, left, right)
    if weight.ndim != 2 or hidden.shape[1] != weight.shape[1] or tokens.shape != left.shape:
        raise ValueError(
            f"skip_gram: hidden {hidden.shape}, weight {weight.shape}, tokens "
            f"{tokens.shape}: hidden must be (T, D), weight (V, D) and tokens (T,)"
        )
    if negatives.ndim != 2 or not 0 < len(negatives) <= len(tokens):
        raise ValueError(
            f"skip_gram: negatives {negatives.shape}: they must be (G, K) with 1 ≤ G ≤ "
            f"{len(tokens)}, a row for each block of words"
        )
    if reduction not in ("mean", "sum"):
        raise ValueError(f"skip_gram: reduction is {reduction!r}: use 'mean' or 'sum'")
    are_integers = tokens.dtype.kind in "iu" and negatives.dtype.kind in "iu"
    arguments = (hidden, weight, tokens, left, right, negatives, negative_weight)
    found: Any = skip_gram_with_gradients(*arguments) if are_integers else None
    if found is None:
        if first_invalid_window(left, right) >= 0:
            raise window_error("skip_gram", left, right)
        check_indices("skip_gram", "tokens", tokens, len(weight))
        check_indices("skip_gram", "negatives", negatives, len(weight))
    total, grad_hidden, rows, grad_rows = found
    divisor = max(int((left + right).sum()), 1) if reduction == "mean" else 1
    residuals = precomputed(rows, grad_hidden, grad_rows), divisor
    return np.asarray(total / divisor, hidden.dtype), residuals


@skip_gram.backward("hidden", "weight")
def _gradients(g: Any, needs: Any, shapes: Any, residuals: Any) -> tuple[Any, Any]:
    gradients, divisor = residuals
    return scaled_gradients(g / divisor, needs, shapes, gradients)
