"""What a module is made of: the search through attributes, and names for what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def members(values: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield attributes by name; the members of lists, tuples and dicts by dotted names.

    Examples
    --------
    >>> dict(members({"scale": 2, "layers": ["a", {"b": 3}]}))
    {'scale': 2, 'layers.0': 'a', 'layers.1.b': 3}
    """
    for name, value in values.items():
        if isinstance(value, Mapping):
            nested: Mapping[Any, Any] = value
        elif isinstance(value, list | tuple):
            nested = dict(enumerate(value))
        else:
            yield str(name), value
            continue
        for inner, member in members(nested):
            yield f"{name}.{inner}", member


def replace_member(module: Any, dotted: str, value: Any) -> None:
    """Put `value` where the dotted name, as the search gives it, points to.

    Raises
    ------
    TypeError
        If it stands in a tuple, which cannot be changed.
    """
    holder, names = module, dotted.split(".")
    for name in names[:-1]:
        holder = _held(holder, name)
    last = names[-1]
    if isinstance(holder, tuple):
        raise TypeError(f"{dotted} stands in a tuple, which cannot be changed: use a list")
    if isinstance(holder, list):
        holder[int(last)] = value
    elif isinstance(holder, Mapping):
        holder[_key(holder, last)] = value  # type: ignore[index]
    else:
        setattr(holder, last, value)


def _held(holder: Any, name: str) -> Any:
    if isinstance(holder, list | tuple):
        return holder[int(name)]
    if isinstance(holder, Mapping):
        return holder[_key(holder, name)]
    return getattr(holder, name)


def _key(holder: Mapping[Any, Any], name: str) -> Any:
    return next(key for key in holder if str(key) == name)
