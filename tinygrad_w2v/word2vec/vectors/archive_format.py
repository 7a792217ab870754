"""Vectors in ``.npz`` and ``.safetensors`` files, with any words, counts, and smaller numbers.

The arrays are ``vectors`` (V, D), ``words``, the UTF-8 of all words after each other, ``ends``, the
position in it where each word ends, and optionally ``counts`` and ``scales``; see ``storage``.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.archive import MOST_META, damage_reported, read_archive, write_archive
from tinygrad_w2v.runtime.files import explained_reads
from tinygrad_w2v.word2vec.vectors.storage import Stored, restored, stored

Arrays = Mapping[str, npt.NDArray[Any]]

_KIND = "file of vectors"
_META = {"version": 1, "kind": "vectors"}
_DTYPES = (np.float32, np.float16, np.int8)


def write(
    path: str | os.PathLike[str],
    words: Sequence[str],
    vectors: npt.NDArray[np.float32],
    counts: npt.NDArray[np.int64] | None = None,
    dtype: Stored = "float32",
) -> None:
    """Write words, vectors and counts; see :func:`formats.write_vectors`."""
    text, ends = encoded_words(words, path)
    arrays = {**stored(vectors, dtype), "words": text, "ends": ends}
    if counts is not None:
        arrays["counts"] = counts
    write_archive(path, arrays, _META)


def read(
    path: str | os.PathLike[str], *, limit: int | None = None, mmap: bool = False
) -> tuple[list[str], npt.NDArray[np.float32], npt.NDArray[np.int64] | None]:
    """Read words, vectors and counts; see :func:`formats.read_vectors`."""
    with explained_reads(path):
        arrays = _mapped(path) if mmap else read_archive(path, kind=_KIND)[0]
    with damage_reported(path, _KIND):
        _check(arrays)
        arrays = dict(arrays)
        words = decoded_words(arrays.pop("words"), arrays.pop("ends"))
        if limit is not None:
            arrays = {k: v[:limit] if len(v) == len(words) else v for k, v in arrays.items()}
            words = words[:limit]
        if mmap and arrays["vectors"].dtype != np.float32:
            raise InputError(
                f"{os.fspath(path)} has {arrays['vectors'].dtype} vectors, and only float32 can be "
                "mapped; read it without mmap"
            )
        return words, restored(arrays), arrays.get("counts")


def _check(arrays: Arrays) -> None:
    """Raise ValueError unless the arrays are those of a file of vectors."""
    for name in ("vectors", "words", "ends"):
        if name not in arrays:
            raise ValueError(f"it holds no array {name!r}")
    vectors, ends = arrays["vectors"], arrays["ends"]
    if vectors.ndim != 2 or vectors.dtype not in _DTYPES:
        raise ValueError(f"its vectors have shape {vectors.shape} and dtype {vectors.dtype}")
    if ends.shape != (len(vectors),):
        raise ValueError(f"its ends have shape {ends.shape} for {len(vectors):,} vectors")
    scales = arrays.get("scales")
    sizes = {"float16": 1, "int8": len(vectors)}.get(str(vectors.dtype))
    if sizes is not None and (
        scales is None or scales.dtype != np.float32 or scales.shape != (sizes,)
    ):
        raise ValueError(f"its vectors are {vectors.dtype} without scales that fit")


def encoded_words(
    words: Sequence[str], path: str | os.PathLike[str]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the UTF-8 of all words after each other, and where each ends; errors name `path`."""
    try:
        encoded = [word.encode() for word in words]
    except UnicodeEncodeError as error:
        raise InputError(
            f"cannot write {os.fspath(path)}: the word {error.object[:40]!r} contains half of a "
            "surrogate pair, which UTF-8 cannot encode; correct or omit the word"
        ) from None
    ends = np.cumsum([len(word) for word in encoded], dtype=np.int64)
    return np.frombuffer(b"".join(encoded), np.uint8), ends


def decoded_words(text: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> list[str]:
    """Return the words of :func:`encoded_words`; ValueError if the arrays are others."""
    if text.dtype != np.uint8 or text.ndim != 1 or ends.dtype != np.int64:
        raise ValueError(f"its words have dtype {text.dtype}, their ends {ends.dtype}")
    if ends.ndim != 1:
        raise ValueError(f"its ends have shape {ends.shape}")
    if len(ends) and ends[-1] != len(text):
        raise ValueError(f"its last word ends at byte {ends[-1]} of {len(text):,}")
    if (np.diff(ends, prepend=0) < 0).any():
        raise ValueError("the ends of its words are not in order")
    raw, start = text.tobytes(), 0
    words = []
    for end in ends.tolist():
        words.append(raw[start:end].decode())
        start = end
    return words


# --- memory mapping ------------------------------------------------------------------------------


def _mapped(path: str | os.PathLike[str]) -> Arrays:
    """Return the arrays of a file, those of vectors mapped and the others read."""
    with damage_reported(path, _KIND):
        is_npz = Path(path).suffix == ".npz"
        places = _places_npz(path) if is_npz else _places_safetensors(path)
        size = os.path.getsize(path)
        arrays: dict[str, npt.NDArray[Any]] = {}
        for name, (offset, dtype, shape) in places.items():
            count = int(np.prod(shape, dtype=np.float64))
            if offset < 0 or offset + count * dtype.itemsize > size or dtype.kind not in "fiu":
                raise ValueError(f"{name!r:.80} does not fit the file")
            if name == "vectors" and count:
                arrays[name] = np.memmap(path, dtype, "r", offset, shape)
            else:
                arrays[name] = np.fromfile(path, dtype, count, offset=offset).reshape(shape)
        return arrays


Places = dict[str, tuple[int, "np.dtype[Any]", tuple[int, ...]]]


def _places_npz(path: str | os.PathLike[str]) -> Places:
    """Return where each array is in the file, its dtype and shape."""
    places: Places = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if name not in ("vectors", "words", "ends", "counts", "scales"):
                continue
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError("it is compressed; save it again with this package")
            file.seek(entry.header_offset)
            local = file.read(30)
            skipped = sum(int.from_bytes(local[at : at + 2], "little") for at in (26, 28))
            file.seek(entry.header_offset + 30 + skipped)
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(f"{name!r} has version {version} of NumPy's format")
            shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
            if is_fortran:
                raise ValueError(f"{name!r} is stored by columns")
            places[name] = file.tell(), dtype, shape
    return places


def _places_safetensors(path: str | os.PathLike[str]) -> Places:
    """Return where each tensor is in the file, its dtype and shape."""
    names = {"F32": "<f4", "F16": "<f2", "I8": "i1", "U8": "u1", "I64": "<i8"}
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > 3 * MOST_META:
            raise ValueError(f"its header is longer than {3 * MOST_META:,} bytes")
        header = json.loads(file.read(length))
    places: Places = {}
    for name, tensor in header.items():
        if name != "__metadata__":
            start, _ = tensor["data_offsets"]
            shape = tuple(int(size) for size in tensor["shape"])
            places[name] = 8 + length + int(start), np.dtype(names[tensor["dtype"]]), shape
    return places
