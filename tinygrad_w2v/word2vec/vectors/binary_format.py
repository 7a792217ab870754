"""The rows of word2vec's binary format: a word, a space, and D little-endian float32.

word2vec.c writes a newline after each row and gensim 4 does not: both are read, gensim's form is
written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors.text_format import LONGEST_WORD

_BLOCK_BYTES = 1 << 20  # a block and its copies fit in the processor's cache
_FLOAT32 = np.dtype("<f4")


def write_rows(file: BinaryIO, words: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Write the rows in blocks of about a megabyte; no word may contain a space."""
    row_bytes = _FLOAT32.itemsize * vectors.shape[1]
    block = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, len(words), block):
        rows = np.ascontiguousarray(vectors[start : start + block], _FLOAT32)
        prefixes = np.frombuffer(" ".join([*words[start : start + block], ""]).encode(), np.uint8)
        ends = np.flatnonzero(prefixes == ord(" ")) + 1
        before = np.arange(len(rows)) * row_bytes  # bytes of rows that precede each word
        out = np.empty(len(prefixes) + row_bytes * len(rows), np.uint8)
        out[np.arange(len(prefixes)) + np.repeat(before, np.diff(ends, prepend=0))] = prefixes
        cells = _cells(out, row_bytes)
        cells[ends + before] = rows.view(cells.dtype).ravel()
        file.write(out.data)


def least_bytes(dim: int) -> int:
    """Return the size of the shortest row, of an empty word."""
    return 1 + _FLOAT32.itemsize * dim


def read_rows(
    file: BinaryIO, matrix: npt.NDArray[np.float32], count: int, source: str, pending: bytes = b""
) -> tuple[list[bytes], bytes]:
    """Fill `matrix` from the bytes after the header; return the words, and what follows the rows.

    There are fewer words than `count` if the file ends early. `matrix` grows in place if needed.
    `pending` are bytes that precede those of the file.
    """
    dim = matrix.shape[1]
    row_bytes = _FLOAT32.itemsize * dim
    words: list[bytes] = []
    while len(words) < count:
        block = file.read(max(_BLOCK_BYTES, 2 * row_bytes))
        if not block:
            return words, pending.strip(b"\r\n")
        first = len(words)
        buffer = pending + block
        begins, pending = _parse(buffer, row_bytes, words, count)
        if begins:
            if len(words) > len(matrix):
                matrix.resize((max(len(words), 2 * len(matrix)), dim), refcheck=False)
            rows = _cells(buffer, row_bytes)[begins]
            matrix[first : len(words)] = rows.view(_FLOAT32).reshape(-1, dim)
        if len(words) < count and len(pending) > LONGEST_WORD + row_bytes:
            raise InputError(
                f"{source}: word number {len(words) + 1:,} is longer than {LONGEST_WORD:,} bytes; "
                "the file is damaged or its header is wrong: train or copy it again"
            )
    rest = pending + file.read(_BLOCK_BYTES)
    return words, rest if rest.strip(b"\r\n") else b""


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


def _cells(buffer: Any, row_bytes: int) -> npt.NDArray[Any]:
    """Return a view with an item of the size of a row at every byte, to move rows by index."""
    length = memoryview(buffer).nbytes - row_bytes + 1
    dtype: np.dtype[Any] = np.dtype((np.void, row_bytes))
    cells: npt.NDArray[Any] = np.ndarray((length,), dtype, buffer, strides=(1,))
    return cells
