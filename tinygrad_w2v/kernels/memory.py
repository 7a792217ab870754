"""Memory that one step of a training frees and the next one needs again."""

from __future__ import annotations

import ctypes
import sys

# Parameters of glibc's mallopt(3) and the values they get, in bytes.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT, _LARGEST = 256 << 20, 32 << 20


def keep_freed_memory() -> bool:
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
