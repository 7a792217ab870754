"""Subsampling of frequent words: how likely each word's occurrences are to be kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.validation import within


def keep_probability(counts: ArrayLike, sample: float | None) -> NDArray[np.float64]:
    """Return the probability of keeping one occurrence of each word.

    This is the rule of the word2vec program, ``min(1, (sqrt(f / t) + 1) * t / f)``, where ``f``
    is the word's share of the text and ``t`` is `sample`. It is not the formula printed in the
    paper (Mikolov et al., 2013, arXiv 1310.4546, section 2.3), which drops a little more.

    Parameters
    ----------
    counts
        How often each word occurs, shape (V,).
    sample
        The threshold ``t``, from 0 to 1; usual values are 1e-3 to 1e-5. A word whose share is
        above about ``2.6 * t`` is dropped sometimes. 0 or None keeps every word.

    Returns
    -------
    probabilities : ndarray of float64, shape (V,)

    Raises
    ------
    InputError
        If `sample` is not from 0 to 1, or a count is negative.

    Examples
    --------
    >>> keep_probability([900, 90, 10], sample=0.09)
    array([0.41622777, 1.        , 1.        ])
    """
    occurrences = np.asarray(counts, dtype=np.float64)
    if occurrences.size and occurrences.min() < 0:
        raise InputError(f"counts must not be negative, found {occurrences.min():g}")
    threshold = 0.0 if sample is None else sample
    within(0, 1, sample=threshold)
    total = occurrences.sum()
    probabilities = np.ones_like(occurrences)
    if threshold == 0 or total == 0:
        return probabilities
    seen = occurrences > 0
    ratio = threshold * total / occurrences[seen]
    probabilities[seen] = np.minimum(1.0, np.sqrt(ratio) + ratio)
    return probabilities
