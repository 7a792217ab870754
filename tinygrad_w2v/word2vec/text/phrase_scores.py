"""Scores of phrases: how much more often words occur together than by chance."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping


def original_score(
    a: int, b: int, together: int, *, vocabulary: int, min_count: float, words: int
) -> float:
    """Return word2phrase's score, ``(together - min_count) / (a * b) * vocabulary``.

    Source: Mikolov et al. 2013, arXiv 1310.4546, equation 6, with the factor that gensim uses.

    Parameters
    ----------
    a, b, together
        Number of occurrences of the first and the last word, and of the phrase.
    vocabulary
        Number of distinct words and candidate phrases.
    min_count
        The least count of a phrase.
    words
        Number of words of the text; not used.
    """
    return (together - min_count) / (a * b) * vocabulary


def npmi_score(
    a: int, b: int, together: int, *, vocabulary: int, min_count: float, words: int
) -> float:
    """Return the normalized pointwise mutual information of two words, from −1 to 1.

    Source: Bouma 2009, "Normalized (pointwise) mutual information in collocation extraction". It
    is minus infinity for phrases that occur fewer than `min_count` times. See
    :func:`original_score` for the parameters.
    """
    if together < min_count or together == words:
        return -math.inf
    joint = together / words
    return math.log(joint / (a / words * (b / words))) / -math.log(joint)


SCORES: Mapping[str, Callable[..., float]] = {"default": original_score, "npmi": npmi_score}
"""The scores by name."""
