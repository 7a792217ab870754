"""Arrays in memory that a process shares with the processes forked from it."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"


class _Memory(mmap.mmap):
    """Distinguished from memory maps of files by its type."""


def shared_array(shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Return an array of zeros that forked processes share instead of copying.

    Its memory is anonymous, and is released with the last array that uses it.

    Examples
    --------
    >>> shared_array((2, 3), np.float32).sum()
    np.float32(0.0)
    """
    kind = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    memory = _Memory(-1, max(count * kind.itemsize, 1))
    return np.frombuffer(memory, kind, count).reshape(shape)


def is_shared(array: Array) -> bool:
    """Whether an array was made by :func:`shared_array`, or is a view of one."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, memoryview) and isinstance(base.obj, _Memory)
