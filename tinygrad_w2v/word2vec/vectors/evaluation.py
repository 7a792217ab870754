"""Evaluation of vectors: correlation with human similarity judgements, and analogy questions."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.validation import integer, one_of
from tinygrad_w2v.word2vec.vectors.evaluation_files import Pair, read_analogies, read_pairs
from tinygrad_w2v.word2vec.vectors.neighbours import LEAST_DENOMINATOR
from tinygrad_w2v.word2vec.vectors.queries import Queries

Method = Literal["3cosadd", "3cosmul"]

_MISSING_SHOWN = 5
# Scores of a block of questions against all candidates: 8 M float32 are 32 MiB.
_BLOCK_SCORES = 1 << 23


@dataclass(frozen=True)
class PairsResult:
    """Correlation of the cosines of word pairs with human judgements of similarity.

    Attributes
    ----------
    spearman, pearson
        Correlations, from -1 to 1; NaN with fewer than two pairs or constant values.
    pairs_used, pairs_total
        Number of pairs of known words, and of all pairs.
    missing
        Distinct words without a vector.
    """

    name: str
    spearman: float
    pearson: float
    pairs_used: int
    pairs_total: int
    missing: tuple[str, ...]

    def __str__(self) -> str:
        found = f"Spearman {self.spearman:.3f}, Pearson {self.pearson:.3f}"
        if math.isnan(self.spearman):
            found = "no correlation: too few known pairs, or constant values"
        unknown = ""
        if self.missing:
            shown = ", ".join(self.missing[:_MISSING_SHOWN])
            dots = ", ..." if len(self.missing) > _MISSING_SHOWN else ""
            unknown = f"; {len(self.missing):,} unknown: {shown}{dots}"
        return f"{self.name}: {found} ({self.pairs_used:,} of {self.pairs_total:,} pairs{unknown})"


@dataclass(frozen=True)
class AnalogySection:
    """Questions of one kind: numbers of correct, used and all questions of the file."""

    name: str
    correct: int
    used: int
    total: int

    @property
    def accuracy(self) -> float:
        """Share of correct answers among the questions used; NaN if there are none."""
        return self.correct / self.used if self.used else math.nan

    def __str__(self) -> str:
        share = f"{self.accuracy:6.1%}" if self.used else "     -"
        return f"{share}  {self.correct:,} of {self.used:,} (in the file {self.total:,})"


@dataclass(frozen=True)
class AnalogiesResult:
    """Numbers of correctly answered analogy questions, by section."""

    name: str
    sections: tuple[AnalogySection, ...]

    @property
    def overall(self) -> AnalogySection:
        """Sum of all sections."""
        rows = ((section.correct, section.used, section.total) for section in self.sections)
        return AnalogySection("overall", *map(sum, zip(*rows, strict=True)))

    @property
    def accuracy(self) -> float:
        """Share of correct answers among all questions used; NaN if there are none."""
        return self.overall.accuracy

    def __str__(self) -> str:
        rows = [*self.sections, self.overall]
        width = max(len(row.name) for row in rows)
        return "\n".join([self.name, *(f"  {row.name:<{width}}  {row}" for row in rows)])


def evaluate_pairs(
    kv: Queries,
    pairs: str | os.PathLike[str] | Iterable[Pair],
    lowercase: bool = True,
    *,
    restrict_vocab: int | None = None,
    dummy4unknown: bool = False,
) -> PairsResult:
    """Return the correlation of the cosines of word pairs with human scores.

    Parameters
    ----------
    kv
        The vectors.
    pairs
        Triples (word, word, score), or a file with one per line, such as WordSim-353, separated
        by tabs or else white space. Lines that begin with ``#``, blank lines and a first line of
        column titles are skipped.
    lowercase
        Ignore case; of several spellings, the first in `kv` is used.
    restrict_vocab
        Use only this many of the first words.
    dummy4unknown
        Use pairs with an unknown word, with cosine 0, instead of omitting them.

    Raises
    ------
    InputError
        If the file cannot be read, has no pairs or a malformed line; names the line.

    Notes
    -----
    Pairs with an unknown word are omitted. Tied ranks share their mean.

    Examples
    --------
    >>> from tinygrad_w2v.word2vec.vectors import KeyedVectors
    >>> kv = KeyedVectors(["cold", "cool", "hot"], np.array([[1, 0], [2, 1], [-1, 1]]))
    >>> print(evaluate_pairs(kv, [("cold", "cool", 9), ("cool", "hot", 4), ("cold", "hot", 2)]))
    pairs: Spearman 1.000, Pearson 0.999 (3 of 3 pairs)
    """
    name = "pairs"
    if isinstance(pairs, (str, os.PathLike)):
        name, pairs = Path(pairs).name, read_pairs(pairs)
    triples = list(pairs)
    lookup, fold = _lookup(_first_words(kv, restrict_vocab), lowercase)
    asked = [[lookup.get(fold(word), -1) for word in two] for *two, _ in triples]
    rows = np.array(asked, np.intp).reshape(-1, 2)
    known = (rows >= 0).all(axis=1)
    first, second = (kv.get_unit_vectors(side) for side in rows[known].T)
    cosines = np.zeros(len(triples))
    cosines[known] = np.einsum("ij,ij->i", first, second, dtype=np.float64)
    used = known | dummy4unknown
    cosines = cosines[used]
    scores = np.array([score for _, _, score in triples], np.float64)[used]
    words = dict.fromkeys(word for *two, _ in triples for word in two)
    return PairsResult(
        name=name,
        spearman=_pearson(_ranks(scores), _ranks(cosines)),
        pearson=_pearson(scores, cosines),
        pairs_used=len(scores),
        pairs_total=len(triples),
        missing=tuple(word for word in words if fold(word) not in lookup),
    )


def evaluate_analogies(
    kv: Queries,
    path: str | os.PathLike[str],
    restrict_vocab: int | None = 30000,
    lowercase: bool = True,
    method: Method = "3cosadd",
) -> AnalogiesResult:
    """Answer questions "a is to b as c is to ...?" and count the correct answers.

    The answer is the word other than a, b and c that is nearest to b − a + c, of unit vectors:
    3CosAdd (Mikolov, Yih and Zweig 2013, "Linguistic Regularities in Continuous Space Word
    Representations").

    Parameters
    ----------
    kv
        The vectors, the most frequent words first.
    path
        A file in the format of Google's questions-words.txt: four words per line, in sections
        that begin with a line ``: name``.
    restrict_vocab
        Use only this many of the first words, as answers and in questions; questions with other
        words are omitted. None uses all words.
    lowercase
        Ignore case; of several spellings, the first in `kv` is used.
    method
        ``"3cosadd"`` or ``"3cosmul"``; the latter is at :meth:`KeyedVectors.most_similar_cosmul`.

    Raises
    ------
    InputError
        If the file cannot be read, has no questions or a malformed line; names the line.
    """
    sections = [
        AnalogySection(name, int(correct.sum()), int(used.sum()), len(questions))
        for name, questions, used, correct in answered(kv, path, restrict_vocab, lowercase, method)
    ]
    return AnalogiesResult(Path(path).name, tuple(sections))


def answered(
    kv: Queries,
    path: str | os.PathLike[str],
    restrict_vocab: int | None,
    lowercase: bool,
    method: Method,
) -> Iterator[tuple[str, list[list[str]], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]]:
    """Yield each section: name, questions, which have only known words, and which are correct."""
    one_of(get_args(Method), method=method)
    words = _first_words(kv, restrict_vocab)
    lookup, fold = _lookup(words, lowercase)
    spelling = np.array([lookup[fold(word)] for word in words], np.intp)
    unit = kv.get_unit_vectors(slice(len(words)))
    for name, questions in read_analogies(path):
        rows = [[lookup.get(fold(word), -1) for word in four] for four in questions]
        asked = np.array(rows, np.intp).reshape(-1, 4)
        used: npt.NDArray[np.bool_] = np.all(asked >= 0, axis=1)
        correct: npt.NDArray[np.bool_] = np.zeros(len(asked), np.bool_)
        answers = _answers(unit, asked[used, :3], spelling, method)
        correct[used] = answers == asked[used, 3]
        yield name, questions, used, correct


def _answers(
    unit: npt.NDArray[np.float32],
    asked: npt.NDArray[np.intp],
    spelling: npt.NDArray[np.intp],
    method: Method = "3cosadd",
) -> npt.NDArray[np.intp]:
    """Return the answers (Q,) as rows of `spelling`; -1 where no word remains.

    `unit` (R, D) are the candidates, `asked` (Q, 3) the rows of a, b and c; `spelling` (R,) maps to
    the first word that is equal except for case.
    """
    answers = np.empty(len(asked), np.intp)
    block = max(1, _BLOCK_SCORES // max(len(unit), 1))
    buffer = np.empty((min(block, len(asked)), len(unit)), np.float32)
    for start in range(0, len(asked), block):
        questions = asked[start : start + block]
        a, b, c = questions.T
        if method == "3cosadd":
            scores = np.matmul(unit[b] - unit[a] + unit[c], unit.T, out=buffer[: len(questions)])
        else:
            first, second, third = ((1 + unit[each] @ unit.T) / 2 for each in (a, b, c))
            scores = second * third / (first + np.float32(LEAST_DENOMINATOR))
        every = np.arange(len(questions))
        scores[every[:, np.newaxis], questions] = -np.inf
        best = scores.argmax(axis=1)
        while True:
            possible = scores[every, best] > -np.inf
            # Other spellings of a, b and c are not answers either; they are few, so one at a time.
            invalid = possible & (spelling[best, np.newaxis] == questions).any(axis=1)
            if not invalid.any():
                break
            scores[every[invalid], best[invalid]] = -np.inf
            best[invalid] = scores[invalid].argmax(axis=1)
        answers[start : start + block] = np.where(possible, spelling[best], -1)
    return answers


def _first_words(kv: Queries, restrict_vocab: int | None) -> Sequence[str]:
    if restrict_vocab is not None:
        integer("restrict_vocab", restrict_vocab, least=1)
    return kv.words[:restrict_vocab]


def _lookup(words: Sequence[str], lowercase: bool) -> tuple[dict[str, int], Callable[[str], str]]:
    """Return the first row of each word, folded, and the function that folds a word."""
    fold: Callable[[str], str] = str.lower if lowercase else str
    last = len(words) - 1
    return {fold(word): last - back for back, word in enumerate(reversed(words))}, fold


def _pearson(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> float:
    """Return Pearson's correlation of two samples, NaN where it is not defined."""
    if len(x) < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1, 1))


def _ranks(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the rank of each value, from 1; equal values share the mean of their ranks."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(sizes) - (sizes - 1) / 2)[group]
