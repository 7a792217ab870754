"""Files of word vectors, as word2vec.c and gensim write and read them.

Both formats begin with a header line, the number of words and of dimensions; the rows are in
``text_format`` and ``binary_format``. What they share is here: format detection, compression,
the header and the words.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Literal, cast

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error
from tinygrad_w2v.word2vec.vectors import binary_format, faults, text_format

Format = Literal["text", "binary"]
"""The name of a file format."""

_ROWS = {"text": text_format, "binary": binary_format}
_UNPACKED_BYTES = 1 << 17
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_LEVEL = 1  # level 6 makes the file a tenth smaller and takes six times as long
_LONGEST_HEADER = 200
# The white space that ends a word for the formats' readers; a no-break space may stand in a word.
_SEPARATOR = re.compile(r"[ \t\n\r\v\f]")
_CONTROL_BYTES = bytes(set(range(32)) - set(b"\t\n\r\v\f")) + b"\x7f"
# Fewer dimensions than this leave too few bytes to tell binary numbers from text.
_TELLING_DIM = 4


def write_vectors(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    format: Format | None = None,  # noqa: A002 - the word every caller would try
) -> None:
    """Write `words` and their `vectors` to `path`, replacing it only when all is written.

    Parameters
    ----------
    path
        Where to. A name that ends in ``.gz`` is compressed.
    words
        V different words without white space.
    vectors
        Shape (V, D), float32.
    format
        ``"text"`` or ``"binary"``; if not given, binary for ``.bin`` and ``.bin.gz``, else text.

    Raises
    ------
    InputError
        If a word is empty or holds white space (the formats end a word at a space), or if the
        file cannot be written.

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
    with atomic_write(path) as temporary, _created(temporary, compressed=_is_gz(path)) as file:
        file.write(f"{len(words)} {vectors.shape[1]}\n".encode())
        _ROWS[chosen].write_rows(file, words, vectors)


