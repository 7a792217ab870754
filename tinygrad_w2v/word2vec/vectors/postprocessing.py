"""Linear maps of trained word vectors: whitening, and removal of the largest components.

A few directions, common to all words or separating frequent from rare words, dominate every cosine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import integer

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


def without_top_components(vectors: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.float32]:
    """Subtract the mean and the projections on the first `count` principal components.

    With X the vectors minus their mean, and U (D, count) the eigenvectors of XᵀX with the largest
    eigenvalues, the result is X − X U Uᵀ. Source: Mu and Viswanath 2018, "All-but-the-Top: Simple
    and Effective Postprocessing for Word Representations", arXiv 1702.01417, who use D / 100.

    `vectors` and the result are (V, D); 0 only subtracts the mean.
    """
    dim = vectors.shape[1]
    if integer("count", count, least=0) >= dim:
        raise InputError(f"count is {count}: of {dim} components, fewer must be removed")
    mean = vectors.mean(axis=0, dtype=np.float64)
    _, directions = np.linalg.eigh(_second_moment(vectors, mean))
    top = directions[:, dim - count :]
    projection = np.eye(dim) - top @ top.T
    shift = (mean @ projection).astype(np.float32)
    return vectors @ projection.astype(np.float32) - shift  # type: ignore[no-any-return]


def _second_moment(
    vectors: npt.NDArray[np.float32], mean: npt.NDArray[np.float64] | float = 0.0
) -> npt.NDArray[np.float64]:
    """Return XᵀX / V in float64, where X are the vectors minus `mean`."""
    width = vectors.shape[1]
    moment = np.zeros((width, width))
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK].astype(np.float64) - mean
        moment += block.T @ block
    return moment / len(vectors)
