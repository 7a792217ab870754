"""Specs: modules, optimizers and schedules as plain data, and back.

A spec is ``{"type": name, argument: value, ...}``, where the name is a short name or an import
path and the values are numbers, strings, lists, dicts and nested specs. It holds the arguments of
the constructor and nothing else: no parameter values and no generator's state.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np
from typing_extensions import Self

from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.nn.annotations import accepts, describe, fits, hints_of, parameters_of
from tinygrad_w2v.nn.references import (
    Resolver,
    name_of_class,
    name_of_function,
    register_own,
)

Built = TypeVar("Built", bound="Configurable")

NOT_IN_SPECS = frozenset({"rng", "device", "params", "optimizer", "last_epoch"})
"""Arguments that belong to one run and not to a spec; passed to :func:`build` as `given`."""

_NESTED = (Mapping, list, tuple)
_DTYPES = ("float16", "float32", "float64")


class Configurable:
    """Base of classes that have a spec: stores the constructor's arguments.

    They are stored in a slot, so that a search through the attributes does not find them.
    """

    __slots__ = ("__dict__", "__weakref__", "_arguments")

    _arguments: tuple[tuple[Any, ...], dict[str, Any]]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Store the arguments, which are passed to ``__init__`` next."""
        made = super().__new__(cls)
        object.__setattr__(made, "_arguments", (args, kwargs))
        return made

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        register_own(cls)

    def spec(self) -> dict[str, Any]:
        """Return plain data from which :func:`build` builds an equal object.

        It includes default values, so that it means the same in another version; arguments whose
        value and default are None are left out.

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
        """Return the arguments by name that would construct this object.

        Override it in a class whose attributes may differ from what it was constructed with.
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
    """Return a value as plain data; messages call it `name`."""
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
        return name_of_function(value)
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
    allow: Iterable[str] = (),
) -> Any:
    """Build the object that a spec describes.

    Nothing is imported that `allow` does not name, so a spec may come from an untrusted file.

    Parameters
    ----------
    spec
        As returned by :meth:`Configurable.spec`; arguments with defaults may be left out.
    kind
        Required class, such as ``nn.Module``; by default any that has a spec.
    given
        Values for arguments that a spec leaves out, passed to every constructor in it that takes
        them: ``rng`` for initial values, ``params`` of an optimizer, ``optimizer`` of a schedule.
    name
        What messages call the spec.
    allow
        Import paths that the spec may use besides short names: modules, ``"package.module"``,
        and classes and functions in modules, ``"package.module:name"``.

    Raises
    ------
    InputError
        For an unknown type, argument or value: names its path in the spec, the value, what is
        allowed and the nearest valid name.

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
    try:
        return _Builder(given or {}, Resolver(allow)).build(spec, name, kind or Configurable)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply: use fewer levels") from None


class _Builder:
    """Builds a spec and the specs nested in it."""

    def __init__(self, given: Mapping[str, Any], resolver: Resolver) -> None:
        self.given = given
        self.resolver = resolver

    def build(self, spec: Any, path: str, kind: type[Configurable]) -> Any:
        if not isinstance(spec, Mapping) or not isinstance(spec.get("type"), str):
            found = f"{spec!r:.60}" if not isinstance(spec, Mapping) else "a dict without a 'type'"
            raise InputError(f"{path} is {found}: a spec is a dict with a string under 'type'")
        name = spec["type"]
        cls = self.resolver.find_class(name, f"{path}.type")
        if not issubclass(cls, Configurable):
            raise InputError(
                f"{path}.type is {name!r}: that class is not a Module, Optimizer or LRScheduler; "
                f"name a subclass of one"
            )
        if not issubclass(cls, kind):
            raise InputError(
                f"{path}.type is {name!r}: that is not a {kind.__name__}; name one that is"
            )
        args, kwargs = self._arguments(cls, {k: v for k, v in spec.items() if k != "type"}, path)
        try:
            return cls(*args, **kwargs)
        except MemoryError:
            raise
        except Exception as error:  # a constructor may raise anything for a value it does not check
            is_plain = isinstance(error, InputError | TypeError | ValueError)
            reason = " ".join(f"{'' if is_plain else type(error).__name__} {error}".split())
            raise InputError(f"{path}: {(reason or type(error).__name__):.500}") from error

    def _arguments(
        self, cls: type, values: dict[str, Any], path: str
    ) -> tuple[list[Any], dict[str, Any]]:
        """Check the arguments of a spec; return positional and keyword arguments."""
        parameters = parameters_of(cls)
        known = [
            name
            for name, parameter in parameters.items()
            if name not in NOT_IN_SPECS and parameter.kind is not parameter.VAR_KEYWORD
        ]
        takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        hints = hints_of(cls.__init__)  # type: ignore[misc]
        built: dict[str, Any] = {}
        for name, value in values.items():
            place = _place(path, name)
            if name not in known and not takes_any:
                remedy = nearest_names(name, known) or (
                    f"it takes {', '.join(known)}" if known else "it takes none"
                )
                raise InputError(
                    f"{place:.200}: {cls.__name__} has no argument of this name; {remedy}"
                )
            built[name] = self._value(value, place)
            if name in known:
                built[name] = self._fitting(
                    built[name], hints.get(name, Any), parameters[name], place
                )
        for name, value in self.given.items():
            if name in parameters:
                built.setdefault(name, value)
        for name in known:
            parameter = parameters[name]
            is_required = parameter.default is parameter.empty
            if is_required and parameter.kind is not parameter.VAR_POSITIONAL and name not in built:
                raise InputError(f"{path}: {cls.__name__} needs {name!r}, which is missing: add it")
        return _by_position(parameters, built), built

    def _value(self, value: Any, path: str) -> Any:
        """Build the specs in a value."""
        if isinstance(value, Mapping):
            if "type" in value:
                return self.build(value, path, Configurable)
            return {key: self._value(item, _place(path, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [
                self._value(item, f"{path}[{index}]") if isinstance(item, _NESTED) else item
                for index, item in enumerate(value)
            ]
        return value

    def _fitting(self, value: Any, annotation: Any, parameter: inspect.Parameter, path: str) -> Any:
        """Return a value that fits the annotation: a function for a function's name."""
        if parameter.name == "dtype":
            if value not in _DTYPES:
                hint = nearest_names(str(value), _DTYPES) or f"use {', '.join(_DTYPES)}"
                raise InputError(f"{path} is {value!r:.80}: that is not a floating dtype; {hint}")
            return value
        if parameter.kind is parameter.VAR_POSITIONAL:
            annotation = list if annotation is Any else list[annotation]
        if isinstance(value, str) and accepts(annotation, Callable):
            if ":" in value or not accepts(annotation, str):
                return self.resolver.find_function(value, path)
        elif annotation is not Any and not fits(value, annotation):
            raise InputError(f"{path} is {_shown(value):.80}: it must be {describe(annotation)}")
        return value


def _by_position(parameters: Mapping[str, inspect.Parameter], values: dict[str, Any]) -> list[Any]:
    """Remove and return what is passed by position: ``*layers`` and any parameters before it."""
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    if inspect.Parameter.VAR_POSITIONAL not in kinds.values():
        return []
    positional: list[Any] = []
    for name, kind in kinds.items():
        if kind is inspect.Parameter.VAR_POSITIONAL:
            return positional + list(values.pop(name, []))
        positional.append(values.pop(name, parameters[name].default))
    return positional


def _shown(value: Any) -> str:
    if value is None:
        return "left empty"
    if isinstance(value, Configurable):
        return f"a {type(value).__name__}"
    is_scalar = isinstance(value, bool | int | float | str)
    return f"{value!r}" if is_scalar else f"a {type(value).__name__} {value!r}"


def _place(path: str, key: Any) -> str:
    is_name = isinstance(key, str) and key.isidentifier()
    return f"{path}.{key}" if is_name else f"{path}[{key!r:.40}]"
