"""What an op takes: inputs (arrays, differentiated) and attributes (settings), by name."""

from __future__ import annotations

import collections
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from tinygrad_w2v.errors import nearest_names

SPECIAL_NAMES = ("out", "residuals", "shapes", "needs", "g")
"""Names that mean something to rules and so cannot be those of inputs or attributes."""

_CATCHALLS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters; quick for a plain one, as rules are."""
    if type(function) is FunctionType and not function.__code__.co_flags & _CATCHALLS:
        code = function.__code__
        return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(inspect.signature(function).parameters)


class Signature:
    """The names of an op's inputs, and of its attributes with their defaults.

    Parameters
    ----------
    op
        The op's name, for messages.
    inputs
        In order.
    defaults
        Of the attributes, in order; ``inspect.Parameter.empty`` where there is none.
    variadic
        Whether the one input stands for any number of arrays, as ``*arrays`` in the forward.
    """

    def __init__(
        self,
        op: str,
        inputs: tuple[str, ...],
        defaults: dict[str, Any],
        variadic: bool = False,
    ) -> None:
        self.op = op
        self.inputs = inputs
        self.variadic = variadic
        self.defaults = defaults
        self.names = (*inputs, *defaults)
        for name in self.names:
            if name in SPECIAL_NAMES:
                raise TypeError(f"op {op}: the name '{name}' has a meaning in rules; rename it")

    @classmethod
    def of(cls, op: str, forward: Callable[..., Any]) -> Signature:
        """Read a forward function: parameters before ``*`` are inputs, after it attributes."""
        if type(forward) is FunctionType and not forward.__code__.co_flags & _CATCHALLS:
            code, given = forward.__code__, forward.__kwdefaults__ or {}
            split = code.co_argcount
            keywords = code.co_varnames[split : split + code.co_kwonlyargcount]
            plain = {name: given.get(name, inspect.Parameter.empty) for name in keywords}
            return cls(op, code.co_varnames[:split], plain)
        return cls._of_any(op, forward)

    @classmethod
    def _of_any(cls, op: str, forward: Callable[..., Any]) -> Signature:
        inputs, defaults, variadic = [], {}, False
        for parameter in inspect.signature(forward).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                defaults[parameter.name] = parameter.default
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                inputs.append(parameter.name)
            elif parameter.kind is parameter.VAR_POSITIONAL and not inputs:
                inputs.append(parameter.name)
                variadic = True
            else:
                raise TypeError(
                    f"op {op}: a rule could not ask for '{parameter}' by name: give each input a "
                    f"parameter, or all of them one *{parameter.name}"
                )
        return cls(op, tuple(inputs), defaults, variadic)

    def matches(self, args: tuple[Any, ...], attributes: dict[str, Any]) -> bool:
        """Whether a call gives each input by position and attributes by their names only."""
        return (len(args) == len(self.inputs) or self.variadic) and (
            not attributes or attributes.keys() <= self.defaults.keys()
        )

    def input_name(self, position: int) -> str:
        """Return what messages call the input at a position: ``weight``, or ``arrays[2]``."""
        return f"{self.inputs[0]}[{position}]" if self.variadic else self.inputs[position]

    def bind(
        self, args: tuple[Any, ...], attributes: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort out inputs given by keyword and attributes given by position.

        Raises
        ------
        TypeError
            If an argument is missing, unknown (names the nearest) or given twice.
        """
        if self.variadic:
            args, rest = (), args
        if len(args) > len(self.names):
            raise TypeError(
                f"{self.op}: takes {len(self.names)} arguments ({', '.join(self.names)}), "
                f"got {len(args)}"
            )
        given = dict(zip(self.names, args, strict=False))
        for name, value in attributes.items():
            if name not in self.names:
                hint = nearest_names(name, self.names) or f"it takes {', '.join(self.names)}"
                raise TypeError(f"{self.op}: no argument is named '{name}': {hint}")
            if name in given:
                raise TypeError(f"{self.op}: argument '{name}' is given twice")
            given[name] = value
        if self.variadic:
            return rest, given
        for name in self.inputs:
            if name not in given:
                raise TypeError(f"{self.op}: argument '{name}' is missing")
        return tuple(given.pop(name) for name in self.inputs), given

    def require_inputs(self, covers: Iterable[str]) -> None:
        """Refuse a backward rule for something that is not an input."""
        for name in covers:
            if name not in self.inputs:
                raise TypeError(
                    f"op {self.op}: a backward rule is given for '{name}', its inputs are "
                    f"{', '.join(self.inputs)}"
                )

    def record_type(self, kind: str) -> Callable[..., Any]:
        """Make the named tuple of one value for each input that ``shapes`` and ``needs`` are."""
        if self.variadic:
            return lambda *values: values
        return collections.namedtuple(f"{self.op}_{kind}", self.inputs)