def read_vectors(
    path: str | os.PathLike[str],
    format: Format | None = None,  # noqa: A002
) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Read the words and vectors of a file that word2vec.c, gensim or this package wrote.

    Parameters
    ----------
    path
        The file, compressed by gzip or not.
    format
        ``"text"`` or ``"binary"``; if not given, the content decides, whatever the suffix (with
        fewer than 4 dimensions there is too little content to tell by, and the suffix decides).

    Returns
    -------
    words, vectors
        V words and an array of shape (V, D), float32.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, truncated or damaged, goes on after its last
        vector, is not in `format`, or if a word is not UTF-8. The message names the place.
    """
    wanted = _checked(format)
    source = os.fspath(path)
    with _opened(source) as file:
        shape = _read_header(file, source)
        chosen = _format_of(file, shape[1], wanted, source)
        matrix = _allocated(shape, source)
        words = _ROWS[chosen].read_rows(file, matrix, source)
    return _decoded(words, source), matrix


def _checked(format: str | None) -> Format | None:  # noqa: A002
    if format is not None and format not in _ROWS:
        raise InputError(f"unknown format {format!r} of vectors: use 'text' or 'binary'")
    return cast("Format | None", format)


def _by_suffix(path: str | os.PathLike[str]) -> Format:
    name = os.fspath(path).lower().removesuffix(".gz")
    return "binary" if name.endswith(".bin") else "text"


def _is_gz(path: str | os.PathLike[str]) -> bool:
    return os.fspath(path).lower().endswith(".gz")


@contextlib.contextmanager
def _created(path: Path, *, compressed: bool) -> Iterator[BinaryIO]:
    with open(path, "wb") as raw:
        if not compressed:
            yield raw
            return
        # Neither name nor time goes into the file: the same vectors give the same bytes.
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, raw, mtime=0) as file:
            yield cast("BinaryIO", file)


def _check_words(words: Sequence[str], path: str | os.PathLike[str]) -> None:
    with contextlib.suppress(UnicodeEncodeError):  # most often all is well: look at all at once
        "".join(words).encode()
        if all(words) and not _SEPARATOR.search("".join(words)):
            return
    for word in words:
        if not word or _SEPARATOR.search(word):
            raise InputError(
                f"cannot write {os.fspath(path)}: the word {word!r} is empty or holds white "
                "space, at which both formats end a word; join its parts with '_'"
            )
        try:
            word.encode()
        except UnicodeEncodeError:
            raise InputError(
                f"cannot write {os.fspath(path)}: the word {word!r} holds half of a surrogate "
                "pair, which UTF-8 cannot express; correct or leave out the word"
            ) from None


@contextlib.contextmanager
def _opened(source: str) -> Iterator[io.BufferedReader]:
    """Open for reading, through gzip if the first bytes say so; a failure becomes InputError."""
    try:
        with open(source, "rb") as file:
            if file.peek(2)[:2] == _GZIP_MAGIC:
                unpacked = cast("io.RawIOBase", gzip.GzipFile(fileobj=file))
                yield io.BufferedReader(unpacked, _UNPACKED_BYTES)
            else:
                yield file
    except FileNotFoundError:
        raise InputError(f"no such file: {source}; check the path of the vectors") from None
    except EOFError:
        raise InputError(
            f"{source} is truncated: its gzip data end early; train or copy it again"
        ) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{source} is damaged: its gzip data cannot be unpacked ({error}); copy it again"
        ) from error
    except OSError as error:
        raise InputError(
            f"cannot read {source}: {describe_os_error(error)}; name a file you may read"
        ) from error


def _read_header(file: BinaryIO, source: str) -> tuple[int, int]:
    line = file.readline(_LONGEST_HEADER)
    if not line:
        raise InputError(f"{source} is empty: it holds no vectors; train or copy it again")
    fields = line.split()
    if not (len(fields) == 2 and all(field.isdigit() and int(field) > 0 for field in fields)):
        raise InputError(
            f"{source} does not begin with the header '<number of words> <dimensions>' but with "
            f"{faults.excerpt(line)}; name a file of word2vec vectors, or put that line before it"
        )
    return int(fields[0]), int(fields[1])


def _format_of(file: io.BufferedReader, dim: int, wanted: Format | None, source: str) -> Format:
    """Return the format of the rows that come next, or raise if it is not the one wanted."""
    if dim < _TELLING_DIM:
        return wanted or _by_suffix(source)
    sample = file.peek(1)
    if wanted == "binary" and not _has_numbers(sample):
        return wanted  # its bytes may be letters by chance
    found: Format = "text" if _is_text(sample) else "binary"
    if wanted and sample and wanted != found:
        raise InputError(
            f"{source} is in the {found} format, not in the {wanted} format: "
            f"read it with format={found!r}, or leave the format out"
        )
    return wanted or found


def _has_numbers(sample: bytes) -> bool:
    """Whether the first word is followed by numbers, whatever encoding it is in."""
    values = sample.partition(b" ")[2].split(b" ", _TELLING_DIM - 1)[: _TELLING_DIM - 1]
    return bool(values) and all(text_format.is_number(value) for value in values)


def _is_text(sample: bytes) -> bool:
    if _has_numbers(sample):
        return True
    # A malformed text file is still text, so that its reader can say what is wrong with it.
    if sample.translate(None, _CONTROL_BYTES) != sample:
        return False
    try:
        sample.decode()
    except UnicodeDecodeError as error:
        return error.end == len(sample)  # the sample's end cut a character
    return True


def _allocated(shape: tuple[int, int], source: str) -> npt.NDArray[np.float32]:
    try:
        return np.empty(shape, np.float32)
    except (MemoryError, OverflowError, ValueError):
        raise InputError(
            f"{source} promises {shape[0]:,} vectors of {shape[1]:,} dimensions, more than fits "
            "into memory; correct its header, or use a machine with more memory"
        ) from None


def _decoded(words: list[bytes], source: str) -> list[str]:
    with contextlib.suppress(UnicodeDecodeError):  # most often all is well: look at all at once
        if all(words) and not _SEPARATOR.search(b"".join(words).decode()):
            return b" ".join(words).decode().split(" ")
    decoded = []
    for number, raw in enumerate(words, start=1):
        try:
            word = raw.decode()
        except UnicodeDecodeError:
            raise InputError(
                f"{source}: word number {number:,}, {raw[:40]!r}, is not UTF-8; the file is "
                "damaged or in another encoding: write it again in UTF-8"
            ) from None
        if not word or _SEPARATOR.search(word):
            raise InputError(
                f"{source}: word number {number:,} is {word[:40]!r}, which is no word; the file "
                "is damaged or its header is wrong: train or copy it again"
            )
        decoded.append(word)
    return decoded
