"""The rows of word2vec's binary format: a word, a space, and D little-endian float32.

word2vec.c puts a newline after each row and gensim 4 does not: both are read, gensim's is written.
The header line and everything about files belong in :mod:`tinygrad_w2v.word2vec.vectors.formats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.word2vec.vectors import faults

_BLOCK_BYTES = 1 << 20  # a block and its copies stay in the processor's cache
_FLOAT32 = np.dtype("<f4")
_SPACE = ord(" ")


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the rows in blocks of about a megabyte; no word may hold a space."""
    row_bytes = _FLOAT32.itemsize * vectors.shape[1]
    block = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(words), block):
        rows = np.ascontiguousarray(vectors[start : start + block], _FLOAT32)
        heads = np.frombuffer(" ".join([*words[start : start + block], ""]).encode(), np.uint8)
        file.write(_interleaved(heads, rows, row_bytes).data)


def _interleaved(
    heads: npt.NDArray[np.uint8], rows: npt.NDArray[np.float32], row_bytes: int
) -> npt.NDArray[np.uint8]:
    """Return the words, each ending with a space, with a row after each."""
    ends = np.flatnonzero(heads == _SPACE) + 1
    before = np.arange(len(rows)) * row_bytes  # bytes of rows that come before each word
    out = np.empty(len(heads) + row_bytes * len(rows), np.uint8)
    out[np.arange(len(heads)) + np.repeat(before, np.diff(ends, prepend=0))] = heads
    _items(out, row_bytes)[ends + before] = rows.view(_opaque(row_bytes)).ravel()
    return out


def read_rows(file: BinaryIO, matrix: npt.NDArray[np.float32], source: str) -> list[bytes]:
    """Fill `matrix` from what follows the header and return the words.

    Raises
    ------
    InputError
        If the file ends before the matrix is full, or goes on after it.
    """
    count, dim = matrix.shape
    row_bytes = _FLOAT32.itemsize * dim
    words: list[bytes] = []
    pending = b""
    while len(words) < count:
        block = file.read(max(_BLOCK_BYTES, 2 * row_bytes))
        if not block:
            raise faults.truncated(source, matrix.shape, len(words) + 1)
        start = len(words)
        buffer = pending + block
        begins, pending = _cut(buffer, row_bytes, words, count)
        if begins:
            rows = _items(buffer, row_bytes)[begins]
            matrix[start : len(words)] = rows.view(_FLOAT32).reshape(-1, dim)
    rest = pending + file.read(_BLOCK_BYTES)
    if rest.strip(b"\r\n"):
        raise faults.surplus(source, matrix.shape, rest)
    return words


def _cut(buffer: bytes, row_bytes: int, words: list[bytes], count: int) -> tuple[list[int], bytes]:
    """Append to `words`, up to `count`; return where their rows begin and the incomplete rest."""
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


def _opaque(row_bytes: int) -> np.dtype[Any]:
    return np.dtype((np.void, row_bytes))


def _items(buffer: Any, row_bytes: int) -> npt.NDArray[Any]:
    """Return a view with an item of a row's size from every byte on, to move rows by index."""
    length = memoryview(buffer).nbytes - row_bytes + 1
    items: npt.NDArray[Any] = np.ndarray((length,), _opaque(row_bytes), buffer, strides=(1,))
    return items
