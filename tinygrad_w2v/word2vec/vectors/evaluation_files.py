"""Files of evaluation sets: word pairs with scores, analogy questions, and words by category."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import read_text

Pair = tuple[str, str, float]

_MOST_BYTES = 1 << 24  # the common files have less than 1 MiB


def kind_of(path: str | os.PathLike[str]) -> str:
    """Return ``"analogies"``, ``"pairs"`` or ``"categories"``, by the first lines of a file."""
    for _, line in _lines(path):
        if line.startswith(":"):
            return "analogies"
        fields = line.split("\t" if "\t" in line else None)
        if not line.startswith("#"):
            return "categories" if len(fields) == 2 else "pairs"
    return "pairs"


def read_pairs(path: str | os.PathLike[str]) -> list[Pair]:
    """Return the pairs of a file as (word, word, score)."""
    pairs: list[Pair] = []
    rows = [(place, line) for place, line in _lines(path) if not line.startswith("#")]
    for number, (place, line) in enumerate(rows):
        fields = [field.strip() for field in line.split("\t" if "\t" in line else None)]
        score = _number(fields[-1])
        if score is None and number == 0:
            continue  # column titles
        if len(fields) != 3 or score is None or not math.isfinite(score):
            raise InputError(
                f"{place}: expected two words and a score, found {line[:60]!r}; correct or remove "
                "the line"
            )
        pairs.append((fields[0], fields[1], score))
    if not pairs:
        raise InputError(
            f"{os.fspath(path)} has no pairs: expected lines of two words and a score; "
            "name another file"
        )
    return pairs


def _number(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def read_analogies(path: str | os.PathLike[str]) -> list[tuple[str, list[list[str]]]]:
    """Return the sections of a file, each as its name and its questions of four words."""
    sections: list[tuple[str, list[list[str]]]] = []
    for place, line in _lines(path):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise InputError(
                f"{place}: expected four words, or ': ' and the name of a section, found "
                f"{line[:60]!r}; correct or remove the line"
            )
        if not sections:
            raise InputError(
                f"{place}: a question precedes the first section; insert a line ': name of the "
                "section' above it"
            )
        sections[-1][1].append(words)
    if not any(questions for _, questions in sections):
        raise InputError(
            f"{os.fspath(path)} has no questions: expected lines of four words below a line "
            "': name of the section'; name another file"
        )
    return sections


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[str, str]]:
    """Yield the place and the stripped text of each nonblank line."""
    for number, line in enumerate(read_text(path, _MOST_BYTES).split("\n"), start=1):
        if stripped := line.strip():
            yield f"{os.fspath(path)}, line {number:,}", stripped


def read_categories(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Return the words of a file with their categories: a word, a tab or space, a category."""
    found = []
    for place, line in _lines(path):
        fields = [field.strip() for field in line.split("\t" if "\t" in line else None)]
        if line.startswith("#"):
            continue
        if len(fields) != 2:
            raise InputError(
                f"{place}: expected a word and its category, found {line[:60]!r}; correct or "
                "remove the line"
            )
        found.append((fields[0], fields[1]))
    if not found:
        raise InputError(
            f"{os.fspath(path)} has no words: expected lines of a word and its category; "
            "name another file"
        )
    return found
