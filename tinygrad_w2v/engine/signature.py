"""Signature: the names of an op's inputs and attributes, and how a call's arguments are bound."""

from __future__ import annotations

import collections
import functools
import inspect
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

from tinygrad_w2v.engine.out import write_out
from tinygrad_w2v.errors import nearest_names

SPECIAL_NAMES = ("out", "residuals", "shapes", "needs", "g")
"""Names with a meaning in rules, which inputs and attributes cannot have."""

_CATCHALLS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def _code(function: Callable[..., Any]) -> CodeType | None:
    """Return the code that states a function's parameters; None if something else does."""
    inner = inspect.unwrap(function, stop=lambda wrapped: hasattr(wrapped, "__signature__"))
    if isinstance(inner, FunctionType) and not hasattr(inner, "__signature__"):
        return inner.__code__
    return None


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of a function's parameters."""
    code = _code(function)  # faster than inspect.signature: the import reads all functions
    if code is None:
        return tuple(inspect.signature(function).parameters)
    star, named = starred(function), code.co_argcount
    last = named + code.co_kwonlyargcount
    rest = code.co_varnames[last + bool(star) :][: bool(code.co_flags & inspect.CO_VARKEYWORDS)]
    keywords = code.co_varnames[named:last]
    return (*code.co_varnames[:named], *([star] if star else []), *keywords, *rest)


def starred(function: Callable[..., Any]) -> str | None:
    """Return the name of the parameter ``*name`` of a function, if it has one."""
    code = _code(function)
    if code is None:
        parameters = inspect.signature(function).parameters.values()
        return next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    has_star = code.co_flags & inspect.CO_VARARGS
    return code.co_varnames[code.co_argcount + code.co_kwonlyargcount] if has_star else None


def spellings(names: tuple[str, ...], inputs: int) -> dict[str, str]:
    """Return the other names of parameters that PyTorch and NumPy name differently.

    PyTorch calls the first parameter ``input``, the second array ``other``, and writes ``dim``
    and ``keepdim`` for NumPy's ``axis`` and ``keepdims``. ``unbiased``, a boolean, is the
    `correction` 0 or 1.

    Parameters
    ----------
    names
        The names of the parameters, in order.
    inputs
        How many of them are arrays.

    Examples
    --------
    >>> spellings(("x", "axis", "keepdims"), 1)
    {'input': 'x', 'dim': 'axis', 'dims': 'axis', 'keepdim': 'keepdims'}
    """
    found = dict(zip(("input", "other"), names[:inputs], strict=False))
    for name in names:
        if name == "keepdims":
            found["keepdim"] = name
        elif name == "keepdim":
            found["keepdims"] = name
        elif name == "correction":
            found["unbiased"] = name
        elif "axis" in name or "axes" in name:
            found[name.replace("axis", "dim").replace("axes", "dims")] = name
            found[name.replace("axis", "dims").replace("axes", "dim")] = name
        elif "dim" in name:
            found[name.replace("dims", "axes").replace("dim", "axis")] = name
            found[name.replace("dims", "axis").replace("dim", "axes")] = name
    return {spelling: name for spelling, name in found.items() if spelling not in names}


def respelled(options: dict[str, Any], names: dict[str, str], called: str) -> dict[str, Any]:
    """Return keyword arguments under the parameters' own names; see :func:`spellings`."""
    own = {names.get(name, name): value for name, value in options.items()}
    if len(own) < len(options):
        given = ", ".join(options)
        raise TypeError(f"{called}: an argument is given twice, by two of the names {given}")
    return own


def spelled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that also takes its keyword arguments under their other names."""
    names = parameter_names(function)
    others = spellings(names, 2)
    if not others:
        return function
    known = frozenset(names)
    star = starred(function)  # ``permute(dims=(1, 0))`` is ``permute(1, 0)``

    @functools.wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if options:
            if not known.issuperset(options):
                if "out" in options and "out" not in known:
                    return write_out(options.pop("out"), call(*args, **options))
                options = respelled(options, others, function.__name__.strip("_"))
            if star in options:
                args = (*args, options.pop(star))
        return function(*args, **options)

    return call


class Signature:
    """The names of an op's inputs, and of its attributes with their defaults.

    Parameters
    ----------
    op
        The op's name, for messages.
    inputs
        Names of the arrays, in order. They can be differentiated.
    defaults
        Names of the attributes, in order, with their default values;
        ``inspect.Parameter.empty`` for an attribute without a default.
    variadic
        Whether the single input name covers any number of arrays, as ``*arrays`` does.
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
        self.count = None if variadic else len(inputs)
        self.spellings = spellings(self.names, 0 if variadic else len(inputs))
        self.known = frozenset(self.names)
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

    def bind(
        self, args: tuple[Any, ...], attributes: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return inputs by position and attributes by name, in whatever way they were given.

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
        if not self.known.issuperset(attributes):
            attributes = respelled(attributes, self.spellings, self.op)
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

    def input_name(self, position: int) -> str:
        """Return the name of the input at a position for messages: ``weight``, ``arrays[2]``."""
        return f"{self.inputs[0]}[{position}]" if self.variadic else self.inputs[position]

    @functools.cached_property
    def shapes_type(self) -> type[tuple[Any, ...]]:
        """The named tuple of the inputs' shapes; a plain tuple for a variadic op."""
        return self._named_tuple("shapes")

    @functools.cached_property
    def needs_type(self) -> type[tuple[Any, ...]]:
        """The named tuple of which inputs want a gradient."""
        return self._named_tuple("needs")

    def _named_tuple(self, kind: str) -> type[tuple[Any, ...]]:
        if self.variadic:
            return tuple
        return collections.namedtuple(f"{self.op}_{kind}", self.inputs)
