"""Files in the text and binary formats of word2vec.c, gensim, fastText (.vec) and GloVe.

They begin with a header line, the numbers of words and of dimensions, which GloVe's omit;
``text_format`` and ``binary_format`` have the rows, this file everything else.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Literal, cast

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, explained_reads
from tinygrad_w2v.validation import integer, one_of
from tinygrad_w2v.word2vec.vectors import binary_format, text_format
from tinygrad_w2v.word2vec.words import MOST_CHARACTERS

Kind = Literal["text", "binary"]
"""The two formats of this file."""

_ROWS = {"text": text_format, "binary": binary_format}
_BUFFER_BYTES = 1 << 17
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 1  # level 6 makes the file 10% smaller and takes six times as long
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_LONGEST_HEADER = 200
_FIRST_ROWS = 1 << 10  # of a file without header; the table grows
_MOST_DIMENSIONS = 1 << 18
_MOST_MAPPED = 1 << 44
_MOST_EXPANSION = 100  # of gzip; vectors compress to half their size
# The white space that ends a word for readers of the formats; a no-break space is part of a word.
_SEPARATOR = re.compile(r"[ \t\n\r\v\f]")
_UNWRITABLE = re.compile(r"[ \t\n\r\v\f\ud800-\udfff]")
_UNREADABLE = re.compile(r"[\t\r\v\f\ud800-\udfff]")  # in a word; a line end separates them
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\v\f")) + b"\x7f"
# With fewer dimensions, there are too few bytes to distinguish binary numbers from text.
_DETECTION_DIM = 4


def write(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    kind: Kind,
    *,
    header: bool = True,
) -> None:
    """Write words and vectors; see :func:`formats.write_vectors`."""
    check_words(words, path)
    with atomic_write(path) as temporary, open(temporary, "wb") as raw, contextlib.ExitStack() as s:
        file: BinaryIO = raw
        if os.fspath(path).lower().endswith(".gz"):
            # Without name and time in the file, the same vectors give the same bytes.
            compressed = gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0)
            file = cast("BinaryIO", s.enter_context(compressed))
        if header:
            file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
        _ROWS[kind].write_rows(file, words, vectors)


def read(
    path: str | os.PathLike[str],
    wanted: Kind | None = None,
    *,
    limit: int | None = None,
    errors: str = "strict",
    header: bool | None = None,
    dim: int | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read words and vectors; see :func:`formats.read_vectors`."""
    source = os.fspath(path)
    one_of(("strict", "replace", "ignore"), errors=errors)
    with _opened(source) as (file, size):
        count, width, first = _read_header(file, source, header, dim, wanted)
        kind = _format_of(file, width, wanted, source) if count else "text" if first else "binary"
        rows = _ROWS[kind]
        # The header may state more than the file holds.
        most = size // rows.least_bytes(width)
        held = most if count else _FIRST_ROWS
        wished = min(count or sys.maxsize, limit or sys.maxsize)
        try:
            if folder is None:
                matrix = np.empty((min(wished, held), width), np.float32)
            else:
                matrix = _on_disk((min(wished, most), width), folder)
        except (MemoryError, OverflowError, ValueError):
            raise InputError(
                f"{source} states {count:,} vectors of {width:,} dimensions, more than fit into "
                "memory; correct its header, or use a machine with more memory"
            ) from None
        words, rest = rows.read_rows(file, matrix, wished, source, first)
    if len(words) < wished and count:
        raise InputError(
            f"{source} is truncated: the header states {count:,} vectors of {width}, the file ends "
            f"in vector {len(words) + 1:,}; train or copy it again"
        )
    if rest and not limit:
        problem = f"continues after the {count:,} vectors of {width} of its header, with"
        if not count:
            problem = f"does not end with a vector of {width} dimensions but with"
        raise InputError(
            f"{source} {problem} {text_format.excerpt(rest)}; correct the "
            f"{'header' if count else 'dimensions'}, or copy the file again"
        )
    if folder is None:
        matrix.resize((len(words), width), refcheck=False)
    matrix = matrix[: len(words)]
    return _decoded(words, source, errors), matrix


def _on_disk(
    shape: tuple[int, int], folder: str | os.PathLike[str]
) -> np.memmap[tuple[int, ...], np.dtype[np.float32]]:
    """Return an array in a temporary file, of which only the rows that are written take space."""
    if shape[0] * shape[1] * 4 > _MOST_MAPPED:
        raise MemoryError
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, np.float32, "w+", shape=shape)


def check_words(words: Sequence[str], path: str | os.PathLike[str]) -> None:
    """Raise InputError if the formats cannot hold one of the words."""
    if max(map(len, words), default=0) > MOST_CHARACTERS:
        longest = max(words, key=len)
        raise InputError(
            f"cannot write {os.fspath(path)}: the word {longest[:40]!r}... has {len(longest):,} "
            f"characters, and readers take {MOST_CHARACTERS:,}; omit it"
        )
    if all(words) and not _UNWRITABLE.search("".join(words)):
        return
    bad = next(word for word in words if not word or _UNWRITABLE.search(word))
    problem = (
        "contains half of a surrogate pair, which UTF-8 cannot encode; correct or omit the word"
    )
    if not bad or _SEPARATOR.search(bad):
        problem = (
            "is empty or contains white space, at which both formats end a word; join its parts "
            "with spaces='_', or write .npz or .safetensors"
        )
    raise InputError(f"cannot write {os.fspath(path)}: the word {bad!r} {problem}")


