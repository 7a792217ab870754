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
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np

from tinygrad_w2v.errors import InputError, MissingExtraError

Backend: TypeAlias = Literal["numpy", "numba"]
Function = TypeVar("Function", bound=Callable[..., Any])


class Form(NamedTuple):
    """A compiled form of a routine, and what it is for.

    Attributes
    ----------
    function
        Returns NotImplemented where it cannot do it.
    dtypes
        Of the first argument.
    alike
        The places of the arguments that must have the dtype of the first.
    """

    function: Callable[..., Any]
    dtypes: frozenset[np.dtype[Any]]
    alike: tuple[int, ...] = ()

    def takes(self, args: tuple[Any, ...]) -> bool:
        """Whether it is for these arguments."""
        first = args[0]
        # Tensors come where the graph of a gradient is wanted: only NumPy's functions take them.
        if type(first) is not np.ndarray:
            return False
        dtype = first.dtype
        if dtype not in self.dtypes:
            return False
        for place in self.alike:
            other = args[place]
            if type(other) is not np.ndarray or (other.dtype is not dtype and other.dtype != dtype):
                return False
        return True


_numba_forms: dict[str, Form] = {}
_backend: Backend = "numpy"


def kernel(numpy_form: Function) -> Function:
    """Let the chosen backend's form answer calls of a routine; the decorated one is NumPy's."""
    name = numpy_form.__name__

    @functools.wraps(numpy_form)
    def call(*args: Any) -> Any:
        form = _numba_forms.get(name)
        if form is not None and form.takes(args):
            result = form.function(*args)
            if result is not NotImplemented:
                return result
        return numpy_form(*args)

    call.numpy_form = numpy_form  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


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
