"""Checks of hyperparameters, made when a layer or an optimizer is built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tinygrad_w2v.errors import InputError, nearest_names


def at_least(least: int, **named: Any) -> None:
    """Refuse what is not a whole number of at least `least`.

    Examples
    --------
    >>> at_least(1, in_features=0)
    Traceback (most recent call last):
    tinygrad_w2v.errors.InputError: in_features is 0: it must be a whole number of at least 1
    """
    for name, value in named.items():
        if not hasattr(value, "__index__") or isinstance(value, bool) or value < least:
            raise InputError(f"{name} is {value!r}: it must be a whole number of at least {least}")


def within(low: float, high: float, *, open_end: bool = False, **named: Any) -> None:
    """Refuse what is not a number from `low` to `high` (below it, with `open_end`)."""
    for name, value in named.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not low <= value <= high or (open_end and value == high):
            end = f"below {high:g}" if open_end else f"at most {high:g}"
            bound = "not negative" if math.isinf(high) and low == 0 else f"from {low:g} and {end}"
            raise InputError(f"{name} is {value!r}: it must be a number {bound}")


def above_zero(**named: Any) -> None:
    """Refuse what is not a finite number above 0."""
    for name, value in named.items():
        is_number = hasattr(value, "__float__") and not isinstance(value, bool)
        if not is_number or not 0 < value < math.inf:
            raise InputError(f"{name} is {value!r}: it must be a number above 0")


def one_of(allowed: Sequence[str], **named: Any) -> None:
    """Refuse a name that is not among those allowed."""
    for name, value in named.items():
        if value not in allowed:
            listed = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
            hint = nearest_names(str(value), allowed)
            raise InputError(f"{name} is {value!r}: use {listed}" + (f"; {hint}" if hint else ""))


def sizes(count: int, least: int, **named: Any) -> tuple[int, ...]:
    """Return a size for each of `count` axes, from one for all or a sequence of `count`."""
    ((name, value),) = named.items()
    given = tuple(value) if isinstance(value, list | tuple) else (value,) * count
    if len(given) != count:
        raise InputError(f"{name} is {value!r}: give one number, or {count}")
    for size in given:
        at_least(least, **{name: size})
    return given
