"""Arrays and JSON in one ``.npz`` or ``.safetensors`` file, readable from untrusted sources.

Sizes that a file claims are compared with the size of the file before anything is allocated, and
every error names the file. No pickle, and no evaluation of Python literals.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, MissingExtraError, MissingFileError
from tinygrad_w2v.runtime.files import atomic_write, describe_os_error

File: TypeAlias = str | os.PathLike[str] | IO[bytes]
"""The path of a file, or a binary file that is open."""

META = "tinygrad_w2v"
"""Name under which the JSON is stored."""

MOST_META = 1 << 22
"""Bytes of JSON in a file; parsed, it takes up to 50 times the memory."""

MOST_LEVELS = 200
"""Nested lists and dicts in the JSON or TOML."""

_DTYPES = re.compile(r"[<>|=]?([bui][1248]|f[248])")
# What NumPy writes; other spellings of a Python dict are refused.
_NPY_HEADER = re.compile(
    r"\{'descr': '([^']{1,8})', 'fortran_order': (True|False), 'shape': \(([\d, ]{0,400})\), \} *\n"
)
_CHUNK = 1 << 20


def check_ending(path: str | os.PathLike[str]) -> str:
    """Return the file name's ending; raise InputError unless it is .npz or .safetensors."""
    ending = Path(path).suffix
    if ending not in (".npz", ".safetensors"):
        raise InputError(
            f"{os.fspath(path)} ends in {ending or 'nothing'!r}: name a file .npz or .safetensors"
        )
    return ending


def name_of(path: File) -> str:
    """Return the name of a path or an open file, for messages."""
    if isinstance(path, str | os.PathLike):
        return os.fspath(path)
    return str(getattr(path, "name", "the file"))


def write_archive(
    path: File,
    arrays: Mapping[str, Array],
    meta: Mapping[str, Any],
    *,
    any_name: bool = False,
    most_meta: int = MOST_META,
) -> None:
    """Write arrays and JSON; the complete file replaces an older one at once.

    With `any_name` the format is .npz, whatever the ending of the path, which may also be an open
    binary file.
    """
    text = json.dumps(meta)
    check_meta(meta, text, name_of(path), most_meta)
    for name, array in arrays.items():
        if not _DTYPES.fullmatch(array.dtype.str):
            raise InputError(
                f"{name_of(path)}: {name} has dtype {array.dtype}: a file holds booleans, "
                f"integers and floats of up to 64 bits"
            )
    encoded = np.frombuffer(text.encode(), dtype=np.uint8)
    held: dict[str, Any] = {**arrays, META: encoded}
    if not isinstance(path, str | os.PathLike):
        np.savez(path, **held)
        return
    if not any_name and check_ending(path) == ".safetensors":
        save_file = _safetensors().save_file
        with atomic_write(path) as temporary:
            contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
            save_file(contiguous, temporary, metadata={META: text})
        return
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **held)


def read_archive(
    path: File,
    *,
    any_name: bool = False,
    kind: str = "model",
    remedy: str = "save it again",
    most_meta: int = MOST_META,
) -> tuple[dict[str, Array], Any]:
    """Return the arrays and the parsed JSON of a file; None if it has no JSON.

    Raises InputError if the file cannot be read, is damaged, or claims more than it holds; the
    message names the `kind` of file and the `remedy`.
    """
    shown = name_of(path)
    with damage_reported(path, kind, remedy):
        if not isinstance(path, str | os.PathLike):
            arrays, text = _read_npz(path)
        elif any_name or check_ending(path) == ".npz":
            with open(path, "rb") as file:
                arrays, text = _read_npz(file)
        else:
            arrays, text = _read_safetensors(path)
        for name, array in arrays.items():
            if not _DTYPES.fullmatch(array.dtype.str):
                raise ValueError(f"{name!r:.80} has dtype {array.dtype}")
            if not array.dtype.isnative:
                arrays[name] = array.astype(array.dtype.newbyteorder("="))
        if text is None:
            return arrays, None
        if len(text) > most_meta:
            raise ValueError(f"its JSON is longer than {most_meta:,} bytes")
        meta = json.loads(text)
        check_meta(meta, text, shown, most_meta)
        return arrays, meta


@contextlib.contextmanager
def damage_reported(
    path: File, kind: str = "model", remedy: str = "save it again"
) -> Iterator[None]:
    """Turn all errors that a damaged file can cause in this block into InputError."""
    shown = name_of(path)
    try:
        yield
    except (InputError, MissingExtraError):
        raise
    except OSError as error:
        is_missing = isinstance(error, FileNotFoundError)
        raise (MissingFileError if is_missing else InputError)(
            f"cannot read the {kind} {shown}: {describe_os_error(error)}; check the path"
        ) from None
    except Exception as error:  # damaged bytes can lead parsers to any error
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"the {kind} {shown} is damaged ({reason:.200}): {remedy}") from error


