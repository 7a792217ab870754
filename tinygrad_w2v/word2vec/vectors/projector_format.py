"""TensorBoard's Embedding Projector: numbers in ``NAME.tsv``, words in ``NAME.metadata.tsv``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, read_text, write_text
from tinygrad_w2v.word2vec.vectors import text_format

_HEADER = "word\tcount"
_UNWRITABLE = "\t\n\r"


def write(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    counts: npt.NDArray[np.int64] | None = None,
) -> None:
    """Write both files; the second has a column of counts, and then titles, if there are counts."""
    for word in words:
        if not word.strip() or any(character in word for character in _UNWRITABLE):
            raise InputError(
                f"cannot write {os.fspath(path)}: the word {word!r:.60} is empty or contains a tab "
                "or a line end; join its parts with spaces='_'"
            )
    rows = list(words)
    if counts is not None:
        columns = zip(words, counts.tolist(), strict=True)
        rows = [_HEADER, *(f"{word}\t{count}" for word, count in columns)]
    write_text(metadata_path(path), (f"{row}\n" for row in rows))
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        text_format.write_rows(file, None, vectors, "\t")


def metadata_path(path: str | os.PathLike[str]) -> Path:
    """Return the path of the words of a file of numbers.

    It is ``NAME.metadata.tsv``; if there is no such file, one that other programs write:
    ``NAME_metadata.tsv`` for ``NAME_tensor.tsv``, or ``metadata.tsv`` in the same folder.
    """
    numbers = Path(path)
    own = numbers.with_name(f"{numbers.name.removesuffix('.tsv')}.metadata.tsv")
    others = [numbers.name.replace("_tensor", "_metadata"), "metadata.tsv"]
    names = [numbers.with_name(name) for name in others if name != numbers.name]
    return own if own.exists() else next((name for name in names if name.exists()), own)


def read(
    path: str | os.PathLike[str], *, limit: int | None = None
) -> tuple[list[str], npt.NDArray[np.float32], npt.NDArray[np.int64] | None]:
    """Read words, vectors and counts; see :func:`formats.read_vectors`."""
    source = os.fspath(path)
    lines = read_text(path, os.path.getsize(path) if os.path.exists(path) else None).split("\n")
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise InputError(f"{source} is empty: it has no vectors; write or copy it again")
    rows = read_text(metadata_path(path)).split("\n")
    rows = [row.removesuffix("\r") for row in rows if row.strip()]
    counts = None
    if len(rows) == len(lines) + 1:
        titles, *rows = rows
        if titles == _HEADER:
            counts = _counts([row.partition("\t")[2] for row in rows], metadata_path(path))
    if len(rows) != len(lines):
        raise InputError(
            f"{metadata_path(path)} has {len(rows):,} words and {source} {len(lines):,} vectors; "
            "write both files again"
        )
    count = len(lines) if limit is None else min(limit, len(lines))
    dim = lines[0].count("\t") + 1
    try:
        vectors = np.loadtxt(lines[:count], np.float32, comments=None, delimiter="\t", ndmin=2)
        if vectors.shape != (count, dim):
            raise ValueError(f"found numbers of shape {vectors.shape}, expected {(count, dim)}")
    except ValueError as error:
        raise InputError(f"{source} is damaged ({error}); write or copy it again") from error
    words = [row.partition("\t")[0] for row in rows[:count]]
    return words, vectors, None if counts is None else counts[:count]


def _counts(values: Sequence[str], path: Path) -> npt.NDArray[np.int64]:
    try:
        return np.array([int(value) for value in values], np.int64)
    except (ValueError, OverflowError):
        raise InputError(f"{path}: the counts are not integers; write the file again") from None
