"""Specs: a module, an optimizer or a schedule as plain data, and back.

A spec is ``{"type": name, argument: value, ...}``, where the name is a short one or an import
path and the values are numbers, strings, lists, dicts and nested specs. It is what the
constructor was called with, nothing else: no values of parameters, no random numbers.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from typing_extensions import Self

from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.nn.annotations import describe, fits, hints_of, parameters_of
from tinygrad_w2v.nn.references import enter_own, find_class, import_path, name_of_class

Built = TypeVar("Built", bound="Configurable")

NOT_IN_SPECS = frozenset({"rng", "params", "optimizer"})
"""Arguments that stand for a moment of a run, not for what is built; see :func:`build`."""

_DTYPES = ("float16", "float32", "float64")


class Configurable:
    """Something that remembers what it was made with, so that :meth:`spec` can tell.

    The arguments are kept in a slot, apart from the attributes, so that nothing that looks
    through an object's attributes finds them.
    """

    __slots__ = ("__dict__", "__weakref__", "_arguments")

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Remember the arguments; ``__init__`` gets them next."""
        made = super().__new__(cls)
        made._arguments = (args, kwargs)
        return made

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        enter_own(cls)

    def spec(self) -> dict[str, Any]:
        """Return plain data from which :func:`build` makes one like this.

        Every argument stands in it, defaults too, so that it means the same under another
        version; those that are None by default and in fact are left out.

        Raises
        ------
        InputError
            If an argument is neither plain data nor has a spec.

        Examples
        --------
        >>> from tinygrad_w2v import nn
        >>> nn.Linear(4, 2).spec()
        {'type': 'Linear', 'in_features': 4, 'out_features': 2, 'bias': True, 'dtype': 'float32'}
        """
        name = name_of_class(type(self))
        spec = {"type": name}
        for argument, value in self.spec_arguments().items():
            spec[argument] = plain(value, f"{name}.{argument}")
        return spec

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as it would be called today.

        Override it where they changed since.
        """
        args, kwargs = self._arguments
        parameters = parameters_of(type(self))
        bound = inspect.Signature(list(parameters.values())).bind(*args, **kwargs)
        bound.apply_defaults()
        arguments: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                arguments.update(value)
            elif name not in NOT_IN_SPECS and not (value is None is parameters[name].default):
                arguments[name] = value
        return arguments


def plain(value: Any, name: str = "the value") -> Any:
    """Return a value as plain data; `name` is what a message calls it."""
    if isinstance(value, Configurable):
        return value.spec()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic | np.ndarray) and value.dtype.kind in "biufU":
        return value.tolist()
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return np.dtype(value).name
    if isinstance(value, list | tuple):
        return [plain(item, name) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, name) for key, item in value.items()}
    if callable(value):
        return import_path(value)
    raise InputError(
        f"{name}: a {type(value).__name__} is not plain data: pass numbers, strings, lists, dicts "
        f"or modules, or override spec_arguments()"
    )


def build(
    spec: Mapping[str, Any],
    kind: type[Built] | None = None,
    *,
    given: Mapping[str, Any] | None = None,
    name: str = "spec",
) -> Any:
    """Make what a spec describes.

    Parameters
    ----------
    spec
        As :meth:`Configurable.spec` returns it; arguments with defaults may be left out.
    kind
        What it must be, such as ``nn.Module``; anything that has a spec by default.
    given
        Values for arguments that a spec leaves out, passed to every constructor in it that takes
        them: ``rng`` for initial values, ``params`` of an optimizer, ``optimizer`` of a schedule.
    name
        What messages call the spec.

    Raises
    ------
    InputError
        For an unknown type, argument or value: gives its path in the spec, what was found, what
        is allowed and the nearest valid name.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> model = nn.build({"type": "Sequential", "layers": [{"type": "Linear", "in_features": 4,
    ...                   "out_features": 2}, {"type": "ReLU"}]})
    >>> nn.build(model.spec()).spec() == model.spec()
    True
    >>> nn.build({"type": "Linear", "in_features": 4, "out_featurs": 2})
    Traceback (most recent call last):
    tinygrad_w2v.errors.InputError: spec.out_featurs: Linear has no argument of this name; ...
    """
    return _build(spec, name, dict(given or {}), kind or Configurable)


def _build(
    spec: Any, path: str, given: dict[str, Any], kind: type[Configurable] = Configurable
) -> Any:
    if not isinstance(spec, Mapping) or not isinstance(spec.get("type"), str):
        found = f"{spec!r:.60}" if not isinstance(spec, Mapping) else "a dict without a 'type'"
        raise InputError(f"{path} is {found}: a spec is a dict with a string under 'type'")
    cls = find_class(spec["type"], f"{path}.type")
    if not issubclass(cls, Configurable):
        raise InputError(
            f"{path}.type is {spec['type']!r}: that class is no Module, Optimizer or Schedule; "
            f"name a subclass of one"
        )
    if not issubclass(cls, kind):
        raise InputError(
            f"{path}.type is {spec['type']!r}: that is not a {kind.__name__}; name one that is"
        )
    parameters = parameters_of(cls)
    values = {
        argument: _value(value, f"{path}.{argument}", given)
        for argument, value in spec.items()
        if argument != "type"
    }
    supplied = {k: v for k, v in given.items() if k in parameters and k not in values}
    args, kwargs = _checked_arguments(spec["type"], cls, parameters, values, supplied, path)
    try:
        return cls(*args, **kwargs)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def _value(value: Any, path: str, given: dict[str, Any]) -> Any:
    if isinstance(value, Mapping):
        if "type" in value:
            return _build(value, path, given)
        return {key: _value(item, f"{path}.{key}", given) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_value(item, f"{path}[{place}]", given) for place, item in enumerate(value)]
    return value


def _checked_arguments(
    name: str,
    cls: type,
    parameters: Mapping[str, inspect.Parameter],
    values: dict[str, Any],
    supplied: dict[str, Any],
    path: str,
) -> tuple[list[Any], dict[str, Any]]:
    """Check the values against the constructor; return positional and keyword arguments."""
    allowed = [
        known
        for known, parameter in parameters.items()
        if known not in NOT_IN_SPECS and parameter.kind is not parameter.VAR_KEYWORD
    ]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    hints = hints_of(cls.__init__)  # type: ignore[misc]
    for argument, value in values.items():
        if argument not in allowed:
            if takes_any:
                continue
            hint = nearest_names(argument, allowed) or (
                f"it takes {', '.join(allowed)}" if allowed else "it takes none"
            )
            raise InputError(f"{path}.{argument}: {name} has no argument of this name; {hint}")
        _check_value(value, hints.get(argument, Any), parameters[argument], f"{path}.{argument}")
    for argument in allowed:
        parameter = parameters[argument]
        is_required = parameter.default is parameter.empty and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        )
        if is_required and argument not in values and argument not in supplied:
            raise InputError(f"{path}: {name} needs {argument!r}, which is missing: add it")
    values = {**values, **supplied}
    return _by_position(parameters, values), values


def _by_position(parameters: Mapping[str, inspect.Parameter], values: dict[str, Any]) -> list[Any]:
    """Take out what must be given by position: ``*layers`` and, where there is one, all before."""
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    if inspect.Parameter.VAR_POSITIONAL not in kinds.values():
        return []
    positional: list[Any] = []
    for name, kind in kinds.items():
        if kind is inspect.Parameter.VAR_POSITIONAL:
            return positional + list(values.pop(name, []))
        positional.append(values.pop(name, parameters[name].default))
    return positional


def _check_value(value: Any, annotation: Any, parameter: inspect.Parameter, path: str) -> None:
    if parameter.name == "dtype":
        if value not in _DTYPES:
            hint = nearest_names(str(value), _DTYPES) or f"use {', '.join(_DTYPES)}"
            raise InputError(f"{path} is {value!r}: that is no floating dtype; {hint}")
        return
    if parameter.kind is parameter.VAR_POSITIONAL:
        annotation = list if annotation is Any else list[annotation]
    if annotation is not Any and not fits(value, annotation):
        shown = f"{value!r}" if isinstance(value, bool | int | float | str) else _kind_of(value)
        raise InputError(f"{path} is {shown:.80}: it must be {describe(annotation)}")


def _kind_of(value: Any) -> str:
    if value is None:
        return "left empty"
    if isinstance(value, Configurable):
        return f"a {type(value).__name__}"
    return f"a {type(value).__name__} {value!r}"
