"""Containers: modules made of modules, and lists and dicts of parameters."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from typing_extensions import Self

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.members import MODULE, check_name
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.nn.references import Resolver


class _Container(Module):
    """Members that are modules; a subclass states the constructor's argument."""

    _argument: ClassVar[str]

    @property
    def _members(self) -> Any:
        return self._modules

    def _checked(self, value: Any, place: str) -> Any:
        _check_module(f"{self._argument}[{place}]", value)
        return value

    def __len__(self) -> int:
        return len(self._members)


class _OfParameters(_Container):
    """Members that are parameters; other tensors become parameters."""

    @property
    def _members(self) -> Any:
        return self._parameters

    def _checked(self, value: Any, place: str) -> Any:
        return value if isinstance(value, Parameter) else Parameter(value)


class _Indexed(_Container):
    """Members named "0", "1", ...: a list."""

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(values or ())

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current members."""
        return {self._argument: list(self)}

    def _name(self, index: Any) -> str:
        """Return the name of the member at an index."""
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(
                f"index {position} of a {type(self).__name__} of length {len(self)} is out of range"
            )
        return list(self._members)[position]  # type: ignore[no-any-return]

    def _replace_all(self, values: Iterable[Any]) -> None:
        members, new = self._members, list(values)
        for name in list(members):
            del members[name]
        for index, value in enumerate(new):
            members[str(index)] = value

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._members.values()))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self._sliced(index)
        return self._members[self._name(index)]

    def _sliced(self, index: slice) -> Any:
        return type(self)(list(self)[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            for position, item in zip(range(*index.indices(len(self))), value, strict=True):
                self[position] = item
            return
        name = self._name(index)
        self._members[name] = self._checked(value, name)

    def __delitem__(self, index: Any) -> None:
        kept = list(self)
        del kept[index]
        self._replace_all(kept)

    def __contains__(self, value: object) -> bool:
        return any(member is value for member in self)

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __add__(self, other: Iterable[Any]) -> Any:
        return type(self)([*self, *other])

    def append(self, module: Any) -> Self:
        """Append a member."""
        return self.extend([module])

    def extend(self, modules: Iterable[Any]) -> Self:
        """Append members."""
        start = len(self)
        added = [self._checked(m, str(i)) for i, m in enumerate(modules, start)]
        for index, value in enumerate(added, start):
            self._members[str(index)] = value
        return self

    def insert(self, index: int, module: Any) -> Any:
        """Insert a member before an index."""
        new = list(self)
        new.insert(index, self._checked(module, str(index)))
        self._replace_all(new)
        return self

    def pop(self, key: int = -1) -> Any:
        """Remove and return a member, the last one by default."""
        value = self[key]
        del self[key]
        return value


class Sequential(_Indexed):
    """A chain of modules, each called with the previous one's result.

    Parameters
    ----------
    layers
        Modules, named "0", "1", ...; or one dict of modules by name.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
    >>> [name for name, _ in model.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    _argument = "layers"

    def __init__(self, *layers: Any) -> None:
        super().__init__()
        if len(layers) == 1 and isinstance(layers[0], Mapping):
            for name, layer in layers[0].items():
                self.add_module(name, self._checked(layer, repr(name)))
        else:
            self.extend(layers)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current modules, by name if they have other names than indices."""
        is_list = all(name == str(index) for index, name in enumerate(self._modules))
        return {"layers": list(self) if is_list else [dict(self._modules)]}

    def _sliced(self, index: slice) -> Any:
        return type(self)(dict(list(self._modules.items())[index]))

    def __delitem__(self, index: Any) -> None:
        names = list(self._modules)[index]
        for name in names if isinstance(index, slice) else [names]:
            del self._modules[name]
        if all(name.isdecimal() for name in self._modules):
            self._replace_all(self)

    def __add__(self, other: Iterable[Any]) -> Any:
        return type(self)(*self, *other)

    def forward(self, input: Any) -> Any:
        """Call each layer in turn."""
        attributes = vars(self)
        for name, kind in self._registry.items():
            if kind == MODULE:
                input = attributes[name](input)
        return input


class ModuleList(_Indexed):
    """A list of modules, which the model calls itself.

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

    _argument = "modules"

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__(modules)

    def _children_shown(self) -> list[str]:
        """Return the printed members, equal neighbours as one."""
        groups = [(text, len(list(same))) for text, same in itertools.groupby(map(repr, self))]
        ends = list(itertools.accumulate((count for _, count in groups), initial=0))
        return [
            f"({start}): {text}"
            if count == 1
            else f"({start}-{start + count - 1}): {count} x {text}"
            for start, (text, count) in zip(ends, groups, strict=False)
        ]


class ParameterList(_OfParameters, _Indexed):
    """A list of parameters.

    Parameters
    ----------
    values
        Initial parameters; other tensors become parameters.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> [name for name, _ in nn.ParameterList([nn.Parameter([1.0])]).named_parameters()]
    ['0']
    """

    _argument = "values"


class _Named(_Container):
    """Members by name: a dict."""

    def spec_arguments(self) -> dict[str, Any]:
        """Return the current members."""
        return {self._argument: dict(self._members)}

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> Any:
        return self._members[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name not in self._members:
            check_name(self, name, "module")
        self._members[name] = self._checked(value, repr(name))

    def __delitem__(self, name: str) -> None:
        del self._members[name]

    def keys(self) -> Any:
        """Return the names."""
        return self._members.keys()

    def values(self) -> Any:
        """Return the members."""
        return self._members.values()

    def items(self) -> Any:
        """Return names and members."""
        return self._members.items()

    def get(self, key: str, default: Any = None) -> Any:
        """Return the member of a name, or the default."""
        return self._members.get(key, default)

    def pop(self, key: str) -> Any:
        """Remove and return a member."""
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Remove all members."""
        for name in list(self):
            del self[name]

    def update(self, modules: Any) -> None:
        """Set members from a dict or from pairs of name and member."""
        for name, value in modules.items() if hasattr(modules, "items") else modules:
            self[name] = value


class ModuleDict(_Named):
    """A dict of modules, which the model calls itself. Each is also an attribute.

    Parameters
    ----------
    modules
        Initial modules.

    Examples
    --------
    >>> from tinygrad_w2v import nn
    >>> blocks = nn.ModuleDict({"first": nn.Linear(2, 1)})
    >>> blocks["first"] is blocks.first
    True
    """

    _argument = "modules"

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        self.update(modules or {})


class ParameterDict(_OfParameters, _Named):
    """A dict of parameters. Each is also an attribute.

    Parameters
    ----------
    parameters
        Initial parameters; other tensors become parameters.
    """

    _argument = "parameters"

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self.update(parameters or {})


class Residual(Module):
    """``x + inner(x)``.

    Source: He et al., "Deep residual learning for image recognition", arXiv 1512.03385.

    Parameters
    ----------
    inner
        A module whose result has the shape of its input.
    """

    def __init__(self, inner: Module) -> None:
        super().__init__()
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
        super().__init__()
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
