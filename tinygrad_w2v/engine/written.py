"""Functions written for one op: Python source put together, compiled when it is first needed.

Arithmetic on small arrays costs little more than the bookkeeping around it. A function that is
written for one op has no loops over its inputs, no tuples of arguments and no look-ups that
could be done once; :mod:`dataclasses` makes constructors in the same way. What is written this
way does exactly what a general form beside it does; tests hold the two to each other.
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

# Parameters have the names of the op's own inputs and settings, which may be anything, `type` too:
# so every other name begins with an underscore.
_BUILTINS: dict[str, Any] = {
    f"_{builtin.__name__}": builtin
    for builtin in (bool, float, int, isinstance, len, list, next, tuple, type, zip)
}


def write_function(
    title: str, lines: Iterable[str], names: Mapping[str, Any]
) -> Callable[..., Any]:
    """Compile the source of one function, which may use `names`; return the function.

    The source is kept where tracebacks and debuggers look for it.
    """
    source = "\n".join(lines) + "\n"
    place = f"{_FOLDER}{os.sep}<{title}>"
    linecache.cache[place] = (len(source), None, source.splitlines(keepends=True), place)
    found: dict[str, Any] = {}
    exec(_compiled(source, place), {**_BUILTINS, **names}, found)
    (function,) = found.values()
    written: Callable[..., Any] = function
    return written


def write_over(function: Callable[..., Any], fresh: Callable[..., Any]) -> None:
    """Have a written function do what another one does, for all who hold it."""
    assert isinstance(function, FunctionType)
    assert isinstance(fresh, FunctionType)
    function.__globals__.update(fresh.__globals__)
    function.__code__ = fresh.__code__


# For an op of any number of inputs the source is the same however many there are.
_compiled = functools.lru_cache(maxsize=1024)(functools.partial(compile, mode="exec"))
