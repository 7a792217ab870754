"""The rows of word2vec's binary format: a word, a space, and D little-endian float32.

word2vec.c puts a newline after each row and gensim 4 does not: both are read, gensim's is written.
The header line and everything about files belong in :mod:`tinygrad_w2v.vectors.formats`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.vectors import faults

_BLOCK_BYTES = 1 << 23
_FLOAT32 = np.dtype("<f4")


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the rows in blocks of some megabytes."""
    row_bytes = _FLOAT32.itemsize * vectors.shape[1]
    block = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(words), block):
        heads = [f"{word} ".encode() for word in words[start : start + block]]
        little_endian = np.ascontiguousarray(vectors[start : start + block], _FLOAT32)
        # One opaque item a row: tolist then cuts the block into bytes objects at C speed.
        rows = little_endian.view(np.dtype((np.void, row_bytes))).ravel().tolist()
        file.write(b"".join(chain.from_iterable(zip(heads, rows, strict=True))))


def read_rows(file: BinaryIO, matrix: npt.NDArray[np.float32], source: str) -> list[bytes]:
    """Fill `matrix` from what follows the header and return the words.

    Raises
    ------
    InputError
        If the file ends before the matrix is full, or goes on after it.
    """
    count, dim = matrix.shape
    words: list[bytes] = []
    pending = b""
    while len(words) < count:
        block = file.read(_BLOCK_BYTES)
        if not block:
            raise faults.truncated(source, matrix.shape, len(words) + 1)
        start = len(words)
        rows, pending = _cut(pending + block, _FLOAT32.itemsize * dim, words, count)
        values = np.frombuffer(b"".join(rows), _FLOAT32)
        matrix[start : len(words)] = values.reshape(-1, dim)
    rest = pending + file.read(_BLOCK_BYTES)
    if rest.strip(b"\r\n"):
        raise faults.surplus(source, matrix.shape, rest)
    return words


def _cut(
    buffer: bytes, row_bytes: int, words: list[bytes], count: int
) -> tuple[list[bytes], bytes]:
    """Append to `words`, up to `count`, and return their rows and the incomplete rest."""
    rows: list[bytes] = []
    start = 0
    for _ in range(count - len(words)):
        space = buffer.find(b" ", start)
        end = space + 1 + row_bytes
        if space < 0 or end > len(buffer):
            break
        words.append(buffer[start:space].lstrip(b"\n"))
        rows.append(buffer[space + 1 : end])
        start = end
    return rows, buffer[start:]
