"""Containers: modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar

from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.references import Resolver


class _Container(Module):
    """Modules in a list or dict; a subclass states the attribute and the constructor's argument."""

    _attribute: ClassVar[str]
    _argument: ClassVar[str] = "modules"

    @property
    def _members(self) -> Any:
        return getattr(self, self._attribute)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current modules."""
        return {self._argument: self._members}

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, key: Any) -> Module:
        module: Module = self._members[key]
        return module

    def __setitem__(self, key: Any, module: Module) -> None:
        _check_module(f"{self._argument}[{key!r}]", module)
        self._members[key] = module

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)


class _ModuleSequence(_Container):
    def append(self, module: Module) -> Self:
        """Append a module."""
        return self.extend([module])

    def extend(self, modules: Iterable[Module]) -> Self:
        """Append modules."""
        added = list(modules)
        for index, module in enumerate(added, start=len(self)):
            _check_module(f"{self._argument}[{index}]", module)
        self._members.extend(added)
        return self


class Sequential(_ModuleSequence):
    """A chain of modules, each called with the previous one's result.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    >>> [name for name, _ in model.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    _attribute = _argument = "layers"

    def __init__(self, *layers: Module) -> None:
        self.layers: list[Module] = []
        self.extend(layers)

    def forward(self, x: Any) -> Any:
        """Call each layer in turn."""
        for layer in self.layers:
            x = layer(x)
        return x


class ModuleList(_ModuleSequence):
    """A list of modules, which the model calls itself. A plain list works as well.

    Parameters
    ----------
    modules
        Initial modules.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> heads = nn.ModuleList([nn.Linear(4, 2)]).append(nn.Linear(4, 3))
    >>> len(heads), [tuple(p.shape) for p in heads.parameters()]
    (2, [(2, 4), (2,), (3, 4), (3,)])
    """

    _attribute = "items"

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.items: list[Module] = []
        self.extend(modules)


class ModuleDict(_Container):
    """A dict of modules, which the model calls itself. A plain dict works as well.

    Parameters
    ----------
    modules
        Initial modules.
    """

    _attribute = "by_name"

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.by_name: dict[str, Module] = {}
        for name, module in (modules or {}).items():
            self[name] = module

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self.by_name.keys()

    def values(self) -> ValuesView[Module]:
        """Return the modules."""
        return self.by_name.values()

    def items(self) -> ItemsView[str, Module]:
        """Return names and modules."""
        return self.by_name.items()

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str) or "." in name or name == "type":
            raise InputError(
                f"a module's name is {name!r}: use a string without dots, other than 'type'"
            )
        super().__setitem__(name, module)

    def __delitem__(self, name: str) -> None:
        del self.by_name[name]


class Residual(Module):
    """``x + inner(x)``.

    Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385.

    Parameters
    ----------
    inner
        A module whose result has the shape of its input.
    """

    def __init__(self, inner: Module) -> None:
        _check_module("inner", inner)
        self.inner = inner

    def forward(self, x: Any) -> Any:
        """Return ``x + inner(x)``."""
        return x + self.inner(x)


class Lambda(Module):
    """A function as a module.

    Parameters
    ----------
    function
        A function of Tensors, or the name of an op such as ``"relu"``.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> nn.Lambda(np.tanh).spec()
    {'type': 'Lambda', 'function': 'tanh'}
    >>> nn.build({"type": "Lambda", "function": "square"})(np.array([3.0]))
    array([9.])
    """

    def __init__(self, function: Callable[..., Any] | str) -> None:
        if isinstance(function, str):
            function = Resolver().find_function(function, "function")
        if not callable(function):
            raise InputError(f"function is {function!r}: it is not callable; pass a function")
        self.function: Callable[..., Any] = function

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function."""
        return self.function(*args, **kwargs)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current function."""
        return {"function": self.function}

    def extra_repr(self) -> str:
        """Return the function's name."""
        return getattr(self.function, "__name__", repr(self.function))


def _check_module(place: str, module: object) -> None:
    if not isinstance(module, Module):
        raise InputError(
            f"{place} is a {type(module).__name__}: it must be a Module; wrap a function in "
            f"nn.Lambda"
        )
