"""Functions generated for one op: Python source, compiled when it is first needed.

A function written for one op has no loops over its inputs, no tuples of arguments, and no
look-ups that could be done once; :mod:`dataclasses` generates constructors in the same way.
"""

from __future__ import annotations

import functools
import linecache
import os
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any

# Inside the package's folder, so that messages that name the user's line skip these frames.
_FOLDER = os.path.dirname(os.path.abspath(__file__))

# Parameters have the names of the op's inputs and attributes, which may be any, such as `type`.
# So every other name in generated source begins with an underscore.
_BUILTINS: dict[str, Any] = {
    f"_{builtin.__name__}": builtin
    for builtin in (
        *(IndexError, TypeError, ValueError),
        *(bool, float, int, isinstance, len, list, tuple, type, zip),
    )
}


def compile_function(
    title: str, lines: Iterable[str], names: Mapping[str, Any]
) -> Callable[..., Any]:
    """Compile the source of one function, which may use `names`, and return the function.

    Tracebacks and debuggers show the source.
    """
    source = "\n".join(lines) + "\n"
    place = f"{_FOLDER}{os.sep}<{title}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    found: dict[str, Any] = {}
    exec(_compiled(source, place), {**_BUILTINS, **names}, found)
    (function,) = found.values()
    compiled: Callable[..., Any] = function
    return compiled


def replace_function(function: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Make a generated function behave as `new`, for all who hold a reference to it."""
    assert isinstance(function, FunctionType)
    assert isinstance(new, FunctionType)
    function.__globals__.update(new.__globals__)
    function.__code__ = new.__code__


def indented(lines: list[str]) -> list[str]:
    """Return lines of source one level deeper."""
    return [f"    {line}" for line in lines]


def one_or_tuple(expressions: list[str]) -> str:
    """Return the expression of a single value, or of a tuple of several."""
    return expressions[0] if len(expressions) == 1 else f"({', '.join(expressions)})"


# For a variadic op the source is the same however many inputs there are.
_compiled = functools.lru_cache(maxsize=1024)(functools.partial(compile, mode="exec"))
