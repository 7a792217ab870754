"""Names of classes and functions in specs: short names, and import paths that a caller allows.

A short name is registered with :func:`register`; the classes of this package have theirs, and an
op or a function of :mod:`nn.functional` has its own. An import path, ``package.module:name``, is
followed only if it is allowed, because importing a module runs its code.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from tinygrad_w2v.engine import Op, registered_ops
from tinygrad_w2v.errors import InputError, nearest_names, nearest_or_all
from tinygrad_w2v.nn import functional

Class = TypeVar("Class", bound=type)

_CLASSES: dict[str, type] = {}
_PACKAGE = __name__.split(".")[0]
# Packages whose classes have short names; imported when a short name is unknown so far.
_PROVIDERS = (f"{_PACKAGE}.nn", f"{_PACKAGE}.optim", f"{_PACKAGE}.models")
_IMPORT_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*(:[^\W\d]\w*(\.[^\W\d]\w*)*)?")


def register(name: str) -> Callable[[Class], Class]:
    """Register a short name for the decorated class, for use in specs and files.

    Raises
    ------
    InputError
        If another class has the name. A class of the same import path replaces it.

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
        known = _CLASSES.get(name)
        if known is not None and _path(known) != _path(cls):
            raise InputError(
                f"the short name {name!r} belongs to {_path(known)}: give {_path(cls)} another"
            )
        _CLASSES[name] = cls
        return cls

    return enter


def register_own(cls: type) -> None:
    """Register a public class of this package under its name."""
    if cls.__module__.split(".")[0] == _PACKAGE and not cls.__name__.startswith("_"):
        register(cls.__name__)(cls)


def name_of_class(cls: type) -> str:
    """Return the short name of a class, or else its import path."""
    for name, known in _CLASSES.items():
        if known is cls:
            return name
    return import_path(cls)


def name_of_function(function: Callable[..., Any]) -> str:
    """Return the name of the op that a function is, or else its import path."""
    name = getattr(function, "__name__", "")
    if isinstance(function, Op | np.ufunc) and name in registered_ops():
        return str(name)
    return name if _own_function(name) is function else import_path(function)


def _own_function(name: str) -> Any:
    """Return the op of this name, or the function of nn.functional; None if there is none."""
    op = registered_ops().get(name)
    if op is not None:
        return op
    found = getattr(functional, name, None)
    is_own = getattr(found, "__module__", "").startswith(f"{_PACKAGE}.ops.")
    return found if is_own and callable(found) else None


def import_path(thing: Any) -> str:
    """Return ``package.module:name``; what is defined in a function or as a lambda has none."""
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


class Resolver:
    """Finds classes and functions by the names in a spec.

    Parameters
    ----------
    allow
        Import paths that may be imported: ``"package.module"`` for the classes and functions
        defined in that module (not those of its submodules, nor those it imports from others), or
        ``"package.module:name"`` for one of them.

    Examples
    --------
    >>> Resolver().find_function("os:system", "function")
    Traceback (most recent call last):
    tinygrad_w2v.errors.InputError: function is 'os:system': this would import os, which runs ...
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.allow = frozenset([allow] if isinstance(allow, str) else allow)
        for entry in self.allow:
            if not isinstance(entry, str) or not _IMPORT_PATH.fullmatch(entry):
                raise InputError(
                    f"allow has {entry!r}: name a module, 'package.module', or a class or function "
                    f"in it, 'package.module:name'"
                )

    def find_class(self, name: str, where: str) -> type:
        """Return the class of a short name or an allowed import path; messages name `where`."""
        place = f"{where} is {name!r:.80}"
        if ":" in name:
            found = self._imported(name, place)
            if not isinstance(found, type):
                raise InputError(f"{place}: that is not a class; name a class")
            return found
        for provider in _PROVIDERS:
            if name in _CLASSES:
                break
            importlib.import_module(provider)
        if name not in _CLASSES:
            hint = nearest_or_all(name, sorted(_CLASSES))
            raise InputError(
                f"{place}: no class has this short name; {hint}; for a class of your own, import "
                f"the module that registers it, or use its import path"
            )
        return _CLASSES[name]

    def find_function(self, name: str, where: str) -> Callable[..., Any]:
        """Return the op or the function of a name, or that of an allowed import path."""
        place = f"{where} is {name!r:.80}"
        found = self._imported(name, place) if ":" in name else _own_function(name)
        if found is None:
            hint = nearest_names(name, registered_ops()) or "use the name of an op"
            raise InputError(
                f"{place}: no op has this name; {hint}, or an import path, "
                f"'package.module:function'"
            )
        if not callable(found):
            raise InputError(f"{place}: that is not a function; name a function")
        return found  # type: ignore[no-any-return]

    def _imported(self, path: str, place: str) -> Any:
        if not _IMPORT_PATH.fullmatch(path):
            raise InputError(f"{place}: that is not an import path; use 'package.module:name'")
        module_name, _, names = path.partition(":")
        if path not in self.allow and module_name not in self.allow:
            raise InputError(
                f"{place}: this would import {module_name}, which runs its code; if you trust it, "
                f"pass allow=[{path!r}], on the command line --allow {path}"
            )
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            raise InputError(
                f"{place}: the module {module_name} cannot be imported ({error}): install it, or "
                f"run where Python finds it"
            ) from None
        found: Any = module
        if path in self.allow:
            for name in names.split("."):
                if not hasattr(found, name):
                    hint = nearest_names(name, dir(found)) or "correct the name"
                    raise InputError(f"{place}: no {name!r} in {module_name}; {hint}")
                found = getattr(found, name)
            return found
        # Of an allowed module only what it defines, not the modules and functions it imports.
        found = vars(module).get(names)
        if found is None or _path(found) != path:
            hint = nearest_names(names, dir(module)) or "correct the name"
            raise InputError(f"{place}: {module_name} defines no such class or function; {hint}")
        return found
