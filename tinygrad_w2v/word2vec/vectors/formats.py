"""Files of word vectors in the text and binary formats of word2vec.c and gensim.

Both begin with a header line, the numbers of words and of dimensions; ``text_format`` and
``binary_format`` have the rows, this file everything else.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Literal, cast

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, explained_reads
from tinygrad_w2v.validation import one_of
from tinygrad_w2v.word2vec.vectors import binary_format, text_format

Format = Literal["text", "binary"]
"""The name of a file format."""

_ROWS = {"text": text_format, "binary": binary_format}
_BUFFER_BYTES = 1 << 17
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 1  # level 6 makes the file 10% smaller and takes six times as long
_LONGEST_HEADER = 200
_MOST_DIMENSIONS = 1 << 18
_MOST_EXPANSION = 100  # of gzip; vectors compress to half their size
# The white space that ends a word for readers of the formats; a no-break space is part of a word.
_SEPARATOR = re.compile(r"[ \t\n\r\v\f]")
_UNWRITABLE = re.compile(r"[ \t\n\r\v\f\ud800-\udfff]")
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\v\f")) + b"\x7f"
# With fewer dimensions, there are too few bytes to distinguish binary numbers from text.
_DETECTION_DIM = 4


def write_vectors(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    format: Format | None = None,
) -> None:
    """Write words and their vectors to a file, which is replaced atomically.

    Parameters
    ----------
    path
        The file; compressed if its name ends in ``.gz``.
    words
        V distinct words without white space.
    vectors
        Shape (V, D), float32.
    format
        By default ``"binary"`` for ``.bin`` and ``.bin.gz``, else ``"text"``.

    Raises
    ------
    InputError
        If a word is empty or contains white space, or the file cannot be written.

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
    chosen = _checked(format) or _by_suffix(path)
    _check_words(words, path)
    with atomic_write(path) as temporary, open(temporary, "wb") as raw, contextlib.ExitStack() as s:
        file: BinaryIO = raw
        if os.fspath(path).lower().endswith(".gz"):
            # Without name and time in the file, the same vectors give the same bytes.
            compressed = gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0)
            file = cast("BinaryIO", s.enter_context(compressed))
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
        _ROWS[chosen].write_rows(file, words, vectors)


def read_vectors(
    path: str | os.PathLike[str],
    format: Format | None = None,
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read a file of word vectors written by word2vec.c, gensim or this package.

    Parameters
    ----------
    path
        The file, compressed by gzip or not.
    format
        ``"text"`` or ``"binary"``; by default detected from the content, or from the suffix if
        there are fewer than 4 dimensions.

    Returns
    -------
    words, vectors
        V words and an array of shape (V, D), float32.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, truncated or damaged, continues after its last
        vector, is not in `format`, or if a word is not UTF-8. The message names the position.
    """
    wanted, source = _checked(format), os.fspath(path)
    with _opened(source) as (file, size):
        count, dim = _read_header(file, source)
        rows = _ROWS[_format_of(file, dim, wanted, source)]
        # The header may state more than the file holds.
        rows_held = size // rows.least_bytes(dim)
        try:
            matrix = np.empty((min(count, rows_held), dim), np.float32)
        except (MemoryError, OverflowError, ValueError):
            raise InputError(
                f"{source} states {count:,} vectors of {dim:,} dimensions, more than fit into "
                "memory; correct its header, or use a machine with more memory"
            ) from None
        words, rest = rows.read_rows(file, matrix, count, source)
    if rest:
        raise InputError(
            f"{source} continues after the {count:,} vectors of {dim} of its header, with "
            f"{text_format.excerpt(rest)}; correct the header, or copy the file again"
        )
    if len(words) < count:
        raise InputError(
            f"{source} is truncated: the header states {count:,} vectors of {dim}, the file ends "
            f"in vector {len(words) + 1:,}; train or copy it again"
        )
    return _decoded(words, source), matrix


def _checked(format: str | None) -> Format | None:
    if format is not None:
        one_of(list(_ROWS), format=format)
    return cast("Format | None", format)


def _by_suffix(path: str | os.PathLike[str]) -> Format:
    name = os.fspath(path).lower().removesuffix(".gz")
    return "binary" if name.endswith(".bin") else "text"


def _first_bad(words: Sequence[str]) -> int | None:
    """Return the position of the first word that the formats cannot hold."""
    if all(words) and not _UNWRITABLE.search("".join(words)):
        return None
    return next(n for n, word in enumerate(words) if not word or _UNWRITABLE.search(word))


def _check_words(words: Sequence[str], path: str | os.PathLike[str]) -> None:
    if max(map(len, words), default=0) > text_format.LONGEST_WORD // 4:  # UTF-8: 4 bytes
        longest = max(words, key=len)
        raise InputError(
            f"cannot write {os.fspath(path)}: the word {longest[:40]!r}... has {len(longest):,} "
            f"characters, and readers take {text_format.LONGEST_WORD // 4:,}; omit it"
        )
    bad = _first_bad(words)
    if bad is None:
        return
    problem = (
        "contains half of a surrogate pair, which UTF-8 cannot encode; correct or omit the word"
    )
    if not words[bad] or _SEPARATOR.search(words[bad]):
        problem = (
            "is empty or contains white space, at which both formats end a word; join its parts "
            "with '_'"
        )
    raise InputError(f"cannot write {os.fspath(path)}: the word {words[bad]!r} {problem}")


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


def _read_header(file: BinaryIO, source: str) -> tuple[int, int]:
    line = file.readline(_LONGEST_HEADER)
    if not line:
        raise InputError(f"{source} is empty: it has no vectors; train or copy it again")
    fields = line.split()
    if not (len(fields) == 2 and all(field.isdigit() and int(field) > 0 for field in fields)):
        raise InputError(
            f"{source} does not begin with the header '<number of words> <dimensions>' but with "
            f"{text_format.excerpt(line)}; name a file of word2vec vectors, or insert that line"
        )
    if int(fields[1]) > _MOST_DIMENSIONS:
        raise InputError(
            f"{source} states {int(fields[1]):,} dimensions: at most {_MOST_DIMENSIONS:,} can be "
            "read; correct its header"
        )
    return int(fields[0]), int(fields[1])


def _format_of(file: io.BufferedReader, dim: int, wanted: Format | None, source: str) -> Format:
    """Return the format of the rows, or raise if it is not the wanted one."""
    if dim < _DETECTION_DIM:
        return wanted or _by_suffix(source)
    sample = file.peek(1)
    if wanted == "binary" and not _has_numbers(sample):
        return wanted  # its bytes may happen to be letters
    found: Format = "text" if _is_text(sample) else "binary"
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


def _decoded(words: list[bytes], source: str) -> list[str]:
    # No word contains a space; bytes that are not UTF-8 become surrogates.
    decoded = b" ".join(words).decode(errors="surrogateescape").split(" ")
    bad = _first_bad(decoded)
    if bad is None:
        return decoded
    place, word = f"{source}: word number {bad + 1:,}", decoded[bad]
    if word and not _SEPARATOR.search(word):
        raise InputError(
            f"{place}, {words[bad][:40]!r}, is not UTF-8; the file is damaged or in another "
            "encoding: convert it to UTF-8"
        )
    raise InputError(
        f"{place} is {word[:40]!r}, which is not a word; the file is damaged or its header is "
        "wrong: train or copy it again"
    )
