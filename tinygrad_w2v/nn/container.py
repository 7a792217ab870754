"""Containers: modules made of modules."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar

from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.references import Resolver


class _ModuleSequence(Module):
    """Modules in a list; a subclass states the constructor's argument and the attribute."""

    _argument: ClassVar[str]
    _attribute: ClassVar[str]

    @property
    def _list(self) -> list[Module]:
        modules: list[Module] = getattr(self, self._attribute)
        return modules

    def append(self, module: Module) -> Self:
        """Append a module."""
        return self.extend([module])

    def extend(self, modules: Iterable[Module]) -> Self:
        """Append modules."""
        added = list(modules)
        _check_modules(self._argument, enumerate(added, start=len(self)))
        self._list.extend(added)
        return self

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current modules."""
        return {self._argument: self._list}

    def __len__(self) -> int:
        return len(self._list)

    def __getitem__(self, index: int) -> Module:
        return self._list[index]

    def __setitem__(self, index: int, module: Module) -> None:
        _check_modules(self._argument, [(index, module)])
        self._list[index] = module

    def __iter__(self) -> Iterator[Module]:
        return iter(self._list)


class Sequential(_ModuleSequence):
    """A chain of modules, each called with the previous one's result.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    >>> [name for name, _ in model.named_parameters()]
    ['layers.0.weight', 'layers.0.bias', 'layers.1.weight', 'layers.1.bias']
    """

    _argument = _attribute = "layers"

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

    _argument, _attribute = "modules", "items"

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.items: list[Module] = []
        self.extend(modules)


class ModuleDict(Module):
    """A dict of modules, which the model calls itself. A plain dict works as well.

    Parameters
    ----------
    modules
        Initial modules.
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.by_name: dict[str, Module] = {}
        for name, module in (modules or {}).items():
            self[name] = module

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current modules."""
        return {"modules": self.by_name}

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self.by_name.keys()

    def values(self) -> ValuesView[Module]:
        """Return the modules."""
        return self.by_name.values()

    def items(self) -> ItemsView[str, Module]:
        """Return names and modules."""
        return self.by_name.items()

    def __len__(self) -> int:
        return len(self.by_name)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def __getitem__(self, name: str) -> Module:
        return self.by_name[name]

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(name, str) or "." in name or name == "type":
            raise InputError(
                f"a module's name is {name!r}: use a string without dots, other than 'type'"
            )
        _check_modules("modules", [(name, module)])
        self.by_name[name] = module

    def __delitem__(self, name: str) -> None:
        del self.by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)


class Residual(Module):
    """``x + inner(x)``.

    Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385.

    Parameters
    ----------
    inner
        A module whose result has the shape of its input.
    """

    def __init__(self, inner: Module) -> None:
        _check_modules("inner", [("", inner)])
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


def _check_modules(argument: str, named: Iterable[tuple[object, object]]) -> None:
    for name, module in named:
        if not isinstance(module, Module):
            place = f"{argument}[{name!r}]" if name != "" else argument
            raise InputError(
                f"{place} is a {type(module).__name__}: it must be a Module; wrap a function in "
                f"nn.Lambda"
            )
