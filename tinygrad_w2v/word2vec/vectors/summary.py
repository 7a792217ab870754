"""A summary of vectors: sizes, norms, and how evenly they use their dimensions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.word2vec.vectors.queries import Queries

_SAMPLE = 20_000  # rows that the norms and directions are computed from


class Summary(NamedTuple):
    """Properties of vectors.

    Attributes
    ----------
    words, dimensions
        Numbers V and D.
    counts
        Whether the numbers of occurrences are known.
    least_norm, median_norm, largest_norm
        Norms of the vectors.
    zero_vectors
        Number of vectors of zeros.
    effective_dimensions
        D if the variance is equal in all directions, and 1 if it is in one: with λ the eigenvalues
        of the covariance, ``(Σ λ)² / Σ λ²``.
    mean_cosine
        Mean cosine of two words; near 0 unless all vectors share a direction.
    first_words
        The first words, usually the most frequent ones.

    The norms and the three values after them are of the first 20,000 words.
    """

    words: int
    dimensions: int
    counts: bool
    least_norm: float
    median_norm: float
    largest_norm: float
    zero_vectors: int
    effective_dimensions: float
    mean_cosine: float
    first_words: list[str]


def summarize(kv: Queries) -> Summary:
    """Return a summary of vectors.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec.vectors import KeyedVectors
    >>> summarize(KeyedVectors(["a", "b"], [[3, 4], [0, 0]])).zero_vectors
    1
    """
    sample = np.asarray(kv.vectors[:_SAMPLE], np.float64)
    norms = np.linalg.norm(sample, axis=1)
    moment = np.cov(sample.T, bias=True).reshape(kv.dim, kv.dim)
    variance: Any = np.trace(moment)
    mean = kv.get_unit_vectors(slice(_SAMPLE)).mean(axis=0, dtype=np.float64)
    count = len(sample)
    pairs = max(count * (count - 1), 1)
    return Summary(
        words=len(kv),
        dimensions=kv.dim,
        counts=kv.counts is not None,
        least_norm=float(norms.min()),
        median_norm=float(np.median(norms)),
        largest_norm=float(norms.max()),
        zero_vectors=int(np.count_nonzero(norms == 0)),
        effective_dimensions=float(variance**2 / (moment**2).sum()) if variance else 0.0,
        mean_cosine=float((mean @ mean * count**2 - np.count_nonzero(norms)) / pairs),
        first_words=list(kv.words[:10]),
    )
