"""Layers declared by their settings: the base of all layers except containers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import KW_ONLY, InitVar, dataclass, fields
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args, get_origin

import numpy.typing as npt
from typing_extensions import Self, dataclass_transform

from tinygrad_w2v.engine.device import check_placement
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import above_zero, at_least, one_of, within

Size: TypeAlias = Annotated[int, partial(at_least, 1)]
"""A setting that must be an integer of at least 1."""
Positive: TypeAlias = Annotated[float, above_zero]
"""A setting that must be above 0."""
Fraction: TypeAlias = Annotated[float, partial(within, 0, 1)]
"""A setting that must be from 0 to 1."""

_PARAMETERS = re.compile(r"\n\nParameters\n-{10}\n(.+?)(?=\n\n|\Z)", re.DOTALL)


@dataclass_transform(eq_default=False)
class Layer(Module):
    """A module declared by its settings.

    A subclass annotates them as in a dataclass. The constructor, its checks and the printed form
    follow from them, and ``forward`` calls a function with the inputs and the settings::

        class LeakyReLU(Layer, function=F.leaky_relu):
            negative_slope: float = 0.01

    A subclass with parameters, or with a ``forward`` of its own, states ``declared=True`` instead
    of a function and creates the parameters in ``_initialize``, which is called with the arguments
    that are annotated with ``InitVar`` and so are not stored.

    `shown` names the settings to print: those before ``|`` as values, the others as
    ``name=value``; one followed by ``?`` only if it is not the default. For `bias`, whether there
    is one is printed.

    A setting annotated with a ``Literal`` must have one of its values; one annotated with
    ``Annotated[type, check]`` must pass ``check(name=value)``. The docstring is completed with the
    documentation of settings by the function and the base classes.
    """

    function: ClassVar[Callable[..., Any]]
    _shown: ClassVar[str | None] = None
    _annotations: ClassVar[dict[str, str]] = {}  # as written, for the printed signature
    _settings: ClassVar[tuple[str, ...]] = ()
    _init_only: ClassVar[tuple[str, ...]] = ()
    _checks: ClassVar[tuple[tuple[str, Callable[..., None]], ...]] = ()

    def __init_subclass__(
        cls,
        function: Callable[..., Any] | None = None,
        declared: bool = False,
        shown: str | None = None,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        cls._shown = cls._shown if shown is None else shown
        if function is not None:
            cls.function = staticmethod(function)
        elif not declared:
            return
        cls._annotations = cls._annotations | inspect.get_annotations(cls)
        # Evaluated here: subclasses in other modules inherit these annotations.
        cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)
        dataclass(repr=False, eq=False)(cls)
        hints = {name: f.type for name, f in vars(cls)["__dataclass_fields__"].items()}
        cls._init_only = tuple(name for name in hints if isinstance(hints[name], InitVar))
        for name in vars(cls).keys() & set(cls._init_only):
            delattr(cls, name)  # the default, which would be read as an attribute
        cls._settings = tuple(setting.name for setting in fields(cls))  # type: ignore[arg-type]
        checks = ((name, check_of(hints[name])) for name in cls._settings)
        cls._checks = tuple((name, check) for name, check in checks if check)
        _describe_constructor(cls.__init__, hints, cls._annotations)
        _complete_docstring(cls, function)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Create the module ready for members: the constructor is that of a dataclass."""
        made = super().__new__(cls, *args, **kwargs)
        Module.__init__(made)
        return made

    def __post_init__(self, *init_only: Any) -> None:
        for name, check in self._checks:
            check(**{name: getattr(self, name)})
        arguments = dict(zip(self._init_only, init_only, strict=True))
        check_placement(arguments.pop("device", None))
        if "dtype" in arguments:
            arguments["dtype"] = as_dtype(arguments["dtype"])
        self._initialize(**arguments)

    def _initialize(self, *args: Any, **kwargs: Any) -> None:
        """Create parameters and make checks that concern several settings."""

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Call the layer's function with the inputs and the settings."""
        if not self._settings:
            return self.function(*inputs, **named)
        settings = {name: getattr(self, name) for name in self._settings}
        return self.function(*inputs, **named, **settings)

    def extra_repr(self) -> str:
        """Return the settings: those of `shown`, or all that are not None."""
        if self._shown is None:
            shown = [(name, getattr(self, name)) for name in self._settings]
            return ", ".join(f"{name}={value!r}" for name, value in shown if value is not None)
        values, _, named = self._shown.rpartition("|")
        parts = [repr(getattr(self, name)) for name in values.split()]
        for entry in named.split():
            name, value = entry.rstrip("?"), getattr(self, entry.rstrip("?"))
            if name == "bias" and not isinstance(value, bool):
                value = value is not None
            if entry == name or not self._is_default(name, value):
                parts.append(f"{name}={value!r}")
        return ", ".join(parts)

    def _is_default(self, name: str, value: Any) -> bool:
        default = self.__dataclass_fields__[name].default  # type: ignore[attr-defined]
        return value == default or (isinstance(value, tuple) and set(value) == {default})


