"""Files of word vectors: the formats, and which one a file has."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, cast, get_args

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import explained_reads, is_special
from tinygrad_w2v.validation import integer, one_of
from tinygrad_w2v.word2vec.vectors import archive_format, projector_format, word2vec_format
from tinygrad_w2v.word2vec.vectors.storage import Stored

Format = Literal["text", "binary", "npz", "safetensors", "projector"]
"""The name of a file format."""

FORMATS: tuple[str, ...] = get_args(Format)
_SUFFIXES = {".npz": "npz", ".safetensors": "safetensors", ".tsv": "projector"}
_WHITE_SPACE = re.compile(r"\s+")
_MOST_COUNTS = 1 << 30  # bytes of a file of counts


class VectorFile(NamedTuple):
    """The contents of a file: V words, vectors (V, D), and counts (V,) if it has them."""

    words: list[str]
    vectors: npt.NDArray[np.float32]
    counts: npt.NDArray[np.int64] | None = None


def write_vectors(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    format: Format | None = None,
    *,
    counts: npt.NDArray[np.int64] | None = None,
    dtype: Stored = "float32",
    header: bool = True,
    spaces: str | None = None,
) -> None:
    """Write words and their vectors to a file, which is replaced atomically.

    Parameters
    ----------
    path
        The file; text and binary are compressed if its name ends in ``.gz``.
    words
        V distinct words.
    vectors
        Shape (V, D), float32.
    format
        ``"text"`` and ``"binary"`` are those of word2vec, ``"npz"`` is NumPy's, ``"safetensors"``
        needs the extra `io`, and ``"projector"`` is TensorBoard's, with the words in a second file.
        By default the suffix selects: ``.bin``, ``.npz``, ``.safetensors``, ``.tsv``, else text,
        as in ``.txt`` and ``.vec``.
    counts
        Shape (V,): number of occurrences of each word; stored except in text and binary.
    dtype
        ``"float16"`` takes half the size and ``"int8"``, with a scale for each vector, a quarter;
        only in ``"npz"`` and ``"safetensors"``.
    header
        Begin text and binary with the numbers of words and of dimensions; GloVe's text does not.
    spaces
        Replace white space in words by this string. Text and binary cannot hold words with white
        space, the projector's files none with tabs and line ends; the others hold any word.

    Raises
    ------
    InputError
        If the format cannot hold a word, or the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "two.txt"
    ...     write_vectors(path, ["a", "b"], np.array([[1, 0.1], [0, -2]], np.float32))
    ...     print(path.read_text(), end="")
    2 2
    a 1 0.1
    b 0 -2
    """
    chosen = _checked(format) or format_by_suffix(path)
    one_of(get_args(Stored), dtype=dtype)
    if dtype != "float32" and chosen not in ("npz", "safetensors"):
        raise InputError(f"the {chosen} format holds no {dtype}; write .npz or .safetensors")
    if spaces is not None:
        words = _without_spaces(words, spaces)
    if chosen in ("npz", "safetensors"):
        if os.path.splitext(path)[1] != f".{chosen}":
            raise InputError(f"cannot write {os.fspath(path)}: end its name in .{chosen}")
        archive_format.write(path, words, vectors, counts, dtype)
    elif chosen == "projector":
        projector_format.write(path, words, vectors, counts)
    else:
        kind: Any = chosen
        word2vec_format.write(path, words, vectors, kind, header=header)


def read_vectors(
    path: str | os.PathLike[str],
    format: Format | None = None,
    *,
    limit: int | None = None,
    errors: str = "strict",
    header: bool | None = None,
    dim: int | None = None,
    mmap: bool | str | os.PathLike[str] = False,
    counts: str | os.PathLike[str] | None = None,
    repeated: Literal["refused", "first"] = "refused",
) -> VectorFile:
    """Read a file of word vectors written by word2vec.c, gensim, fastText, GloVe or this package.

    Parameters
    ----------
    path
        The file. Text and binary may be compressed by gzip.
    format
        One of those of :func:`write_vectors`; by default detected from the content, or from the
        suffix if text or binary have fewer than 4 dimensions, and for ``.tsv``.
    limit
        Read only this many of the first words.
    errors
        Handling of words in text and binary that are not UTF-8: ``"strict"`` raises InputError,
        ``"replace"`` and ``"ignore"`` replace or omit the bytes.
    header
        Whether text or binary begin with the numbers of words and of dimensions; by default
        detected. A binary file without header must be stated by ``header=False`` and `dim`.
    dim
        Number of dimensions of a binary file without header.
    mmap
        Map the vectors into memory, so that the file may be larger than memory. They are not
        checked for NaN. Those of text and binary are first copied to a temporary file, in the
        folder that is given instead of True, or in the default one.
    counts
        File with a line ``word count`` for each word, as word2vec.c's ``-save-vocab`` writes.
    repeated
        ``"first"`` uses the first vector of a word that occurs twice, instead of raising an error.

    Returns
    -------
    words, vectors, counts
        V words, an array of shape (V, D), float32, and the counts if the file has them.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, truncated or damaged, continues after its last
        vector, is not in `format`, or if a word is not UTF-8. The message names the position.

    Notes
    -----
    A line of text with more fields than one and the number of dimensions has a word with spaces, if
    the surplus fields are not numbers.
    """
    wanted = _checked(format)
    if limit is not None:
        integer("limit", limit, least=1)
    chosen = wanted or _detected(path)
    if chosen in ("npz", "safetensors"):
        found = VectorFile(*archive_format.read(path, limit=limit, mmap=bool(mmap)))
    elif chosen == "projector":
        if mmap:
            raise InputError(f"{os.fspath(path)}: the projector's files cannot be mapped")
        found = VectorFile(*projector_format.read(path, limit=limit))
    else:
        kind = cast("Any", wanted)
        folder = tempfile.gettempdir() if mmap is True else mmap or None
        options: Any = {"limit": limit, "errors": errors, "header": header, "dim": dim}
        options["folder"] = folder
        found = VectorFile(*word2vec_format.read(path, kind, **options))
    if repeated == "first":
        found = _first_of_repeated(found)
    return found if counts is None else found._replace(counts=_read_counts(counts, found, errors))


def format_by_suffix(path: str | os.PathLike[str]) -> Format:
    """Return the format that the name of a file states; text for unknown suffixes."""
    suffix = os.path.splitext(path)[1].lower()
    return cast("Format", _SUFFIXES.get(suffix) or word2vec_format.by_suffix(path))


def _checked(format: str | None) -> Format | None:
    if format is not None:
        one_of(FORMATS, format=format)
    return cast("Format | None", format)


def _detected(path: str | os.PathLike[str]) -> Format | None:
    """Return npz, safetensors or projector, or None for one of word2vec's."""
    if is_special(path):  # a pipe is read once
        return None
    with explained_reads(path), open(path, "rb") as file:
        start = file.read(9)
    by_suffix = format_by_suffix(path)
    if start[:4] == b"PK\x03\x04" or by_suffix == "npz":
        return "npz"
    if by_suffix in ("safetensors", "projector"):
        return by_suffix
    return None


