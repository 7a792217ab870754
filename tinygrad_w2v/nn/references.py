"""Names for classes and functions: import paths such as ``package.module:Class``, and short names.

A short name is entered with :func:`register`; the package's own classes have theirs.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from tinygrad_w2v.errors import InputError, nearest_names

Class = TypeVar("Class", bound=type)

_CLASSES: dict[str, type] = {}
_PACKAGE = __name__.split(".")[0]
# Floors above this one enter their classes when they are imported, which a short name that is
# not known yet brings about.
_PROVIDERS = (f"{_PACKAGE}.nn", f"{_PACKAGE}.optim", f"{_PACKAGE}.models")


def register(name: str) -> Callable[[Class], Class]:
    """Give the decorated class a short name, by which specs refer to it.

    Raises
    ------
    InputError
        If another class has the name; one of the same import path (a module run again) may.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> @nn.register("doc_double")
    ... class Double(nn.Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> nn.build({"type": "doc_double"})(4)
    8
    """

    def enter(cls: Class) -> Class:
        standing = _CLASSES.get(name)
        if standing is not None and _path(standing) != _path(cls):
            raise InputError(
                f"the short name {name!r} belongs to {_path(standing)}: give {_path(cls)} another"
            )
        _CLASSES[name] = cls
        return cls

    return enter


def enter_own(cls: type) -> None:
    """Enter a class of this package under its name, unless it is private."""
    if cls.__module__.split(".")[0] == _PACKAGE and not cls.__name__.startswith("_"):
        register(cls.__name__)(cls)


def name_of_class(cls: type) -> str:
    """Return the short name of a class, or else its import path."""
    for name, known in _CLASSES.items():
        if known is cls:
            return name
    return import_path(cls)


def import_path(thing: Any) -> str:
    """Return ``package.module:name`` for a class or a function.

    Raises
    ------
    InputError
        If there is none, since it was defined inside a function or by a lambda expression.

    Examples
    --------
    >>> import numpy as np
    >>> import_path(np.mean)
    'numpy:mean'
    """
    path = _path(thing)
    if "<" in path or ":" not in path:
        remedy = "or give it a short name with @nn.register" if isinstance(thing, type) else ""
        raise InputError(
            f"{path.rpartition(':')[2] or thing!r} has no import path, so no spec can name it: "
            f"define it at the top of a module {remedy}".rstrip()
        )
    return path


def _path(thing: Any) -> str:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", repr(thing))
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return f"{module}:{name}"


def find_class(name: str, where: str) -> type:
    """Return the class of a short name or an import path; `where` it was read, for messages."""
    if ":" in name:
        found = find(name, where)
        if not isinstance(found, type):
            raise InputError(
                f"{where} is {name!r}: that is not a class but {found!r}; name a class"
            )
        return found
    for provider in _PROVIDERS:
        if name in _CLASSES:
            break
        importlib.import_module(provider)
    if name not in _CLASSES:
        hint = nearest_names(name, _CLASSES) or f"known are {', '.join(sorted(_CLASSES))}"
        raise InputError(
            f"{where} is {name!r}: no class has this short name; {hint}; a class of your own is "
            f"named by its import path, 'package.module:Class'"
        )
    return _CLASSES[name]


def find(path: str, where: str) -> Any:
    """Return what an import path names.

    Raises
    ------
    InputError
        If the module cannot be imported or has no such name.
    """
    module_name, _, names = path.partition(":")
    try:
        found: Any = sys.modules.get(module_name) or importlib.import_module(module_name)
    except ImportError as error:
        raise InputError(
            f"{where} is {path!r}: the module {module_name} cannot be imported ({error}): install "
            f"it, or run where Python finds it"
        ) from None
    for name in names.split("."):
        if not hasattr(found, name):
            hint = nearest_names(name, dir(found)) or "correct the name"
            raise InputError(f"{where} is {path!r}: {module_name} has no {name!r}; {hint}")
        found = getattr(found, name)
    return found