def check_of(hint: Any) -> Callable[..., None] | None:
    """Return the check of a setting with this annotation; see :class:`Layer`."""
    if get_origin(hint) is Literal:
        return partial(one_of, get_args(hint))
    return hint.__metadata__[0] if get_origin(hint) is Annotated else None


def _describe_constructor(constructor: Any, hints: dict[str, Any], written: dict[str, str]) -> None:
    """Replace ``InitVar[type]`` by the type, for those who inspect the constructor."""
    signature = inspect.signature(constructor)
    plain = {name: re.sub(r"^InitVar\[(.*)\]$", r"\1", text) for name, text in written.items()}
    parameters = signature.parameters.values()
    constructor.__signature__ = signature.replace(
        parameters=[p.replace(annotation=plain.get(p.name, p.empty)) for p in parameters]
    )
    constructor.__annotations__ = {
        name: hint.type if isinstance(hint, InitVar) else hint
        for name, hint in hints.items()
        if name in signature.parameters
    }


def _complete_docstring(cls: type, function: Callable[..., Any] | None) -> None:
    """Document every setting once, in the order of the constructor's parameters."""
    order = list(inspect.signature(cls).parameters)
    entries: dict[str, str] = {}
    for source in (function, *reversed(cls.__mro__)):
        section = _PARAMETERS.search(inspect.cleandoc(getattr(source, "__doc__", None) or ""))
        for entry in re.split(r"\n(?=\S)", section[1]) if section else ():
            names = entry.partition("\n")[0].partition(" : ")[0].split(", ")
            if source is not function or set(names) <= set(order):
                entries |= dict.fromkeys(names, entry)
    summary, *examples = re.split(r"(?=\n\nExamples\n)", inspect.cleandoc(cls.__doc__ or ""))
    summary = _PARAMETERS.sub("", summary)
    if function is not None:
        summary += f"\n\nSee :func:`nn.functional.{function.__name__}`."
    if entries:
        # A base documents settings that only some subclasses have.
        names = order if function is not None else [*order, *entries]
        listed = dict.fromkeys(entries[name] for name in names if name in entries)
        summary += "\n".join(("\n\nParameters", "----------", *listed))
    cls.__doc__ = "".join((summary, *examples, "\n"))


class Initialized(Layer, declared=True):
    """A layer with parameters of random initial values.

    Parameters
    ----------
    rng
        Seed or Generator of the initial values.
    device
        None or ``"cpu"``.
    dtype
        Dtype of the parameters; by default that of :func:`set_default_dtype`.
    """

    _: KW_ONLY
    device: InitVar[Any] = None
    rng: InitVar[Seed] = None
    dtype: InitVar[npt.DTypeLike] = None
