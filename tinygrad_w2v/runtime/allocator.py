"""Memory that is kept although it is free, and memory that is given back although it is not."""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from pathlib import Path

# Parameters of glibc's mallopt(3) and the values they get, in bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _LARGEST = 256 << 20, 32 << 20


def retain_freed_memory() -> bool:
    """Ask glibc to keep freed memory, some 100 MB of it, for arrays to come.

    By itself it gives large arrays back to the system as soon as they are freed; a step that
    makes them anew then waits for the system to clear each of their pages, which can take three
    times as long as the step. Arrays above 32 MB are still given back. This is for the whole
    process, from now on.

    Returns
    -------
    bool
        Whether it was heard: false where the C library is another.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT) and mallopt(_MMAP_THRESHOLD, _LARGEST))


def release_freed_memory() -> bool:
    """Ask glibc to give back the pages of freed memory, those between others too.

    Returns
    -------
    bool
        Whether there were any; false where the C library is another.
    """
    if not sys.platform.startswith("linux"):
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim is not None and bool(trim(0))


def release_library_code(library: str) -> int:
    """Give back the memory that holds the machine code of a library which was used for once.

    Its pages are those of a file, so they can be had again: calling the library is as safe as
    before, only slower at first. Loading what Numba has compiled touches some 70 MB of LLVM.

    Parameters
    ----------
    library
        What the names of its files contain.

    Returns
    -------
    int
        The bytes given back; 0 where this is not Linux.
    """
    if not sys.platform.startswith("linux"):
        return 0
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    given = 0
    for begin, end, resident in _code_of(library):
        if not madvise(begin, end - begin, mmap.MADV_DONTNEED):
            given += resident
    return given


_HEADER = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")


def _code_of(library: str) -> Iterator[tuple[int, int, int]]:
    """Yield begin, end and resident bytes of a library's code and constants.

    Only of those to which nothing was ever written, not even by the loader.
    """
    try:
        lines = Path("/proc/self/smaps").read_text().splitlines()
    except OSError:  # not every container shows it
        return
    place, sizes = None, {}
    for line in [*lines, "0-0 ---p 0 0 0"]:
        header = _HEADER.fullmatch(line)
        if header is None:
            name, _, size = line.partition(":")
            sizes[name] = size
            continue
        if place and sizes.get("Anonymous", "").split() == ["0", "kB"]:
            yield *place, int(sizes["Rss"].split()[0]) * 1024
        begin, end, rights, file = header.groups()
        is_code = rights in ("r-xp", "r--p") and library in Path(file).name
        place, sizes = ((int(begin, 16), int(end, 16)) if is_code else None), {}
