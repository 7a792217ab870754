"""fastText's binary model files, ``.bin``: version 12, not quantized.

The layout is that of ``FastText::saveModel`` in fastText 0.9: magic number and version, the
arguments of the training, the dictionary, the input table, the output table. All numbers are
little-endian.
"""

from __future__ import annotations

import dataclasses
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.models.subwords import Subwords
from tinygrad_w2v.runtime.files import atomic_write, explained_reads, is_special

_MAGIC, _VERSION = 793712314, 12
_START = struct.pack("<ii", _MAGIC, _VERSION)
_FLOAT = np.dtype("<f4")
_LONGEST_WORD = 1 << 16
_WORD = 0  # the type of an entry; 1 is a label of a classifier

ARGUMENTS: Mapping[str, float] = {
    "dim": 100,
    "ws": 5,
    "epoch": 5,
    "minCount": 5,
    "neg": 5,
    "wordNgrams": 1,
    "loss": 2,  # 1 hierarchical softmax, 2 negative sampling, 3 softmax, 4 one-vs-all
    "model": 2,  # 1 CBOW, 2 skip-gram, 3 a classifier
    "bucket": 2_000_000,
    "minn": 3,
    "maxn": 6,
    "lrUpdateRate": 100,
    "t": 1e-4,
}
"""fastText's names of the arguments in a file, in their order, and their defaults."""

_ARGUMENTS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<iiiqq")  # entries, words, labels, tokens, pruned n-grams
_ENTRY_END = struct.Struct("<qb")  # count, type
_SHAPE = struct.Struct("<qq")


@dataclasses.dataclass
class FastTextFile:
    """What a model file contains; see :class:`SubwordVectors` for the attributes."""

    words: Sequence[str]
    counts: npt.NDArray[np.int64] | None
    subwords: Subwords
    table: npt.NDArray[np.float32]
    output: npt.NDArray[np.float32] | None
    arguments: Mapping[str, float]


def is_fasttext(path: str | os.PathLike[str]) -> bool:
    """Return whether a file, not a pipe, begins with fastText's magic number."""
    if is_special(path):
        return False
    with explained_reads(path), open(path, "rb") as file:
        return file.read(4) == _START[:4]


def write_fasttext(path: str | os.PathLike[str], model: FastTextFile) -> None:
    """Write a model file that fastText reads; it is replaced atomically."""
    broken = next((word for word in model.words if not word or set(word) & set("\0\n ")), None)
    if broken is not None:
        raise InputError(f"cannot write the word {broken!r} to {os.fspath(path)}: rename it")
    count, dim = len(model.words), model.table.shape[1]
    counts = np.ones(count, np.int64) if model.counts is None else model.counts
    subwords = model.subwords
    arguments = {
        **ARGUMENTS,
        **model.arguments,
        "dim": dim,
        "bucket": subwords.buckets,
        "minn": subwords.minn,
        "maxn": subwords.maxn,
    }
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        file.write(_START)
        file.write(_ARGUMENTS.pack(*(arguments[name] for name in ARGUMENTS)))
        file.write(_DICTIONARY.pack(count, count, 0, int(counts.sum()), -1))
        for word, number in zip(model.words, counts.tolist(), strict=True):
            encoded = word.encode(errors="surrogateescape")
            file.write(encoded + b"\0" + _ENTRY_END.pack(number, _WORD))
        output = np.zeros((count, dim), _FLOAT) if model.output is None else model.output
        for matrix in (model.table, output):
            file.write(b"\0" + _SHAPE.pack(*matrix.shape))
            file.write(np.ascontiguousarray(matrix, _FLOAT).data)


def read_fasttext(path: str | os.PathLike[str]) -> FastTextFile:
    """Read a model file written by fastText or :func:`write_fasttext`.

    Of a classifier's file only the words and their vectors are read.

    Raises
    ------
    InputError
        If the file is quantized, of another version, truncated or damaged.
    """
    name = os.fspath(path)
    with explained_reads(path), open(path, "rb") as file:
        try:
            return _read(file, os.fstat(file.fileno()).st_size, name)
        except (struct.error, ValueError, MemoryError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(
                f"{name} is damaged or truncated ({error}); copy or download it again"
            ) from None


def _read(file: BinaryIO, size: int, name: str) -> FastTextFile:
    found = file.read(len(_START))
    if found != _START:
        version = int.from_bytes(found[4:], "little")
        kind = f"version {version}" if found[:4] == _START[:4] else "no model of fastText"
        raise InputError(f"{name} is {kind}: give a .bin file of version {_VERSION}")
    arguments = dict(zip(ARGUMENTS, _unpack(file, _ARGUMENTS), strict=True))
    entries, count, labels, _, pruned = _unpack(file, _DICTIONARY)
    if count < 1 or labels < 0 or entries != count + labels or entries > size:
        raise ValueError(f"a dictionary of {entries:,} entries and {count:,} words")
    if pruned >= 0:
        raise InputError(f"{name} is quantized or pruned: give the file that it was made from")
    words, counts = zip(*_entries(file, entries), strict=True)
    subwords = Subwords(arguments["minn"], arguments["maxn"], arguments["bucket"])
    table = _matrix(file, size, name)
    if table.shape != (count + subwords.buckets, arguments["dim"]):
        raise ValueError(f"a table of shape {table.shape}")
    output = None if labels else _matrix(file, size, name)
    if output is not None and output.shape != (count, arguments["dim"]):
        raise ValueError(f"an output table of shape {output.shape}")
    return FastTextFile(words[:count], np.array(counts[:count]), subwords, table, output, arguments)


def _unpack(file: BinaryIO, layout: struct.Struct) -> tuple[Any, ...]:
    return layout.unpack(file.read(layout.size))


def _entries(file: BinaryIO, entries: int) -> Iterator[tuple[str, int]]:
    """Yield the words of the dictionary with their counts."""
    buffer, begin = b"", 0
    for _ in range(entries):
        end = buffer.find(b"\0", begin)
        if end < 0 or end + 1 + _ENTRY_END.size > len(buffer):
            buffer, begin = buffer[begin:] + file.read(1 << 20), 0
            end = buffer.find(b"\0", 0, _LONGEST_WORD)
            if end < 0:
                raise ValueError("a word has no end")
        count, _ = _ENTRY_END.unpack_from(buffer, end + 1)
        yield buffer[begin:end].decode(errors="surrogateescape"), count
        begin = end + 1 + _ENTRY_END.size
    file.seek(begin - len(buffer), os.SEEK_CUR)


def _matrix(file: BinaryIO, size: int, name: str) -> npt.NDArray[np.float32]:
    """Read a table: whether it is quantized, its shape, and its numbers."""
    if file.read(1) != b"\0":
        raise InputError(f"{name} is quantized: give the file that it was made from")
    rows, columns = _unpack(file, _SHAPE)
    if rows < 1 or columns < 1 or rows * columns * _FLOAT.itemsize > size - file.tell():
        raise ValueError(f"a table of {rows:,} rows of {columns:,} numbers")
    return np.fromfile(file, _FLOAT, rows * columns).reshape(rows, columns)
