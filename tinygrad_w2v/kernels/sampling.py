"""The losses of negative sampling, and their gradients, where blocks share their negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel
from tinygrad_w2v.kernels.blocks import block_gradients, block_scores, in_blocks
from tinygrad_w2v.kernels.logistic import logistic_losses
from tinygrad_w2v.kernels.rows import take_rows

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"


@kernel
def summed_sampling(
    hidden: Array, weight: Array, target: Array, negatives: Array, negative_weight: float
) -> tuple[float, Array, Array, Array] | None:
    """Return the sum of the losses of all predictions, and its gradients.

    Parameters
    ----------
    hidden : (B, D)
    weight : (V, D)
        The table that targets and negatives are rows of.
    target, negatives, negative_weight
        As for :func:`sampling_losses`.

    Returns
    -------
    loss
    by_hidden : (B, D)
    rows : (B + G·K,) integers
        The targets, then the negatives.
    by_rows : (B + G·K, D)
        By each of these rows; the same row may be named again.

    None instead if a target or a negative is outside of the table.
    """
    target_rows, negative_rows = take_rows(weight, target), take_rows(weight, negatives)
    if target_rows is None or negative_rows is None:
        return None
    read = (hidden, target_rows, negative_rows)
    losses, target_slopes, slopes = sampling_losses(*read, target, negatives, negative_weight)
    each = np.ones(len(target), hidden.dtype)
    by_hidden, by_rows = sampling_gradients(each, *read, target_slopes, slopes)
    rows = np.concatenate([target, negatives.reshape(-1)])
    return float(losses.sum(dtype=np.float64)), by_hidden, rows, by_rows


def sampling_losses(
    hidden: Any,
    target_rows: Any,
    negative_rows: Any,
    target: Array,
    negatives: Array,
    negative_weight: float,
) -> tuple[Any, Any, Any]:
    """Return the loss of each prediction, and its derivatives by its scores.

    Written in functions that NumPy dispatches, so that the first three may be Tensors.

    Parameters
    ----------
    hidden, target_rows : (B, D)
    negative_rows : (G, K, D)
        With fewer of them than predictions, each is shared by a block of B / G, rounded up.
    target : (B,) integers
    negatives : (G, K) integers
        One that equals the target does not count.
    negative_weight
        What each negative counts for.

    Returns
    -------
    losses : (B,)
    target_slopes : (B,)
        By the scores of the targets.
    slopes : (G, block, K)
        By the scores of the negatives; without meaning beyond the last prediction.
    """
    scores = block_scores(hidden, negative_rows)
    others = in_blocks(target, len(negatives))[:, :, None] != negatives[:, None, :]
    counts = np.multiply(others, negative_weight, dtype=hidden.dtype)
    of_negatives, slopes = logistic_losses(scores, counts)
    of_target, target_slopes = logistic_losses(
        -np.vecdot(hidden, target_rows)[:, None], np.ones((len(target), 1), hidden.dtype)
    )
    losses = of_target + np.reshape(of_negatives, -1)[: len(target)]
    return losses, -target_slopes[:, 0], slopes


def sampling_gradients(
    each: Any,
    hidden: Any,
    target_rows: Any,
    negative_rows: Any,
    target_slopes: Any,
    slopes: Any,
) -> tuple[Any, Any]:
    """Return the gradients of a weighted sum of the losses.

    Parameters
    ----------
    each : (B,)
        Weights of the losses.
    hidden, target_rows, negative_rows
        As for :func:`sampling_losses`.
    target_slopes, slopes
        What that returned.

    Returns
    -------
    by_hidden : (B, D)
    by_rows : (B + G·K, D)
        By the rows of the targets, then by those of the negatives.
    """
    blocks, shared, width = negative_rows.shape
    by_target = (each * target_slopes)[:, None]
    by_scores = slopes * in_blocks(each, len(slopes))[:, :, None]
    by_hidden, by_negatives = block_gradients(by_scores, hidden, negative_rows)
    by_rows = np.concatenate(
        [by_target * hidden, np.reshape(by_negatives, (blocks * shared, width))]
    )
    return by_target * target_rows + by_hidden, by_rows
