"""Members: a module's parameters, buffers and submodules by name, in the order of registration."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from types import MappingProxyType
from typing import Any, Protocol

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.parameter import Buffer, Parameter

PARAMETER, BUFFER, MODULE = "parameter", "buffer", "module"

NOT_INITIALIZED: Any = MappingProxyType({})
"""The registry of a module whose ``Module.__init__`` was not called: it takes no members."""


class Registrar(Protocol):
    """The part of Module that has members. Their values are attributes of the module."""

    __dict__: dict[str, Any]
    _registry: dict[str, str]  # the kind of each member


class Members(MutableMapping[str, Any]):
    """The members of one kind, as PyTorch's ``_parameters``, ``_buffers`` and ``_modules``."""

    def __init__(self, module: Registrar, kind: str) -> None:
        self._module = module
        self._kind = kind

    def __getitem__(self, name: str) -> Any:
        if self._module._registry.get(name) != self._kind:
            raise KeyError(name)
        return vars(self._module)[name]

    def __setitem__(self, name: str, value: Any) -> None:
        register_member(self._module, name, value, self._kind)

    def __delitem__(self, name: str) -> None:
        self[name]
        delattr(self._module, name)

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, kind in self._module._registry.items() if kind == self._kind])

    def __len__(self) -> int:
        return sum(kind == self._kind for kind in self._module._registry.values())

    def __repr__(self) -> str:
        return repr(dict(self))


def register_member(module: Registrar, name: str, value: Any, kind: str) -> None:
    """Set an attribute and register it; a new member comes last, as does one of another kind."""
    if module._registry is NOT_INITIALIZED:
        owner = type(module).__name__
        raise AttributeError(
            f"cannot assign {kind} before Module.__init__() call: call super().__init__() first in "
            f"{owner}.__init__, then assign {owner}.{name}"
        )
    if module._registry.get(name) != kind:
        module._registry.pop(name, None)
        vars(module).pop(name, None)
        module._registry[name] = kind
    vars(module)[name] = value


def check_name(module: Any, name: Any, kind: str) -> None:
    """Raise InputError unless `name` can be the name of a new member."""
    if not isinstance(name, str) or not name or "." in name:
        raise InputError(f"a {kind}'s name is {name!r}: use a string without dots")
    if hasattr(module, name) and module._registry.get(name) != kind:
        raise InputError(
            f"a {kind}'s name is {name!r}: {type(module).__name__} has an attribute of this name; "
            f"use another"
        )


def check_assignment(module: Any, name: str, value: Any, kind: str) -> None:
    """Raise InputError unless a value that is no member may replace the member `name`."""
    if value is None or (kind == BUFFER and isinstance(value, Tensor)):
        return
    wanted = {PARAMETER: "an nn.Parameter", BUFFER: "a Tensor", MODULE: "a Module"}[kind]
    raise InputError(
        f"{type(module).__name__}.{name} is a {kind}, and a {type(value).__name__} was assigned to "
        f"it: assign {wanted} or None, or delete the attribute first"
    )


def kind_of(value: Any) -> str | None:
    """Return the kind of member that a tensor becomes when it is assigned to an attribute."""
    if isinstance(value, Parameter):
        return PARAMETER
    return BUFFER if isinstance(value, Buffer) else None
