"""Layers declared by a function and settings: the base of activations, losses and pooling."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from typing_extensions import dataclass_transform

from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import above_zero, one_of, within

Positive: TypeAlias = Annotated[float, above_zero]
"""A setting that must be above 0."""
Fraction: TypeAlias = Annotated[float, partial(within, 0, 1)]
"""A setting that must be from 0 to 1."""

Class = TypeVar("Class", bound=type)

_PARAMETERS = "\n\nParameters\n----------\n"
_EXAMPLES = "\n\nExamples\n--------\n"


@dataclass_transform(eq_default=False)
class Layer(Module):
    """A module whose forward calls one function with its inputs and its settings.

    A subclass names the function as a class argument and annotates its settings, as in a
    dataclass. The constructor, ``forward``, the checks and the printed form follow from these::

        class LeakyReLU(Layer, function=F.leaky_relu):
            negative_slope: float = 0.01

    A setting annotated with a ``Literal`` must have one of its values; one annotated with
    ``Annotated[type, check]`` must pass ``check(name=value)``. The documentation of inherited
    settings is added to the subclass's docstring.
    """

    _checks: tuple[tuple[str, Callable[..., None]], ...] = ()

    def __init_subclass__(cls, function: Callable[..., Any] | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if function is None:
            return
        dataclass(repr=False, eq=False)(cls)
        hints = get_type_hints(cls.__init__, include_extras=True)
        checks = [(name, _check_of(hint)) for name, hint in hints.items()]
        cls._checks = tuple((name, check) for name, check in checks if check)
        if "forward" not in vars(cls):
            settings = tuple(field.name for field in fields(cls))  # type: ignore[arg-type]
            cls.forward = _forward(function, settings)  # type: ignore[method-assign]
        inherit_parameters(cls)

    def __post_init__(self) -> None:
        for name, check in self._checks:
            check(**{name: getattr(self, name)})

    def extra_repr(self) -> str:
        """Return the settings."""
        settings = fields(self)  # type: ignore[arg-type]
        return ", ".join(f"{setting.name}={getattr(self, setting.name)!r}" for setting in settings)


def _check_of(hint: Any) -> Callable[..., None] | None:
    if get_origin(hint) is Literal:
        return partial(one_of, get_args(hint))
    return hint.__metadata__[0] if get_origin(hint) is Annotated else None


def _forward(function: Callable[..., Any], settings: tuple[str, ...]) -> Callable[..., Any]:
    if settings:

        def forward(self: Module, *inputs: Any, **named: Any) -> Any:
            chosen = {name: getattr(self, name) for name in settings}
            return function(*inputs, **named, **chosen)

    else:

        def forward(self: Module, *inputs: Any, **named: Any) -> Any:
            return function(*inputs, **named)

    forward.__doc__ = f"Call ``functional.{function.__name__}`` with the inputs and the settings."
    return forward


def inherit_parameters(cls: Class) -> Class:
    """Add the base class's Parameters section, the last of its docstring, to a class's docstring.

    The inherited entries come before the class's own.
    """
    base = cls.__base__
    _, _, inherited = inspect.cleandoc((base and base.__doc__) or "").partition(_PARAMETERS)
    if inherited:
        text = inspect.cleandoc(cls.__doc__ or "")
        if _PARAMETERS in text:
            summary, _, rest = text.partition(_PARAMETERS)
            rest = f"\n{rest}"
        else:
            summary, header, rest = text.partition(_EXAMPLES)
            rest = header + rest
        cls.__doc__ = f"{summary}{_PARAMETERS}{inherited}{rest}\n"
    return cls
