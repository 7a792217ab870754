"""Rules so short that they are written out where they would be called.

``lambda g, b: g * b`` takes less time than its call does. A rule of that form is known by its
bytecode, which names nothing but its parameters' places: two functions of equal bytecode, without
constants or names from outside, do the same thing.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


def rule_text(rule: Callable[..., Any], arguments: list[str]) -> str | None:
    """Return what a rule computes as an expression of `arguments`, or None if it must be called.

    Examples
    --------
    >>> rule_text(lambda g, other: g * other, ["_g", "_s0"])
    '_g * _s0'
    >>> rule_text(lambda g, other: g * other + 1, ["_g", "_s0"])
    """
    if not isinstance(rule, FunctionType):
        return None
    form = _FORMS.get(_doing(rule))
    return None if form is None else form.format(*arguments)


def is_identity(rule: Callable[..., Any]) -> bool:
    """Whether a rule is ``lambda g: g``."""
    return rule_text(rule, ["g", ""]) == "g"


def _doing(function: Any) -> tuple[Any, ...]:
    """Return what tells apart functions that do different things."""
    code = function.__code__
    constants = tuple(constant for constant in code.co_consts if constant is not None)
    names = code.co_names + code.co_freevars + code.co_cellvars
    return code.co_code, code.co_argcount, code.co_nlocals, constants, names


_FORMS: dict[tuple[Any, ...], str] = {
    _doing(function): form
    for function, form in (
        (lambda g: g, "{0}"),
        (lambda g: -g, "-{0}"),
        (lambda g, x: g * x, "{0} * {1}"),
        (lambda g, x: g / x, "{0} / {1}"),
    )
}
