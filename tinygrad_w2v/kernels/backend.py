"""Which form of the hot routines runs: NumPy's, always there, or Numba's, several times faster.

A routine is written in NumPy and decorated with :func:`kernel`; its Numba form, of the same name
in ``kernels.compiled``, takes over after ``set_backend("numba")``; where it returns NotImplemented,
NumPy's runs after all. Results differ by rounding only.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np

from tinygrad_w2v.errors import InputError, MissingExtraError

Backend: TypeAlias = Literal["numpy", "numba"]
Function = TypeVar("Function", bound=Callable[..., Any])

_numba_forms: dict[str, tuple[Callable[..., Any], str]] = {}
"""By name: the form, and the characters of the dtypes of its first argument."""
_backend: Backend = "numpy"


def kernel(numpy_form: Function) -> Function:
    """Let the chosen backend's form answer calls of a routine; the decorated one is NumPy's."""
    name = numpy_form.__name__

    @functools.wraps(numpy_form)
    def call(*args: Any) -> Any:
        fast = _numba_forms.get(name)
        # Tensors come where the graph of a gradient is wanted: only NumPy's functions take them.
        if fast is None or not isinstance(args[0], np.ndarray) or args[0].dtype.char not in fast[1]:
            return numpy_form(*args)
        if not _of_one_dtype(args):
            return numpy_form(*args)
        result = fast[0](*args)
        return numpy_form(*args) if result is NotImplemented else result

    call.numpy_form = numpy_form  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def _of_one_dtype(args: tuple[Any, ...]) -> bool:
    """Whether all floating arrays have the dtype of the first argument."""
    dtype = args[0].dtype
    for arg in args[1:]:
        if type(arg) is np.ndarray and arg.dtype.kind == "f" and arg.dtype != dtype:
            return False
    return True


def set_backend(name: Backend | Literal["auto"]) -> None:
    """Choose the form of the hot routines for the whole process.

    Parameters
    ----------
    name
        ``"numpy"`` (the default), ``"numba"``, or ``"auto"`` for Numba where it is installed.
        Numba compiles a routine when it is first called and keeps the result on disk.

    Raises
    ------
    MissingExtraError
        If ``"numba"`` is asked for and not installed.
    """
    global _backend
    if name == "auto":
        name = "numba" if importlib.util.find_spec("numba") else "numpy"
    if name not in ("numpy", "numba"):
        raise InputError(f"backend is {name!r}: use 'numpy', 'numba' or 'auto'")
    if name == "numba":
        if importlib.util.find_spec("numba") is None:
            raise MissingExtraError("numba", "fast", "the numba backend")
        forms = importlib.import_module("tinygrad_w2v.kernels.compiled")
        _numba_forms.update(forms.FORMS)
    else:
        _numba_forms.clear()
    _backend = name


def get_backend() -> Backend:
    """Return which form of the hot routines runs."""
    return _backend
