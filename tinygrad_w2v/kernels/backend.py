"""The choice of the backend: whether the hot routines run in NumPy or in Numba."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from typing import Any, Literal, TypeAlias

from tinygrad_w2v.errors import InputError, MissingExtraError
from tinygrad_w2v.kernels.dispatch import compiled_kernels

Backend: TypeAlias = Literal["numpy", "numba"]


def set_backend(name: Backend | Literal["auto"]) -> None:
    """Choose the implementation of the hot routines for the whole process.

    Parameters
    ----------
    name
        ``"numpy"`` (the default), ``"numba"``, or ``"auto"`` for Numba if it is installed.
        Numba compiles a routine at its first call and caches the result on disk. With
        ``NUMBA_DISABLE_JIT=1`` it compiles nothing, and NumPy is used, with a warning.

    Raises
    ------
    MissingExtraError
        If ``"numba"`` is requested and not installed.
    """
    if name == "auto":
        name = "numba" if importlib.util.find_spec("numba") else "numpy"
    if name not in ("numpy", "numba"):
        raise InputError(f"backend is {name!r}: use 'numpy', 'numba' or 'auto'")
    if name == "numba":
        if importlib.util.find_spec("numba") is None:
            raise MissingExtraError("numba", "fast", "the numba backend")
        # Lazy: Numba is optional, and takes half a second to import.
        numba: Any = importlib.import_module("numba")
        if numba.config.DISABLE_JIT:
            warnings.warn("NUMBA_DISABLE_JIT is set: the NumPy kernels are used", stacklevel=2)
            name = "numpy"
    if name == "numpy":
        compiled_kernels.clear()
        return
    compiled_kernels.update(importlib.import_module("tinygrad_w2v.kernels.compiled").KERNELS)


def get_backend() -> Backend:
    """Return the backend in use."""
    return "numba" if compiled_kernels else "numpy"
