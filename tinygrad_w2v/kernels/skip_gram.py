"""Skip-gram's losses over a run of text: of each word's window, and of its negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel
from tinygrad_w2v.kernels.blocks import block_scores, fill_block_gradients, in_blocks
from tinygrad_w2v.kernels.logistic import logistic_losses
from tinygrad_w2v.kernels.rows import take_rows
from tinygrad_w2v.kernels.windows import bands, cut_blocks, cut_windows, first_outside, join_windows

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"


@kernel
def summed_skip_gram(
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
    hidden : (T, D)
    weight : (V, D)
        The table that the words of the windows and the negatives are rows of.
    tokens, left, right : (T,) integers
        The run, and how far each word's window reaches.
    negatives : (G, K) integers
        A row for each block of T / G words, rounded up.
    negative_weight
        What a negative counts for in each pair.

    Returns
    -------
    loss
    by_hidden : (T, D)
    rows : (T + G·K,) integers
        The tokens, then the negatives.
    by_rows : (T + G·K, D)
        By each of these rows; the same row may be named again.

    None instead if a token or a negative is outside of the table, or a window of the run.
    """
    if first_outside(left, right) >= 0:
        return None
    outputs, theirs = take_rows(weight, tokens), take_rows(weight, negatives)
    if outputs is None or theirs is None:
        return None
    scores = block_scores(hidden, theirs)
    of_negatives, slopes = window_negatives(scores, tokens, left, right, negatives, negative_weight)
    by_hidden = np.empty(hidden.shape, hidden.dtype)
    by_rows = np.empty((len(tokens) + negatives.size, hidden.shape[1]), weight.dtype)
    by_tokens, by_negatives = by_rows[: len(tokens)], by_rows[len(tokens) :]
    by_tokens.fill(0)
    fill_block_gradients(slopes, hidden, theirs, by_hidden, by_negatives.reshape(theirs.shape))
    of_windows = window_logistic(hidden, outputs, left, right, by_hidden, by_tokens)
    rows = np.concatenate([tokens, negatives.reshape(-1)])
    return of_windows + of_negatives, by_hidden, rows, by_rows


def window_logistic(
    rows: Array, others: Array, left: Array, right: Array, by_rows: Array, by_others: Array
) -> float:
    """Return Σ log(1 + exp(−rows[i]·others[j])) over all j in i's window; add its gradients.

    Parameters
    ----------
    rows, others : (T, D)
    left, right : (T,) integers
        As for :func:`windows.window_sum`.
    by_rows, by_others : (T, D)
        What the gradients by `rows` and `others` are added to, in place.
    """
    band = bands(left, right, rows.dtype)
    mine, theirs = cut_blocks(rows, band.shape), cut_windows(others, band.shape)
    scores = np.matmul(mine, theirs.transpose(0, 2, 1))
    losses, slopes = logistic_losses(-scores, band)
    np.negative(slopes, out=slopes)
    added = np.matmul(slopes, theirs).reshape(len(band) * band.shape[1], rows.shape[1])
    by_rows += added[: len(rows)]
    added = np.matmul(slopes.transpose(0, 2, 1), mine)
    by_others += join_windows(added, len(rows), band.shape)
    return float(losses.sum(dtype=np.float64))


def window_negatives(
    scores: Array, tokens: Array, left: Array, right: Array, drawn: Array, weight: float
) -> tuple[float, Array]:
    """Return the losses of all pairs against the negatives of their block, and their slopes.

    Parameters
    ----------
    scores : (G, block, K)
        Of each word with the words drawn for its block; may be overwritten.
    tokens, left, right : (T,) integers
        The run. All words of a window are paired with the word in its middle.
    drawn : (G, K) integers
        In a pair with the same word, one does not count.
    weight
        What a negative counts for in each pair.

    Returns
    -------
    loss
    slopes : (G, block, K)
        By the scores; zeros beyond the last word.
    """
    pairs = in_blocks(left + right, len(drawn))[:, :, None]
    matches = window_matches(tokens, left, right, drawn, scores.shape[1])
    losses, slopes = logistic_losses(scores, ((pairs - matches) * weight).astype(scores.dtype))
    return float(losses.sum(dtype=np.float64)), slopes


def window_matches(tokens: Array, left: Array, right: Array, drawn: Array, block: int) -> Array:
    """Count, for each token, in how many places of its window each drawn word stands.

    Parameters
    ----------
    tokens, left, right : (T,) integers
    drawn : (G, K) integers
        Row g belongs to tokens ``g·block`` to ``(g + 1)·block − 1``.

    Returns
    -------
    (G, block, K) int32
    """
    shape = (len(drawn), block, drawn.shape[1])
    matches = np.zeros(shape, np.int32)
    position = np.arange(len(tokens))
    group, place = position // block, position % block
    for offset in range(-int(left.max(initial=0)), int(right.max(initial=0)) + 1):
        reached = (offset >= -left) & (offset <= right) if offset else left < 0
        here = position[reached]
        matches[group[here], place[here]] += tokens[here + offset, None] == drawn[group[here]]
    return matches
