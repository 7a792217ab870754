"""Skip-gram over a run of text: every word against the words of its window, and negatives.

The pairs of a run share their words: as arrays of pairs, each word's row would be read and its
gradient added up some ten times. Here a word's scores with its window are a band of one matrix
product for each block of words, and all its pairs share their negatives.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.kernels.blocks import block_gradients, block_scores
from tinygrad_w2v.kernels.skip_gram import window_logistic, window_negatives
from tinygrad_w2v.ops.context_window import check_window
from tinygrad_w2v.ops.embedding import embedding


def _window_sampling(
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

    The same as :func:`negative_sampling` of all pairs (word, word in its window) in a run, where
    the pairs of a word share the negatives of its block.

    Parameters
    ----------
    hidden : (T, D)
        A vector for each word of the run.
    weight : (V, D)
        The output table.
    tokens : (T,) integers
        The words of the run.
    left, right : (T,) integers
        How far each word's window reaches; within the run.
    negatives : (G, K) integers
        A row for each of G blocks of T / G words, rounded up.
    negative_weight
        What each negative counts for. One that equals the other word of a pair does not count
        in that pair.
    reduction
        ``"mean"`` or ``"sum"`` over the pairs.

    Returns
    -------
    loss
        A single value. Both gradients are worked out with it, so it can be differentiated once.
    """
    tokens, negatives = np.asarray(tokens), np.asarray(negatives)
    left, right = check_window("window_sampling", hidden, left, right)
    if negatives.ndim != 2 or not 0 < len(negatives) <= len(tokens):
        raise ValueError(
            f"negatives {negatives.shape}: they must be (G, K) with 1 ≤ G ≤ {len(tokens)}, a row "
            f"for each block of words"
        )
    pairs = int((left + right).sum())
    outputs = embedding(weight, tokens)
    loss, by_hidden, by_outputs = window_logistic(hidden, outputs, left, right)
    others, by_hidden_too, by_negatives = _negative_part(
        hidden, weight, tokens, left, right, negatives, negative_weight
    )
    by_hidden += by_hidden_too
    rows = np.concatenate([tokens, negatives.reshape(-1)])
    values = np.concatenate([by_outputs, by_negatives])
    scale = 1.0 / max(pairs, 1) if reduction == "mean" else 1.0
    total = np.asarray((loss + others) * scale, hidden.dtype)
    return total, (by_hidden, rows, values, scale)


def _negative_part(
    hidden: Array,
    weight: Array,
    tokens: Array,
    left: Array,
    right: Array,
    negatives: Array,
    negative_weight: float,
) -> tuple[float, Array, Array]:
    """Return the negatives' loss, and its gradients by the hidden vectors and the negatives."""
    theirs = embedding(weight, negatives)
    scores = block_scores(hidden, theirs)
    loss, slopes = window_negatives(scores, tokens, left, right, negatives, negative_weight)
    by_hidden, by_negatives = block_gradients(slopes, hidden, theirs)
    return loss, by_hidden, by_negatives.reshape(negatives.size, hidden.shape[1])


def _samples(rng: np.random.Generator) -> list[Sample]:
    samples = []
    for count, blocks in ((6, 2), (70, 3), (1, 1)):
        before = np.arange(count)
        radius = rng.integers(0, 4, count)
        samples.append(
            Sample(
                rng.normal(size=(count, 3)),
                rng.normal(size=(5, 3)),
                rng.integers(5, size=count),
                np.minimum(radius, before),
                np.minimum(radius, before[::-1]),
                rng.integers(5, size=(blocks, 4)),
                negative_weight=0.5,
                reduction="mean" if count == 6 else "sum",
            )
        )
    return samples


window_sampling = op(_window_sampling, residuals=True, order=1, samples=_samples)


@window_sampling.backward("hidden", "weight")
def _gradients(g: Any, needs: Any, shapes: Any, residuals: Any) -> tuple[Any, Any]:
    by_hidden, rows, values, scale = residuals
    factor = g * scale
    g_weight = RowSparse(rows, values * factor, shapes.weight) if needs.weight else None
    return by_hidden * factor if needs.hidden else None, g_weight
