"""Whitening, in part or in full: how much stronger some directions of a table are than others.

A few directions in which all words are alike or common words differ from rare ones make up much
of every cosine. Evening them out brings words of the same kind nearer to each other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BLOCK = 1024  # rows that are converted to float64 at a time


def whitened(vectors: npt.NDArray[np.float32], share: float) -> npt.NDArray[np.float32]:
    """Divide each principal direction by its strength to the power of `share`.

    With X the vectors and XᵀX = Q Λ Qᵀ, the result is X Q Λ^(−share/2) Qᵀ, times a number that
    keeps the mean square length. The mean is not taken off. Source: Artetxe et al. 2018,
    "Uncovering divergent linguistic information in word embeddings", arXiv 1809.02094, with
    α = −share/2; turned back by Qᵀ, which changes no cosine and keeps each axis in its place.

    Parameters
    ----------
    vectors : (V, D)
    share
        0 for the vectors as they are, 1 for directions that are all equally strong.

    Returns
    -------
    (V, D)
    """
    strength, directions = np.linalg.eigh(_second_moment(vectors))
    # A direction that no vector has is left alone: what stands there is rounding.
    is_there = strength > strength[-1] * len(strength) * np.finfo(np.float64).eps
    factor = np.power(strength, -share / 2, where=is_there, out=np.ones_like(strength))
    after = (strength * factor**2).sum()
    if after > 0:
        factor *= np.sqrt(strength.sum() / after)
    transform = (directions * factor) @ directions.T
    result: npt.NDArray[np.float32] = vectors @ transform.astype(np.float32)
    return result


def _second_moment(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return XᵀX / V in float64."""
    width = vectors.shape[1]
    moment = np.zeros((width, width))
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        moment += block.T @ block
    return moment / len(vectors)
