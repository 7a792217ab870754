"""Word ids in a file, read in chunks.

A memory map would be shorter, but it takes address space (which ``ulimit -v`` limits), and its
pages count as memory of the process.
"""

from __future__ import annotations

import os
import shutil
import threading
import weakref
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import describe_os_error

LINE_END = -1
"""Follows each line in an array of word ids."""

_ID = np.dtype(np.int32)
_CHUNK_IDS = 1 << 17


class StoredIds:
    """A file of raw int32 ids; slicing it reads an array.

    Parameters
    ----------
    path
        The file. It stays open, so that it may be deleted meanwhile.
    file
        An open file to read instead; `path` only names it.
    folder
        Deleted when the ids are closed or garbage-collected.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        file: BinaryIO | None = None,
        folder: str | os.PathLike[str] | None = None,
    ) -> None:
        self.path = os.fspath(path)
        self._file: BinaryIO = file or open(path, "rb", buffering=0)  # noqa: SIM115 - stays open
        self.close = weakref.finalize(self, _close, self._file, folder)
        size = os.fstat(self._file.fileno()).st_size
        if size % _ID.itemsize:
            raise ValueError(f"{self.path} has {size} bytes, not a multiple of {_ID.itemsize}")
        self._length = size // _ID.itemsize
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        """Represent the ids by their file, so that workers open it, and a checksum of a part."""
        return _reopened, (os.path.abspath(self.path), self._length, checksum(self[:_CHUNK_IDS]))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: slice) -> NDArray[np.int32]:
        """Read the ids of a slice without a step."""
        begin, end, _ = index.indices(self._length)
        ids = np.empty(max(end - begin, 0), _ID)
        view = memoryview(ids.data).cast("B")
        try:
            offset = begin * _ID.itemsize
            while view and (count := self._read(view, offset)):
                view, offset = view[count:], offset + count
        except OSError as error:
            raise InputError(
                f"cannot read the word ids in {self.path}: {describe_os_error(error)}; check the "
                "disk, and start again"
            ) from error
        if view:
            raise InputError(
                f"the word ids in {self.path} were truncated while they were read; start again"
            )
        return ids

    def _read(self, view: memoryview, offset: int) -> int:
        """Read as much as one call reads at an offset of the file; return the number of bytes."""
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], offset)
        with self._lock:  # threads share the position in the file
            self._file.seek(offset)
            return self._file.readinto(view) or 0  # type: ignore[attr-defined]

    def mapped(self) -> NDArray[np.int32]:
        """Return all ids as one memory-mapped array."""
        if not self._length:
            return np.empty(0, _ID)
        with self._lock:
            return np.memmap(self._file, _ID, "r")


def _reopened(path: str, length: int, crc: int) -> StoredIds:
    """Open the word ids that another process has pickled, perhaps on another machine."""
    try:
        ids = StoredIds(path)
    except OSError as error:
        raise InputError(
            f"cannot read the word ids in {path}: {describe_os_error(error)}; all machines of a "
            "cluster must see the cache directory (TINYGRAD_W2V_CACHE) under the same path"
        ) from error
    if len(ids) != length or checksum(ids[:_CHUNK_IDS]) != crc:
        raise InputError(
            f"the word ids in {path} are those of another text or vocabulary: all machines of a "
            "cluster must see the same cache directory (TINYGRAD_W2V_CACHE)"
        )
    return ids


def _close(file: BinaryIO, folder: str | os.PathLike[str] | None) -> None:
    file.close()  # some systems cannot delete an open file
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


Ids: TypeAlias = NDArray[np.int32] | StoredIds


def chunks(
    ids: Ids, begin: int = 0, end: int | None = None, size: int = 0
) -> Iterator[NDArray[np.int32]]:
    """Yield the ids from `begin` up to `end` in arrays of limited size, or of `size` if larger."""
    end = len(ids) if end is None else end
    size = max(size, _CHUNK_IDS)
    for start in range(begin, end, size):
        yield ids[start : min(start + size, end)]


def occurrences(ids: Ids, size: int) -> NDArray[np.int64]:
    """Return the number of occurrences of ``LINE_END`` and of each id below `size`, (1 + size,).

    Raises ValueError if there are other ids.
    """
    counts = np.zeros(size + 1, np.int64)
    # Chunks at least as long as the counts keep the cost of the additions linear in the text.
    for chunk in chunks(ids, size=size):
        # An id that is too large makes this count longer, and the addition fails.
        counts += np.bincount(chunk - LINE_END, minlength=size + 1)
    return counts


def checksum(ids: Ids) -> int:
    """Return the CRC-32 of the ids."""
    crc = 0
    for chunk in chunks(ids):
        crc = zlib.crc32(chunk.data, crc)
    return crc
