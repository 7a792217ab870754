"""Reading the files that vectors are evaluated with.

Pairs: two words and a score on a line, between tabs or else white space; blank lines, lines that
begin with ``#`` and a line of column titles at the top are skipped. Analogies: four words on a
line, below lines ``: name`` that begin a section.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import describe_os_error

Pair = tuple[str, str, float]


def read_pairs(path: str | os.PathLike[str]) -> list[Pair]:
    """Return the (word, word, score) lines of a file; see the module's description."""
    pairs: list[Pair] = []
    titles_allowed = True
    for number, line in _numbered_lines(path):
        if line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("\t" if "\t" in line else None)]
        score = _number(fields[-1])
        if titles_allowed and score is None:
            titles_allowed = False
            continue
        if len(fields) != 3 or score is None or not math.isfinite(score):
            raise InputError(
                f"{os.fspath(path)}, line {number:,}: expected two words and a score, "
                f"found {line[:60]!r}; correct or remove the line"
            )
        titles_allowed = False
        pairs.append((fields[0], fields[1], score))
    if not pairs:
        raise InputError(
            f"{os.fspath(path)} holds no pairs: expected lines of two words and a score; "
            "name another file"
        )
    return pairs


def _number(field: str) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def read_analogies(path: str | os.PathLike[str]) -> list[tuple[str, list[list[str]]]]:
    """Return the sections of a file, each with its name and its questions of four words."""
    sections: list[tuple[str, list[list[str]]]] = []
    for number, line in _numbered_lines(path):
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise InputError(
                f"{os.fspath(path)}, line {number:,}: expected four words, or ': ' and the name "
                f"of a section, found {line[:60]!r}; correct or remove the line"
            )
        if not sections:
            raise InputError(
                f"{os.fspath(path)}, line {number:,}: a question stands before the first section; "
                "put a line ': name of the section' above it"
            )
        sections[-1][1].append(words)
    if not any(questions for _, questions in sections):
        raise InputError(
            f"{os.fspath(path)} holds no questions: expected lines of four words below a line "
            "': name of the section'; name another file"
        )
    return sections


def _numbered_lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, stripped, each with its number from 1."""
    number = 0
    try:
        with open(path, encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if stripped := line.strip():
                    yield number, stripped
    except FileNotFoundError:
        raise InputError(f"no such file: {os.fspath(path)}; check the path") from None
    except OSError as error:
        raise InputError(
            f"cannot read {os.fspath(path)}: {describe_os_error(error)}; name a file you may read"
        ) from error
    except UnicodeDecodeError:
        raise InputError(
            f"{os.fspath(path)} is not UTF-8 after line {number:,}; write it again in UTF-8"
        ) from None
