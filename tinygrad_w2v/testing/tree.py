"""Nested tuples, lists and dicts of values, as functions take and return them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any


def leaves(tree: Any) -> Iterator[Any]:
    """Yield the values at the ends of a nest of tuples, lists and dicts, in order.

    Examples
    --------
    >>> list(leaves((1, {"a": 2, "b": [3, 4]})))
    [1, 2, 3, 4]
    """
    if isinstance(tree, dict):
        for value in tree.values():
            yield from leaves(value)
    elif isinstance(tree, tuple | list):
        for value in tree:
            yield from leaves(value)
    else:
        yield tree


def labelled(tree: Any, label: str) -> Iterator[tuple[str, Any]]:
    """Yield each end value with the expression that leads to it.

    Examples
    --------
    >>> list(labelled((5, {"a": 6}), "out"))
    [('out[0]', 5), ("out[1]['a']", 6)]
    """
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from labelled(value, f"{label}[{key!r}]")
    elif isinstance(tree, tuple | list):
        for position, value in enumerate(tree):
            yield from labelled(value, f"{label}[{position}]")
    else:
        yield label, tree


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return the same nest with `change` applied to each end value, in order."""
    if isinstance(tree, dict):
        return type(tree)((key, rebuild(value, change)) for key, value in tree.items())
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*[rebuild(value, change) for value in tree])
    if isinstance(tree, tuple | list):
        return type(tree)(rebuild(value, change) for value in tree)
    return change(tree)