class _Limited(io.RawIOBase):
    """Raises InputError when a decompressed file is longer than a limit."""

    def __init__(self, file: gzip.GzipFile, limit: int, source: str) -> None:
        self._file, self._left, self._source = file, limit, source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise InputError(
                f"{self._source} is more than {_MOST_EXPANSION} times as long decompressed, which "
                f"vectors are not: decompress it if you trust it"
            )
        return count


@contextlib.contextmanager
def _opened(source: str) -> Iterator[tuple[io.BufferedReader, int]]:
    """Open for reading, through gzip if the first bytes are its magic number.

    Also yields the largest size that the content can have.
    """
    with explained_reads(source), open(source, "rb") as file:
        is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        size = os.fstat(file.fileno()).st_size if is_file else sys.maxsize
        if file.peek(2)[:2] == _GZIP_MAGIC:
            size = min(size * _MOST_EXPANSION + _BUFFER_BYTES * 128, sys.maxsize)
            limited = _Limited(gzip.GzipFile(fileobj=file), size, source)
            yield io.BufferedReader(limited, _BUFFER_BYTES), size
        else:
            yield file, size


def _read_header(
    file: BinaryIO, source: str, header: bool | None, dim: int | None, wanted: Kind | None
) -> tuple[int, int, bytes]:
    """Return the numbers of words and dimensions, and the first line if it is not a header.

    Without a header the number of words is 0, for unknown.
    """
    if header is False and wanted == "binary":
        if dim is None:
            raise InputError(f"{source}: a binary file without a header needs dim, the dimensions")
        return 0, integer("dim", dim, least=1), b""
    line = file.readline(_LONGEST_HEADER)
    if not line:
        raise InputError(f"{source} is empty: it has no vectors; train or copy it again")
    fields = line.split()
    if header is not False and len(fields) == 2 and all(map(_is_size, fields)):
        count, width = map(int, fields)
        if width > _MOST_DIMENSIONS:
            raise InputError(
                f"{source} states {width:,} dimensions: at most {_MOST_DIMENSIONS:,} can be "
                "read; correct its header"
            )
        return count, width, b""
    if header is not True and wanted != "binary":
        if not line.endswith(b"\n"):
            line += file.readline(text_format.longest_line(_MOST_DIMENSIONS))
        width = text_format.numbers_after_word(line)
        is_word = header is False or not text_format.is_number(line.split(b" ")[0])
        if _MOST_DIMENSIONS >= width >= (1 if header is False else 2) and is_word:
            return 0, width, line
    remedy = "name a file of word2vec vectors, or insert that line"
    if _PICKLE.match(line):
        remedy = (
            "it is a pickled file, as gensim's save writes, and reading one can run any code: load "
            "it in gensim and write it with model.wv.save_word2vec_format(name, binary=True)"
        )
    raise InputError(
        f"{source} does not begin with the header '<number of words> <dimensions>' but with "
        f"{text_format.excerpt(line)}; {remedy}"
    )


def _is_size(field: bytes) -> bool:
    return field.isdigit() and int(field) > 0


def _format_of(file: io.BufferedReader, dim: int, wanted: Kind | None, source: str) -> Kind:
    """Return the format of the rows, or raise if it is not the wanted one."""
    if dim < _DETECTION_DIM:
        return wanted or by_suffix(source)
    sample = file.peek(1)
    if wanted == "binary" and not _has_numbers(sample):
        return wanted  # its bytes may happen to be letters
    found: Kind = "text" if _is_text(sample) else "binary"
    if wanted and sample and wanted != found:
        raise InputError(
            f"{source} is in the {found} format, not in the {wanted} format: "
            f"read it with format={found!r}, or omit the format"
        )
    return wanted or found


def _has_numbers(sample: bytes) -> bool:
    """Return whether numbers follow the first word, in any encoding."""
    values = sample.partition(b" ")[2].split(b" ", _DETECTION_DIM - 1)[: _DETECTION_DIM - 1]
    return bool(values) and all(map(text_format.is_number, values))


def _is_text(sample: bytes) -> bool:
    if _has_numbers(sample):
        return True
    # A malformed text file is text as well, so that its reader can report what is wrong.
    if sample.translate(None, _CONTROL_BYTES) != sample:
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end == len(sample)  # the end of the sample split a character
    return True


def by_suffix(path: str | os.PathLike[str]) -> Kind:
    """Return the format that the name of a file states."""
    name = os.fspath(path).lower().removesuffix(".gz")
    return "binary" if name.endswith(".bin") else "text"


def _decoded(words: list[bytes], source: str, errors: str) -> list[str]:
    # Bytes that are not UTF-8 become surrogates. No word of a good file contains a line end.
    text = b"\n".join(words).decode(errors="surrogateescape" if errors == "strict" else errors)
    decoded = text.split("\n")
    if len(decoded) == len(words) and all(decoded) and not _UNREADABLE.search(text):
        return decoded
    bad, word = next(
        (n, word)
        for n, word in enumerate(raw.decode(errors="surrogateescape") for raw in words)
        if not word.strip("\n") or "\n" in word or _UNREADABLE.search(word) or errors != "strict"
    )
    place = f"{source}: word number {bad + 1:,}"
    if word and not _UNREADABLE.search(word.encode(errors="ignore").decode()) and "\n" not in word:
        raise InputError(
            f"{place}, {words[bad][:40]!r}, is not UTF-8; the file is damaged or in another "
            "encoding: convert it to UTF-8"
        )
    raise InputError(
        f"{place} is {word[:40]!r}, which is not a word; the file is damaged or its header is "
        "wrong: train or copy it again"
    )
