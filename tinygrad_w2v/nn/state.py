"""What a module's state must be like: the comparison of names and shapes."""

from __future__ import annotations

from collections.abc import Mapping

from tinygrad_w2v.engine.types import Shape
from tinygrad_w2v.errors import InputError, nearest_names


class StateError(InputError):
    """A state does not belong to the module it is loaded into."""


def compare(expected: Mapping[str, Shape], found: Mapping[str, Shape], strict: bool) -> list[str]:
    """Return what is wrong with a state, a phrase for each name.

    Examples
    --------
    >>> compare({"weight": (2, 3)}, {"wieght": (2, 3)}, strict=True)
    ["missing 'weight'", "unexpected 'wieght' (did you mean weight?)"]
    """
    problems = []
    for name, shape in expected.items():
        if name not in found:
            if strict:
                problems.append(f"missing {name!r}")
        elif found[name] != shape:
            problems.append(f"{name!r} has shape {found[name]}, the module's is {shape}")
    missing = [name for name in expected if name not in found]
    for name in found:
        if strict and name not in expected:
            hint = nearest_names(name, missing or expected)
            problems.append(f"unexpected {name!r}" + (f" ({hint})" if hint else ""))
    return problems
