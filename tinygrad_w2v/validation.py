"""Checks of the numbers a user sets; each message names the option, the value and the range."""

from __future__ import annotations

import math
import operator

from tinygrad_w2v.errors import InputError


def whole_number(name: str, value: object, least: int) -> int:
    """Return `value` as an int, or raise InputError if it is no whole number >= `least`.

    Examples
    --------
    >>> whole_number("window", 5, least=1)
    5
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise InputError(f"{name} must be a whole number of at least {least}, found {value!r}")
    return number


def fraction(name: str, value: object) -> float:
    """Return `value` as a float, or raise InputError if it is not between 0 and 1.

    Examples
    --------
    >>> fraction("sample", 0.001)
    0.001
    """
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 1:  # also refuses nan
        raise InputError(f"{name} must be a number from 0 to 1, found {value!r}")
    return number
