"""Control of memory: retaining and releasing freed memory, and releasing unused code."""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Parameters of glibc's mallopt(3) and the values set, in bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_RETAINED, _LARGEST = 256 << 20, 32 << 20


def retain_freed_memory() -> bool:
    """Make glibc retain up to 256 MiB of freed memory for later arrays, in the whole process.

    By default it returns large arrays to the system as soon as they are freed. A step that
    allocates them again then waits for the system to clear their pages, which can take three
    times as long as the step. Arrays above 32 MiB are still returned. Returns False if it has no
    effect, as with another C library.
    """
    mallopt = _libc_function("mallopt")
    if mallopt is None:
        return False
    return bool(mallopt(_TRIM_THRESHOLD, _RETAINED) and mallopt(_MMAP_THRESHOLD, _LARGEST))


def release_freed_memory() -> bool:
    """Make glibc return all freed pages to the system, also those between used ones.

    Returns False if there were none, or with another C library.
    """
    trim = _libc_function("malloc_trim")
    return trim is not None and bool(trim(0))


def release_library_code(library: str) -> int:
    """Release the memory of a library's machine code that is no longer needed.

    The pages are backed by a file and are loaded again on demand: calling the library stays safe,
    and is slower at first. Loading what Numba has compiled uses about 70 MB of LLVM. `library` is a
    part of the names of its files. Returns the number of bytes, 0 on other systems than Linux.
    """
    madvise = _libc_function("madvise")
    if madvise is None:
        return 0
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    released = 0
    for begin, end, resident in _code_segments(library):
        if not madvise(begin, end - begin, mmap.MADV_DONTNEED):
            released += resident
    return released


def _libc_function(name: str) -> Any:
    """Return a function of Linux's C library, or None."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None


_HEADER = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)")


def _code_segments(library: str) -> Iterator[tuple[int, int, int]]:
    """Yield begin, end and resident bytes of a library's segments of code and constants.

    Excludes segments that were written to, as by the loader.
    """
    try:
        lines = Path("/proc/self/smaps").read_text().splitlines()
    except OSError:  # not available in every container
        return
    segment, sizes = None, {}
    for line in [*lines, "0-0 ---p 0 0 0"]:
        header = _HEADER.fullmatch(line)
        if header is None:
            name, _, size = line.partition(":")
            sizes[name] = size
            continue
        if segment and sizes.get("Anonymous", "").split() == ["0", "kB"]:
            yield *segment, int(sizes["Rss"].split()[0]) * 1024
        begin, end, rights, file = header.groups()
        is_code = rights in ("r-xp", "r--p") and library in Path(file).name
        segment, sizes = ((int(begin, 16), int(end, 16)) if is_code else None), {}
