"""Logistic losses of scores, and their slopes, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np


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
    # No exponential below overflows, and none is chosen by the sign: with signs at random, a
    # selection costs more than ten exponentials' share of a vector instruction.
    above = np.maximum(scores, 0)
    below = np.subtract(scores, above)
    decay = np.exp(np.subtract(below, above))  # exp(-|score|)
    losses = np.vecdot(np.add(above, np.log1p(decay)), counts)
    slopes = np.exp(below) / (1 + decay) * counts
    return losses, slopes