def _without_spaces(words: Sequence[str], replacement: str) -> list[str]:
    joined = [_WHITE_SPACE.sub(replacement, word) for word in words]
    if len(set(joined)) < len(joined):
        seen: set[str] = set()
        twice = next(word for word in joined if word in seen or seen.add(word))  # type: ignore[func-returns-value]
        raise InputError(f"two words become {twice!r}; replace spaces by another string")
    return joined


def _first_of_repeated(found: VectorFile) -> VectorFile:
    first: dict[str, int] = {}
    for row, word in enumerate(found.words):
        first.setdefault(word, row)
    if len(first) == len(found.words):
        return found
    rows = list(first.values())
    counts = None if found.counts is None else found.counts[rows]
    return VectorFile(list(first), found.vectors[rows], counts)


def _read_counts(
    path: str | os.PathLike[str], found: VectorFile, errors: str
) -> npt.NDArray[np.int64]:
    """Return the counts of the words of a file, from another file."""
    with explained_reads(path), open(path, "rb") as file:
        content = file.read(min(_MOST_COUNTS, os.fstat(file.fileno()).st_size))
    handling = errors if errors != "strict" else "surrogateescape"
    counts = {}
    for number, line in enumerate(content.decode(errors=handling).split("\n"), start=1):
        fields = line.rsplit(maxsplit=1)
        if not fields:
            continue
        if len(fields) != 2 or not (fields[1].isdecimal() and len(fields[1]) < 19):
            raise InputError(
                f"{os.fspath(path)}, line {number:,}: expected a word and its count, found "
                f"{line[:60]!r}; correct or remove the line"
            )
        counts[fields[0].strip()] = int(fields[1])
    missing = [word for word in found.words if word not in counts]
    if missing:
        raise InputError(
            f"{os.fspath(path)} has no count of {missing[0]!r:.60}, nor of {len(missing) - 1:,} "
            "other words; name the file that was written with the vectors"
        )
    return np.array([counts[word] for word in found.words], np.int64)
