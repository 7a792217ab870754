"""The rows of word2vec's binary format: a word, a space, and D little-endian float32.

word2vec.c writes a newline after each row and gensim 4 does not: both are read, gensim's form is
written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BufferedReader
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.words import LONGEST_WORD

_BLOCK_BYTES = 1 << 19  # a block and its copies fit in the processor's cache
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
    file: BufferedReader,
    matrix: npt.NDArray[np.float32],
    count: int,
    source: str,
    pending: bytes = b"",
) -> tuple[list[bytes], bytes]:
    """Fill `matrix` from the bytes after the header; return the words, and what follows the rows.

    There are fewer words than `count` if the file ends early. `matrix` grows in place if needed.
    `pending` are bytes that precede those of the file.
    """
    dim = matrix.shape[1]
    row_bytes = _FLOAT32.itemsize * dim
    # A word with its space, and the bytes of its row; or all that follows the last complete row.
    row = re.compile(rb"([^ ]* ).{%d}|.+" % row_bytes, re.DOTALL)
    words: list[bytes] = []
    step = max(_BLOCK_BYTES, 2 * row_bytes)
    longest = LONGEST_WORD + row_bytes
    buffer = memoryview(bytearray(longest + step))  # used for all blocks
    buffer[: len(pending)] = pending
    held = len(pending)
    while len(words) < count:
        size = file.readinto(buffer[held : held + step])
        if not size:
            return words, bytes(buffer[:held]).strip(b"\r\n")
        content, first = buffer[: held + size], len(words)
        prefixes = row.findall(content)
        if prefixes and not prefixes[-1]:  # what follows the last complete row
            del prefixes[-1]
        del prefixes[count - first :]
        begins = np.cumsum([len(prefix) for prefix in prefixes], dtype=np.intp)
        begins += np.arange(len(prefixes)) * row_bytes
        if prefixes:
            words += _words(b"".join(prefixes))
            if len(words) > len(matrix):
                matrix.resize((max(len(words), 2 * len(matrix)), dim), refcheck=False)
            rows = _cells(content, row_bytes)[begins]
            matrix[first : len(words)] = rows.view(_FLOAT32).reshape(-1, dim)
        rest = content[begins[-1] + row_bytes :] if prefixes else content
        held = len(rest)
        if len(words) < count and held > longest:
            raise InputError(
                f"{source}: word number {len(words) + 1:,} is longer than {LONGEST_WORD:,} bytes; "
                "the file is damaged or its header is wrong: train or copy it again"
            )
        buffer[:held] = rest
    following = bytes(buffer[:held]) + file.read(_BLOCK_BYTES)
    return words, following if following.strip(b"\r\n") else b""


def _words(prefixes: bytes) -> list[bytes]:
    """Return words that are each followed by a space, without the line ends before them."""
    words = prefixes.split(b" ")[:-1]
    return [word.lstrip(b"\n") for word in words] if b"\n" in prefixes else words


def _cells(buffer: Any, row_bytes: int) -> npt.NDArray[Any]:
    """Return a view with an item of the size of a row at every byte, to move rows by index."""
    length = memoryview(buffer).nbytes - row_bytes + 1
    dtype: np.dtype[Any] = np.dtype((np.void, row_bytes))
    cells: npt.NDArray[Any] = np.ndarray((length,), dtype, buffer, strides=(1,))
    return cells
