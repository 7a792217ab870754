"""The rows of word2vec's binary format: a word, a space, and D little-endian float32.

word2vec.c writes a newline after each row and gensim 4 does not: both are read, gensim's form is
written. The header and the handling of files are in :mod:`tinygrad_w2v.word2vec.vectors.formats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.word2vec.vectors import format_errors

_BLOCK_BYTES = 1 << 20  # a block and its copies fit in the processor's cache
_FLOAT32 = np.dtype("<f4")
_SPACE = ord(" ")


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the rows in blocks of about a megabyte; no word may contain a space."""
    row_bytes = _FLOAT32.itemsize * vectors.shape[1]
    block = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(words), block):
        rows = np.ascontiguousarray(vectors[start : start + block], _FLOAT32)
        prefixes = np.frombuffer(" ".join([*words[start : start + block], ""]).encode(), np.uint8)
        file.write(_interleaved(prefixes, rows, row_bytes).data)


def _interleaved(
    prefixes: npt.NDArray[np.uint8], rows: npt.NDArray[np.float32], row_bytes: int
) -> npt.NDArray[np.uint8]:
    """Return the bytes of the words, each ending with a space and followed by its row."""
    ends = np.flatnonzero(prefixes == _SPACE) + 1
    before = np.arange(len(rows)) * row_bytes  # bytes of rows that precede each word
    out = np.empty(len(prefixes) + row_bytes * len(rows), np.uint8)
    out[np.arange(len(prefixes)) + np.repeat(before, np.diff(ends, prepend=0))] = prefixes
    _row_views(out, row_bytes)[ends + before] = rows.view(_row_dtype(row_bytes)).ravel()
    return out


def read_rows(file: BinaryIO, matrix: npt.NDArray[np.float32], source: str) -> list[bytes]:
    """Fill `matrix` from the bytes after the header and return the words.

    Raises
    ------
    InputError
        If the file ends before the matrix is full, or continues after it.
    """
    count, dim = matrix.shape
    row_bytes = _FLOAT32.itemsize * dim
    words: list[bytes] = []
    pending = b""
    while len(words) < count:
        block = file.read(max(_BLOCK_BYTES, 2 * row_bytes))
        if not block:
            raise format_errors.truncated(source, matrix.shape, len(words) + 1)
        start = len(words)
        buffer = pending + block
        begins, pending = _parse(buffer, row_bytes, words, count)
        if begins:
            rows = _row_views(buffer, row_bytes)[begins]
            matrix[start : len(words)] = rows.view(_FLOAT32).reshape(-1, dim)
    rest = pending + file.read(_BLOCK_BYTES)
    if rest.strip(b"\r\n"):
        raise format_errors.surplus(source, matrix.shape, rest)
    return words


def _parse(
    buffer: bytes, row_bytes: int, words: list[bytes], count: int
) -> tuple[list[int], bytes]:
    """Append words, up to `count`; return the offsets of their rows and the incomplete rest."""
    begins: list[int] = []
    start = 0
    last = len(buffer) - row_bytes
    for _ in range(count - len(words)):
        begin = buffer.find(b" ", start) + 1
        if not 0 < begin <= last:
            break
        words.append(buffer[start : begin - 1].lstrip(b"\n"))
        begins.append(begin)
        start = begin + row_bytes
    return begins, buffer[start:]


def _row_dtype(row_bytes: int) -> np.dtype[Any]:
    return np.dtype((np.void, row_bytes))


def _row_views(buffer: Any, row_bytes: int) -> npt.NDArray[Any]:
    """Return a view with an item of the size of a row at every byte, to move rows by index."""
    length = memoryview(buffer).nbytes - row_bytes + 1
    items: npt.NDArray[Any] = np.ndarray((length,), _row_dtype(row_bytes), buffer, strides=(1,))
    return items
