"""Evaluation on several sets at once; the results as a table, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from tinygrad_w2v.word2vec.vectors.clustering import CategoriesResult, evaluate_categories
from tinygrad_w2v.word2vec.vectors.evaluation import (
    AnalogiesResult,
    PairsResult,
    evaluate_analogies,
    evaluate_pairs,
)
from tinygrad_w2v.word2vec.vectors.evaluation_files import kind_of
from tinygrad_w2v.word2vec.vectors.queries import Queries

Result: TypeAlias = PairsResult | AnalogiesResult | CategoriesResult


class Score(NamedTuple):
    """One score: the set and section, what was measured, and on how many of its items."""

    set: str
    section: str
    measure: str
    value: float
    used: int
    total: int


@dataclass(frozen=True)
class Report:
    """The results of several evaluation sets; ``print(report)`` shows them as text."""

    results: tuple[Result, ...]

    @property
    def scores(self) -> list[Score]:
        """All scores, those of an analogy set by section and overall."""
        return [score for result in self.results for score in _scores(result)]

    def __str__(self) -> str:
        return "\n".join(map(str, self.results))

    def to_json(self) -> str:
        """Return the scores as a JSON list; an undefined value is null."""
        rows = [score._asdict() for score in self.scores]
        for row in rows:
            row["value"] = None if math.isnan(row["value"]) else row["value"]
        return json.dumps(rows, ensure_ascii=False, indent=1)

    def to_csv(self) -> str:
        """Return the scores as CSV with titles; an undefined value is empty."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(Score._fields)
        for score in self.scores:
            writer.writerow(["" if each != each else each for each in score])
        return text.getvalue()


def evaluate_sets(
    kv: Queries,
    pairs: Iterable[str | os.PathLike[str]] = (),
    analogies: Iterable[str | os.PathLike[str]] = (),
    categories: Iterable[str | os.PathLike[str]] = (),
    others: Iterable[str | os.PathLike[str]] = (),
    restrict_vocab: int | None = 30000,
) -> Report:
    """Evaluate vectors on any number of sets.

    Parameters
    ----------
    kv
        The vectors.
    pairs, analogies, categories
        Files for :func:`evaluate_pairs`, :func:`evaluate_analogies`, :func:`evaluate_categories`.
    others
        Files of any of these kinds, which is detected: a line ``: name`` begins analogies, lines
        of two fields are words with categories, and others are pairs.
    restrict_vocab
        See :func:`evaluate_analogies`.
    """
    functions: dict[str, Callable[[str | os.PathLike[str]], Result]] = {
        "pairs": lambda path: evaluate_pairs(kv, path),
        "analogies": lambda path: evaluate_analogies(kv, path, restrict_vocab),
        "categories": lambda path: evaluate_categories(kv, path),
    }
    named = {"pairs": pairs, "analogies": analogies, "categories": categories}
    tasks = [(kind_of(path), path) for path in others]
    tasks += [(kind, path) for kind, paths in named.items() for path in paths]
    return Report(tuple(functions[kind](path) for kind, path in tasks))


def _scores(result: Any) -> Iterator[Score]:
    if isinstance(result, PairsResult):
        counts = result.pairs_used, result.pairs_total
        yield Score(result.name, "", "spearman", result.spearman, *counts)
        yield Score(result.name, "", "pearson", result.pearson, *counts)
    elif isinstance(result, AnalogiesResult):
        for section in (*result.sections, result.overall):
            counts = section.used, section.total
            yield Score(result.name, section.name, "accuracy", section.accuracy, *counts)
    else:
        counts = result.words_used, result.words_total
        yield Score(result.name, "", "purity", result.purity, *counts)
