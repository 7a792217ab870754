"""Logistic losses of scores, and their slopes, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.kernels.backend import kernel


@kernel
def logistic_losses(scores: Any, counts: Any) -> tuple[Any, Any]:
    """Return Σ count·log(1 + exp(score)) over the last axis, and its derivative by each score.

    Written in functions that NumPy dispatches, so that scores may be a Tensor.

    Parameters
    ----------
    scores : (G, B, K)
    counts : (G, B, K)
        What each score's loss counts for; 0 leaves it out.

    Returns
    -------
    losses : (G, B)
    slopes : (G, B, K)
        count·σ(score).
    """
    decay = np.exp(-np.abs(scores))  # never overflows
    losses = np.vecdot(np.maximum(scores, 0) + np.log1p(decay), counts)
    slopes = np.where(np.less(scores, 0), decay, 1) / (1 + decay) * counts
    return losses, slopes
