"""How good vectors are: correlation with human similarity judgements, and analogy questions.

The files are those of the field: WordSim-353 and SimLex-999 (two words and a score on a line) and
Google's questions-words.txt (four words on a line, in sections).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors.evaluation_files import Pair, read_analogies, read_pairs
from tinygrad_w2v.word2vec.vectors.keyed_vectors import KeyedVectors

_MISSING_SHOWN = 5
# Scores of a block of questions against all candidates: 8 M float32 are 32 MiB.
_BLOCK_SCORES = 1 << 23


@dataclass(frozen=True)
class PairsResult:
    """How well the cosines of pairs of words follow people's judgements of them.

    Attributes
    ----------
    name
        The name of the set of pairs, of its file as a rule.
    spearman, pearson
        The correlations, from -1 to 1; NaN with fewer than two pairs or constant values.
    pairs_used, pairs_total
        How many pairs had two known words, of how many.
    missing
        The words without a vector, each once.
    """

    name: str
    spearman: float
    pearson: float
    pairs_used: int
    pairs_total: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        if math.isnan(self.spearman):
            correlations = "no correlation: too few known pairs, or all alike"
        else:
            correlations = f"Spearman {self.spearman:.3f}, Pearson {self.pearson:.3f}"
        unknown = ""
        if self.missing:
            shown = ", ".join(self.missing[:_MISSING_SHOWN])
            dots = ", ..." if len(self.missing) > _MISSING_SHOWN else ""
            unknown = f"; {len(self.missing):,} unknown: {shown}{dots}"
        return (
            f"{self.name}: {correlations} "
            f"({self.pairs_used:,} of {self.pairs_total:,} pairs{unknown})"
        )


@dataclass(frozen=True)
class AnalogySection:
    """The questions of one kind: `correct` of the `used`, of `total` in the file."""

    name: str
    correct: int
    used: int
    total: int

    @property
    def accuracy(self) -> float:
        """The correct share of the questions used; NaN if none was."""
        return self.correct / self.used if self.used else math.nan

    def __str__(self) -> str:
        share = f"{self.accuracy:6.1%}" if self.used else "     -"
        return f"{share}  {self.correct:,} of {self.used:,} (in the file {self.total:,})"


@dataclass(frozen=True)
class AnalogiesResult:
    """How many analogy questions the vectors answer, section by section."""

    name: str
    sections: tuple[AnalogySection, ...]

    @property
    def overall(self) -> AnalogySection:
        """All sections taken together."""
        correct = sum(section.correct for section in self.sections)
        used = sum(section.used for section in self.sections)
        return AnalogySection("overall", correct, used, sum(s.total for s in self.sections))

    @property
    def accuracy(self) -> float:
        """The correct share of all questions used; NaN if none was."""
        return self.overall.accuracy

    def __str__(self) -> str:
        rows = [*self.sections, self.overall]
        width = max(len(row.name) for row in rows)
        return "\n".join([self.name, *(f"  {row.name:<{width}}  {row}" for row in rows)])


def evaluate_pairs(
    kv: KeyedVectors,
    pairs: str | os.PathLike[str] | Iterable[Pair],
    lowercase: bool = True,
) -> PairsResult:
    """Correlate the cosines of pairs of words with people's scores of them.

    Parameters
    ----------
    kv
        The vectors.
    pairs
        Triples (word, word, score), or a file of them: one on a line, between tabs or else white
        space. Lines that begin with ``#``, blank lines and a line of column titles at the top
        are skipped.
    lowercase
        Compare words without regard to case; of several spellings the first in `kv` counts.

    Raises
    ------
    InputError
        If the file cannot be read, holds no pairs, or has a line that is none; names the line.

    Notes
    -----
    Pairs with an unknown word are left out and counted. Spearman's rho is Pearson's correlation
    of the ranks, ties sharing their mean rank.

    Examples
    --------
    >>> kv = KeyedVectors(["cold", "cool", "hot"], np.array([[1, 0], [2, 1], [-1, 1]]))
    >>> print(evaluate_pairs(kv, [("cold", "cool", 9), ("cool", "hot", 4), ("cold", "hot", 2)]))
    pairs: Spearman 1.000, Pearson 0.999 (3 of 3 pairs)
    """
    name = "pairs"
    if isinstance(pairs, (str, os.PathLike)):
        name = Path(pairs).name
        pairs = read_pairs(pairs)
    triples = list(pairs)
    lookup = _lookup(kv.words, lowercase)
    asked = [[lookup.get(_folded(word, lowercase), -1) for word in two] for *two, _ in triples]
    rows = np.array(asked, np.intp).reshape(-1, 2)
    known = (rows >= 0).all(axis=1)
    first, second = kv.unit_vectors[rows[known].T]
    cosines = np.einsum("ij,ij->i", first, second, dtype=np.float64)
    scores = np.array([score for _, _, score in triples], np.float64)[known]
    words = dict.fromkeys(word for a, b, _ in triples for word in (a, b))
    return PairsResult(
        name=name,
        spearman=_pearson(_ranks(scores), _ranks(cosines)),
        pearson=_pearson(scores, cosines),
        pairs_used=len(scores),
        pairs_total=len(triples),
        missing=tuple(word for word in words if _folded(word, lowercase) not in lookup),
    )


def evaluate_analogies(
    kv: KeyedVectors,
    path: str | os.PathLike[str],
    restrict_vocab: int | None = 30000,
    lowercase: bool = True,
) -> AnalogiesResult:
    """Answer questions "a is to b as c is to ...?" by 3CosAdd and count the right answers.

    The answer is the word nearest to b − a + c, of unit vectors, other than a, b and c (Mikolov,
    Yih and Zweig, 2013, "Linguistic Regularities in Continuous Space Word Representations").

    Parameters
    ----------
    kv
        The vectors, the most frequent words first.
    path
        A file in the format of Google's questions-words.txt: four words on a line, below lines
        ``: name`` that begin a section.
    restrict_vocab
        Use only the first so many words, both as answers and in questions: a question with
        another word is left out. None takes all words.
    lowercase
        Compare words without regard to case; of several spellings the first in `kv` counts.

    Raises
    ------
    InputError
        If the file cannot be read, holds no questions, or has a line that is none; names the
        line.
    """
    if restrict_vocab is not None and restrict_vocab < 1:
        raise InputError(f"restrict_vocab must be at least 1 or None, got {restrict_vocab}")
    words = kv.words[:restrict_vocab]
    lookup = _lookup(words, lowercase)
    spelling = np.array([lookup[_folded(word, lowercase)] for word in words])
    sections = []
    for name, questions in read_analogies(path):
        rows = [[lookup.get(_folded(word, lowercase), -1) for word in four] for four in questions]
        asked = np.array(rows, np.intp).reshape(-1, 4)
        asked = asked[(asked >= 0).all(axis=1)]
        answers = _answers(kv.unit_vectors[: len(words)], asked[:, :3], spelling)
        correct = int(np.count_nonzero(answers == asked[:, 3]))
        sections.append(AnalogySection(name, correct, len(asked), len(questions)))
    return AnalogiesResult(Path(path).name, tuple(sections))


def _answers(
    unit: npt.NDArray[np.float32], asked: npt.NDArray[np.intp], spelling: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Return the row that 3CosAdd answers to each question; a block of questions at a time.

    Parameters
    ----------
    unit
        Shape (R, D), the candidates.
    asked
        Shape (Q, 3), the rows of a, b and c.
    spelling
        Shape (R,), for each row the row of the first word that is the same but for case.

    Returns
    -------
    answers
        Shape (Q,), as rows in `spelling`; -1 where no word is left to answer with.
    """
    answers = np.empty(len(asked), np.intp)
    block = max(1, _BLOCK_SCORES // len(unit))
    buffer = np.empty((min(block, len(asked)), len(unit)), np.float32)
    for start in range(0, len(asked), block):
        questions = asked[start : start + block]
        a, b, c = questions.T
        scores = np.matmul(unit[b] - unit[a] + unit[c], unit.T, out=buffer[: len(questions)])
        every = np.arange(len(questions))
        scores[every[:, np.newaxis], questions] = -np.inf
        best = scores.argmax(axis=1)
        while True:
            possible = scores[every, best] > -np.inf
            # Other spellings of a, b and c are no answers either; few, so struck out one by one.
            again = possible & (spelling[best, np.newaxis] == questions).any(axis=1)
            if not again.any():
                break
            scores[every[again], best[again]] = -np.inf
            best[again] = scores[again].argmax(axis=1)
        answers[start : start + block] = np.where(possible, spelling[best], -1)
    return answers


def _lookup(words: Sequence[str], lowercase: bool) -> dict[str, int]:
    """Return the row of each word, the first row of words that are the same but for case."""
    last = len(words) - 1
    return {_folded(word, lowercase): last - back for back, word in enumerate(reversed(words))}


def _folded(word: str, lowercase: bool) -> str:
    return word.lower() if lowercase else word


def _pearson(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two samples, NaN where it is not defined."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1, 1))


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the rank of each value, from 1; equal values share the mean of their ranks."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    ranks: npt.NDArray[np.float64] = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    return ranks
