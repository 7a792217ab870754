"""The losses of skip-gram over a run of text: each word against its window, and its negatives."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel
from tinygrad_w2v.kernels.negative_sampling import (
    block_scores,
    logistic_losses,
    write_block_gradients,
)
from tinygrad_w2v.kernels.rows import in_blocks, take_rows
from tinygrad_w2v.kernels.windows import (
    first_invalid_window,
    join_windows,
    view_windows,
    window_bands,
)


@kernel
def skip_gram_with_gradients(
    hidden: Array,
    weight: Array,
    tokens: Array,
    left: Array,
    right: Array,
    negatives: Array,
    negative_weight: float,
) -> tuple[float, Array, Array, Array] | None:
    """Return the sum of the losses of all pairs of a run, and its gradients.

    Parameters
    ----------
    hidden, weight : (T, D), (V, D)
        The vectors, and the table that the words of the windows and the negatives are rows of.
    tokens, left, right : (T,) integers
        The run, and the sizes of each word's window to either side.
    negatives : (G, K) integers
        A row for each block of T / G words, rounded up.
    negative_weight
        The weight of a negative in each pair.

    Returns
    -------
    loss, grad_hidden, rows, grad_rows
        As by :func:`negative_sampling_with_gradients`, for the tokens in place of targets; None
        instead if a token or a negative is outside the table, or a window exceeds the run.
    """
    if first_invalid_window(left, right) >= 0:
        return None
    outputs, negative_rows = take_rows(weight, tokens), take_rows(weight, negatives)
    if outputs is None or negative_rows is None:
        return None
    count = len(tokens)
    scores = block_scores(hidden, negative_rows)
    negative_loss, grad_scores = window_negatives(
        scores, tokens, left, right, negatives, negative_weight
    )
    grad_hidden = np.empty(hidden.shape, hidden.dtype)
    grad_rows = np.empty((count + negatives.size, hidden.shape[1]), weight.dtype)
    grad_rows[:count].fill(0)
    grad_negatives = grad_rows[count:].reshape(negative_rows.shape)
    write_block_gradients(grad_scores, hidden, negative_rows, grad_hidden, grad_negatives)
    window_loss = window_logistic(hidden, outputs, left, right, grad_hidden, grad_rows[:count])
    rows = np.concatenate([tokens, negatives.reshape(-1)])
    return window_loss + negative_loss, grad_hidden, rows, grad_rows


def window_logistic(
    rows: Array, others: Array, left: Array, right: Array, grad_rows: Array, grad_others: Array
) -> float:
    """Return Σ log(1 + exp(−rows[i]·others[j])) over all j in i's window.

    All matrices are (T, D). The gradients are added to the last two in place.
    """
    band = window_bands(left, right, rows.dtype)
    blocks, block, _ = band.shape
    row_blocks, windows = in_blocks(rows, blocks, block), view_windows(others, band.shape)
    scores = np.matmul(row_blocks, windows.transpose(0, 2, 1))
    losses, grad_scores = logistic_losses(-scores, band)
    np.negative(grad_scores, out=grad_scores)
    added = np.matmul(grad_scores, windows).reshape(blocks * block, rows.shape[1])
    grad_rows += added[: len(rows)]
    added = np.matmul(grad_scores.transpose(0, 2, 1), row_blocks)
    grad_others += join_windows(added, len(rows), band.shape)
    return float(losses.sum(dtype=np.float64))


def window_negatives(
    scores: Array, tokens: Array, left: Array, right: Array, negatives: Array, weight: float
) -> tuple[float, Array]:
    """Return the sum of the losses of all pairs against the negatives of their block.

    A negative does not count in a pair with the same word. The derivatives with respect to the
    scores, (G, block, K), are zero beyond the last word.
    """
    blocks, block, _ = scores.shape
    pairs = in_blocks(left + right, blocks, block)[:, :, None]
    matches = window_matches(tokens, left, right, negatives, block)
    losses, grad_scores = logistic_losses(scores, ((pairs - matches) * weight).astype(scores.dtype))
    return float(losses.sum(dtype=np.float64)), grad_scores


def window_matches(tokens: Array, left: Array, right: Array, negatives: Array, block: int) -> Array:
    """Count the occurrences of each negative in the window of each token.

    Row g of the negatives, (G, K), belongs to tokens ``g·block`` to ``(g + 1)·block − 1``. The
    counts are (G, block, K) int32.
    """
    matches = np.zeros((len(negatives), block, negatives.shape[1]), np.int32)
    position = np.arange(len(tokens))
    group, place = position // block, position % block
    for offset in range(-int(left.max(initial=0)), int(right.max(initial=0)) + 1):
        reached = (offset >= -left) & (offset <= right) if offset else left < 0
        here = position[reached]
        matches[group[here], place[here]] += tokens[here + offset, None] == negatives[group[here]]
    return matches
