"""Checks of values that a user passes; a message names the argument, the value and the range."""

from __future__ import annotations

import contextlib
import math
import numbers
import operator
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError, nearest_names

_LARGEST_INTEGER = 2**128  # far above any count or seed; a float holds it


def integer(name: str, value: object, least: int) -> int:
    """Return `value` as an int; raise InputError unless it is an integer of at least `least`.

    Examples
    --------
    >>> integer("window", 5, least=1)
    5
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool) or number < least:
        raise InputError(f"{name} is {value!r}: it must be an integer of at least {least}")
    if number > _LARGEST_INTEGER:
        raise InputError(f"{name} is larger than 2**128: lower it")
    return number


def at_least(least: int, **named: Any) -> None:
    """Raise InputError unless every value is an integer of at least `least`.

    Examples
    --------
    >>> at_least(1, in_features=0)
    Traceback (most recent call last):
    tinygrad_w2v.errors.InputError: in_features is 0: it must be an integer of at least 1
    """
    for name, value in named.items():
        integer(name, value, least)


def within(low: float, high: float, *, open_end: bool = False, **named: Any) -> None:
    """Raise InputError unless every value is a number in [low, high], or [low, high)."""
    for name, value in named.items():
        if not _is_real(value) or not low <= value <= high or (open_end and value == high):
            if math.isinf(high):
                bounds = f"of at least {low:g}"
            else:
                bounds = f"from {low:g} to {'below ' if open_end else ''}{high:g}"
            raise InputError(f"{name} is {value!r}: it must be a number {bounds}")


def above_zero(**named: Any) -> None:
    """Raise InputError unless every value is a finite number above 0."""
    for name, value in named.items():
        if not _is_real(value) or not 0 < value < math.inf:
            raise InputError(f"{name} is {value!r}: it must be a number above 0")


def one_of(allowed: Sequence[str], **named: Any) -> None:
    """Raise InputError unless every value is one of the `allowed` strings."""
    for name, value in named.items():
        if value not in allowed:
            listed = ", ".join(map(repr, allowed[:-1])) + f" or {allowed[-1]!r}"
            hint = nearest_names(str(value), allowed)
            raise InputError(f"{name} is {value!r}: use {listed}" + (f"; {hint}" if hint else ""))


def sizes(count: int, least: int, **named: Any) -> tuple[int, ...]:
    """Return one size per axis, from a single integer or a sequence of `count` integers."""
    ((name, value),) = named.items()
    given = tuple(value) if isinstance(value, list | tuple) else (value,) * count
    if len(given) != count:
        raise InputError(f"{name} is {value!r}: pass one integer, or {count}")
    for size in given:
        at_least(least, **{name: size})
    return given


class _Allowance:
    """The arrays and elements that constructors may still allocate."""

    def __init__(self, arrays: int, elements: int) -> None:
        self.arrays = arrays
        self.elements = elements


_ALLOWANCE: ContextVar[_Allowance | None] = ContextVar("_ALLOWANCE", default=None)


@contextlib.contextmanager
def limit_arrays(arrays: int, elements: int) -> Iterator[None]:
    """Limit the number of arrays that layers allocate in this block, and their total size.

    It protects the loading of a file whose spec claims more than the file holds.
    """
    token = _ALLOWANCE.set(_Allowance(arrays, elements))
    try:
        yield
    finally:
        _ALLOWANCE.reset(token)


def is_limited() -> bool:
    """Return whether :func:`limit_arrays` is active: arrays will be replaced by a file's."""
    return _ALLOWANCE.get() is not None


def check_allocation(shape: Sequence[int]) -> None:
    """Raise InputError if an array of this shape exceeds the limit of :func:`limit_arrays`.

    Examples
    --------
    >>> with limit_arrays(2, 100):
    ...     check_allocation((60_000, 60_000))
    Traceback (most recent call last):
    tinygrad_w2v.errors.InputError: the spec describes an array of shape (60000, 60000), which ...
    """
    allowance = _ALLOWANCE.get()
    if allowance is None:
        return
    allowance.arrays -= 1
    allowance.elements -= math.prod(shape)
    if allowance.arrays < 0 or allowance.elements < 0:
        raise InputError(
            f"the spec describes an array of shape {tuple(shape)}, which exceeds the arrays in the "
            f"file: it is damaged"
        )


def as_counts(counts: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return the counts of V classes as a (V,) array; an integer V means V equal counts.

    Raises
    ------
    InputError
        If there are none, one is negative, or all are 0.

    Examples
    --------
    >>> as_counts(3)
    array([1, 1, 1])
    """
    array = np.array(counts)
    if array.ndim == 0 and array.dtype.kind in "iu" and array >= 1:
        check_allocation((int(array),))
        return np.ones(int(array), dtype=np.int64)
    is_bad = array.ndim != 1 or array.dtype.kind not in "iuf" or not len(array)
    if is_bad or not ((array >= 0) & np.isfinite(array)).all() or not array.any():
        shown = f"{array!s:.80}" if array.ndim == 0 else f"of shape {array.shape}"
        raise InputError(
            f"counts are {shown}: they must be (V,) finite numbers, not negative and not all 0, "
            f"or the number of classes V"
        )
    return array


def _is_real(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    try:
        float(value)
    except OverflowError:  # an integer beyond the range of floats
        return False
    return True