def check_meta(meta: Any, text: str, shown: str, most: int = MOST_META) -> None:
    """Raise InputError if JSON or TOML is too long or too deeply nested to be read again."""
    if len(text) > most:
        raise InputError(f"{shown}: its JSON is longer than {most:,} bytes: store less in it")
    level, items = 0, [meta]
    while items:
        level += 1
        if level > MOST_LEVELS:
            raise InputError(f"{shown}: it is nested deeper than {MOST_LEVELS} levels")
        items = [
            inner
            for item in items
            if isinstance(item, dict | list | tuple)
            for inner in (item.values() if isinstance(item, dict) else item)
            if isinstance(inner, dict | list | tuple)
        ]


# --- .npz ----------------------------------------------------------------------------------------


def _read_npz(file: IO[bytes]) -> tuple[dict[str, Array], str | None]:
    size = file.seek(0, os.SEEK_END)
    _check_directory(file, size)
    arrays: dict[str, Array] = {}
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise ValueError("it is compressed; nn.save does not compress")
        claimed = sum(entry.file_size for entry in entries)
        if claimed > size:
            raise ValueError(f"it claims {claimed:,} bytes and has {size:,}")
        for entry in entries:
            name = entry.filename.removesuffix(".npy")
            if name in arrays:
                raise ValueError(f"it holds {name!r:.80} twice")
            with archive.open(entry) as member:
                arrays[name] = _read_npy(member, entry.file_size, name)
    text = arrays.pop(META, None)
    return arrays, None if text is None else text.tobytes().decode()


def _check_directory(file: IO[bytes], file_size: int) -> None:
    """Raise ValueError if the list of entries is too long; zipfile reads all of it at once."""
    file.seek(max(0, file_size - 98))
    end = file.read()
    if end[-22:-18] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        raise ValueError("it does not end as nn.save writes it")
    size = int.from_bytes(end[-10:-6], "little")
    if end[-42:-38] == b"PK\x06\x07":  # a file of more than 4 GiB has a larger record before that
        size = int.from_bytes(end[-58:-50], "little")
    if size > MOST_META:
        raise ValueError(f"its list of arrays is longer than {MOST_META:,} bytes")


def _read_npy(member: IO[bytes], size: int, name: str) -> Array:
    """Return an array in NumPy's format, given the bytes there are for it."""
    start = member.read(8)
    length_size = {b"\x01\x00": 2, b"\x02\x00": 4}.get(start[6:], 0)
    if start[:6] != b"\x93NUMPY" or not length_size:
        raise ValueError(f"{name!r:.80} is not an array in NumPy's format")
    length = int.from_bytes(member.read(length_size), "little")
    header = _NPY_HEADER.fullmatch(member.read(min(length, size)).decode("latin-1"))
    if not header or not _DTYPES.fullmatch(header[1]):
        raise ValueError(f"{name!r:.80} has a header that nn.save does not write")
    dtype = np.dtype(header[1])
    shape = tuple(int(part) for part in header[3].split(",") if part.strip())
    bytes_held = size - 8 - length_size - length
    if math.prod(shape) * dtype.itemsize != bytes_held:
        raise ValueError(f"{name!r:.80} claims shape {shape!s:.80} and has {bytes_held:,} bytes")
    buffer = np.empty(bytes_held, np.uint8)
    read = 0
    while chunk := member.read(_CHUNK):  # up to the end, where the checksum is compared
        buffer[read : read + len(chunk)] = np.frombuffer(chunk, np.uint8)
        read += len(chunk)
    if read != bytes_held:
        raise ValueError(f"{name!r:.80} is cut off")
    return buffer.view(dtype).reshape(shape, order="F" if header[2] == "True" else "C")


# --- .safetensors --------------------------------------------------------------------------------


def _safetensors() -> Any:
    try:
        return importlib.import_module("safetensors.numpy")
    except ImportError:
        raise MissingExtraError("safetensors", "io", "files in the safetensors format") from None


def _read_safetensors(path: str | os.PathLike[str]) -> tuple[dict[str, Array], str | None]:
    _safetensors()
    package: Any = importlib.import_module("safetensors")
    with open(path, "rb") as header:
        if int.from_bytes(header.read(8), "little") > 3 * MOST_META:
            raise ValueError(f"its header is longer than {3 * MOST_META:,} bytes")
    # The package checks the header against the size of the file.
    with package.safe_open(os.fspath(path), framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return arrays, (file.metadata() or {}).get(META)
