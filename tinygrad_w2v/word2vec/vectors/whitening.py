"""Partial or full whitening of word vectors.

A few directions, common to all words or separating frequent from rare words, dominate every cosine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BLOCK = 1024  # rows converted to float64 at a time


def whitened(vectors: npt.NDArray[np.float32], degree: float) -> npt.NDArray[np.float32]:
    """Divide each principal direction by its singular value to the power of `degree`.

    With X the vectors and XᵀX = Q Λ Qᵀ, the result is X Q Λ^(−degree/2) Qᵀ, scaled to preserve the
    mean squared norm. The mean is not subtracted. Source: Artetxe et al. 2018, "Uncovering
    divergent linguistic information in word embeddings", arXiv 1809.02094, with α = −degree/2; the
    rotation Qᵀ changes no cosine and preserves the axes.

    `vectors` and the result are (V, D); degree 0 changes nothing, 1 equalizes the variances.
    """
    eigenvalues, directions = np.linalg.eigh(_second_moment(vectors))
    # A direction without variance is unchanged: its eigenvalue is rounding error.
    smallest = eigenvalues[-1] * len(eigenvalues) * np.finfo(np.float64).eps
    factor = np.ones_like(eigenvalues)
    np.power(eigenvalues, -degree / 2, where=eigenvalues > smallest, out=factor)
    after = (eigenvalues * factor**2).sum()
    if after > 0:
        factor *= np.sqrt(eigenvalues.sum() / after)
    transform = (directions * factor) @ directions.T
    return vectors @ transform.astype(np.float32)  # type: ignore[no-any-return]


def _second_moment(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Return XᵀX / V in float64."""
    width = vectors.shape[1]
    moment = np.zeros((width, width))
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64)
        moment += block.T @ block
    return moment / len(vectors)
