"""Word ids in a file, read piece by piece.

A memory map would be shorter, but a long text's takes address space (which ``ulimit -v`` limits)
and its pages count as memory of the process.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import describe_os_error

_ID = np.dtype(np.int32)


class StoredIds:
    """A file of raw int32 ids; a slice of it is an array that was read just then.

    Parameters
    ----------
    path
        The file. It stays open, so that it may be deleted in the meantime.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If its size is not that of whole ids.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 - open as long as self is
        weakref.finalize(self, self._file.close)
        size = os.fstat(self._file.fileno()).st_size
        if size % _ID.itemsize:
            raise ValueError(f"{self.path} holds {size} bytes, which are no whole ids")
        self._length = size // _ID.itemsize
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: slice) -> NDArray[np.int32]:
        """Read the ids of a slice without a step.

        Raises
        ------
        InputError
            If the file cannot be read, or is shorter than it was.
        """
        begin, end, _ = index.indices(self._length)
        ids = np.empty(max(end - begin, 0), _ID)
        view = memoryview(ids.data).cast("B")
        try:
            place = begin * _ID.itemsize
            while view and (count := self._read(view, place)):
                view, place = view[count:], place + count
        except OSError as error:
            raise InputError(
                f"cannot read the word ids in {self.path}: {describe_os_error(error)}; check the "
                "disk, and begin again"
            ) from error
        if view:
            raise InputError(
                f"the word ids in {self.path} were cut short while they were read; begin again"
            )
        return ids

    def _read(self, view: memoryview, place: int) -> int:
        """Read what can be read at once from a place in the file; return the number of bytes."""
        if hasattr(os, "preadv"):
            return os.preadv(self._file.fileno(), [view], place)
        with self._lock:  # threads share the position in the file
            self._file.seek(place)
            return self._file.readinto(view) or 0

    def mapped(self) -> NDArray[np.int32]:
        """Return all of them as one memory-mapped array."""
        if not self._length:
            return np.empty(0, _ID)
        with self._lock:
            return np.memmap(self._file, _ID, "r")

    def close(self) -> None:
        """Close the file."""
        self._file.close()


Ids: TypeAlias = NDArray[np.int32] | StoredIds


def pieces(ids: Ids, size: int) -> Iterator[NDArray[np.int32]]:
    """Yield the ids in arrays of a size, the last one shorter; of a text they are not all kept."""
    for begin in range(0, len(ids), size):
        yield ids[begin : begin + size]
