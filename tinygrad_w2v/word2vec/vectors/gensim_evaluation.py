"""Evaluation with the parameters and results of gensim's methods, p-values included."""

from __future__ import annotations

import math
import os
from typing import Any

from tinygrad_w2v.validation import one_of
from tinygrad_w2v.word2vec.vectors.evaluation import Method, answered, evaluate_pairs
from tinygrad_w2v.word2vec.vectors.queries import Queries

_METHODS: dict[str, Method] = {"most_similar": "3cosadd", "most_similar_cosmul": "3cosmul"}


def evaluate_word_pairs(
    self: Queries,
    pairs: str | os.PathLike[str],
    restrict_vocab: int | None = 300000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Return the correlation of cosines with human scores, in the form of gensim's results.

    :func:`evaluate_pairs` returns named values.

    Returns
    -------
    pearson, spearman
        Each the correlation and its two-sided p-value, by Student's t distribution.
    oov_ratio
        Percentage of the pairs that have an unknown word.
    """
    options: dict[str, Any] = {"restrict_vocab": restrict_vocab, "lowercase": case_insensitive}
    known = evaluate_pairs(self, pairs, **options)
    found = evaluate_pairs(self, pairs, dummy4unknown=True, **options) if dummy4unknown else known
    pearson, spearman = (
        (value, _p_value(value, found.pairs_used)) for value in (found.pearson, found.spearman)
    )
    return pearson, spearman, 100 * (1 - known.pairs_used / known.pairs_total)


def evaluate_word_analogies(
    self: Queries,
    analogies: str | os.PathLike[str],
    restrict_vocab: int | None = 300000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    similarity_function: str = "most_similar",
) -> tuple[float, list[dict[str, Any]]]:
    """Return the share of correct analogies, and the questions by section, in gensim's form.

    :func:`evaluate_analogies` returns named values.

    Parameters
    ----------
    analogies, restrict_vocab, case_insensitive
        See :func:`evaluate_analogies`.
    dummy4unknown
        Count questions with unknown words as incorrect, instead of omitting them.
    similarity_function
        ``"most_similar"`` or ``"most_similar_cosmul"``.

    Returns
    -------
    score
        Share of correct answers.
    sections
        For each section, and for ``"Total accuracy"``, a dict of ``section``, the name, and lists
        of ``correct`` and ``incorrect`` questions, in upper case if case is ignored.
    """
    one_of(list(_METHODS), similarity_function=similarity_function)
    method = _METHODS[similarity_function]
    sections: list[dict[str, Any]] = []
    total: dict[str, Any] = {"section": "Total accuracy", "correct": [], "incorrect": []}
    for name, questions, used, correct in answered(
        self, analogies, restrict_vocab, case_insensitive, method
    ):
        section: dict[str, Any] = {"section": name, "correct": [], "incorrect": []}
        for question, is_used, is_correct in zip(questions, used, correct, strict=True):
            if is_used or dummy4unknown:
                four = tuple(word.upper() if case_insensitive else word for word in question)
                section["correct" if is_correct else "incorrect"].append(four)
        for kind in ("correct", "incorrect"):
            total[kind] += section[kind]
        sections.append(section)
    count = len(total["correct"]) + len(total["incorrect"])
    return len(total["correct"]) / count if count else 0.0, [*sections, total]


def _p_value(correlation: float, count: int) -> float:
    """Return the two-sided p-value of a correlation of `count` pairs, by Student's t distribution.

    With t² = (n − 2) r² / (1 − r²), it is the regularized incomplete beta function
    I(1 − r²; (n − 2) / 2, 1 / 2).
    """
    if math.isnan(correlation) or count < 3:
        return math.nan if math.isnan(correlation) else 1.0
    return _incomplete_beta(max(0.0, 1 - correlation**2), (count - 2) / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Return I(x; a, b) by its continued fraction, DLMF 8.17.22, evaluated by Lentz's method."""
    if x <= 0 or x >= 1:
        return float(x > 0)
    if x > (a + 1) / (a + b + 2):  # where the fraction of the complement converges faster
        return 1 - _incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log1p(-x)
    value, c, d = 1.0, 1.0, 0.0
    for n in range(1, 1000):
        m = n // 2
        if n % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / (1 + term * d)
        c = 1 + term / c
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return math.exp(log_front) / (a * value)
