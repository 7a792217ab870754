"""Checks of a spec's values against a constructor's annotations."""

from __future__ import annotations

import collections.abc
import inspect
import sys
import types
import typing
from collections.abc import Callable
from dataclasses import KW_ONLY
from functools import cache
from typing import Any, Literal, Union

import numpy as np

_SEQUENCES = (list, tuple, collections.abc.Sequence, collections.abc.Iterable)
# Before Python 3.11, annotations must evaluate to types, which the marker of dataclasses is not.
_LOCALS = {"KW_ONLY": type(KW_ONLY)} if sys.version_info < (3, 11) else None
_PLAIN = {bool: "true or false", int: "an integer", float: "a number", str: "a string"}


@cache
def hints_of(annotated: Callable[..., Any], include_extras: bool = False) -> dict[str, Any]:
    """Return the annotations of a constructor or class; none if they cannot be resolved."""
    try:
        return typing.get_type_hints(annotated, None, _LOCALS, include_extras)
    except (NameError, TypeError, AttributeError):
        return {}


def fits(value: Any, annotation: Any) -> bool:
    """Return whether `value` fits; annotations that cannot be checked, such as protocols, fit all.

    Examples
    --------
    >>> fits(2, float), fits(2.5, int), fits(True, int), fits([1, 2], tuple[int, int])
    (True, False, False, True)
    """
    if annotation is None or annotation is type(None):
        return value is None
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(fits(value, choice) for choice in typing.get_args(annotation))
    if origin is Literal:
        return any(value == choice for choice in typing.get_args(annotation))
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if (origin or annotation) in _SEQUENCES:
        return _fits_items(value, annotation)
    if origin is collections.abc.Callable or annotation is collections.abc.Callable:
        return callable(value)
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, collections.abc.Mapping)
    if origin is not None or not isinstance(annotation, type):
        return True
    if getattr(annotation, "_is_protocol", False) or annotation is np.dtype:
        return True
    return isinstance(value, annotation)


def accepts(annotation: Any, kind: Any) -> bool:
    """Return whether an annotation is `kind` or a union with it."""
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(accepts(choice, kind) for choice in typing.get_args(annotation))
    return (origin or annotation) in (kind, typing.get_origin(kind) or kind)


def _fits_items(value: Any, annotation: Any) -> bool:
    if not isinstance(value, list | tuple):
        return False
    wanted = typing.get_args(annotation)
    is_tuple = (typing.get_origin(annotation) or annotation) is tuple
    if is_tuple and wanted and wanted[-1] is not Ellipsis:
        return len(value) == len(wanted) and all(map(fits, value, wanted))
    return not wanted or all(fits(item, wanted[0]) for item in value)


def describe(annotation: Any) -> str:
    """Return what fits an annotation, in words for a message.

    Examples
    --------
    >>> describe(int | None), describe(Literal["mean", "sum"]), describe(tuple[int, int])
    ('an integer or left out', "'mean' or 'sum'", 'a list of 2')
    """
    if annotation is None or annotation is type(None):
        return "left out"
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(describe, typing.get_args(annotation))))
    if origin is Literal:
        *first, last = map(repr, typing.get_args(annotation))
        return f"{', '.join(first)} or {last}" if first else last
    if (origin or annotation) in _SEQUENCES:
        wanted = typing.get_args(annotation)
        is_exact = origin is tuple and Ellipsis not in wanted
        return f"a list of {len(wanted)}" if is_exact else "a list"
    if isinstance(annotation, type):
        return _PLAIN.get(annotation, f"a {annotation.__name__}")
    return str(annotation)


def parameters_of(cls: type) -> dict[str, inspect.Parameter]:
    """Return the constructor's parameters by name, without ``self``."""
    constructor: Any = cls.__init__  # type: ignore[misc]
    if constructor is object.__init__:
        return {}
    _, *rest = inspect.signature(constructor).parameters.items()
    return dict(rest)
