"""Module: parameters and the computation that uses them, nested to any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import Self

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.annotations import parameters_of
from tinygrad_w2v.nn.conversion import Convertible
from tinygrad_w2v.nn.hooks import Hooked
from tinygrad_w2v.nn.members import (
    BUFFER,
    MODULE,
    NOT_INITIALIZED,
    PARAMETER,
    Members,
    check_assignment,
    check_name,
    kind_of,
    register_member,
)
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.nn.state import Stateful

_T = TypeVar("_T")


class Module(Hooked, Stateful, Convertible, Configurable):
    """Base class of layers and models. Subclasses set attributes and define :meth:`forward`.

    A parameter, buffer or module that is assigned to an attribute is registered. Those in a plain
    list or dict are not: use :class:`ModuleList`, :class:`ParameterList`, :class:`ModuleDict` or
    :class:`ParameterDict`. An ``__init__`` calls ``super().__init__()`` before it assigns them.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter(np.ones(3))
    ...         self.inner = nn.Linear(2, 3)
    ...     def forward(self, x):
    ...         return self.inner(x) * self.factor
    >>> [name for name, _ in Scale().named_parameters()]
    ['factor', 'inner.weight', 'inner.bias']
    """

    __slots__ = ("_hooks", "_registry", "_volatile")

    training = True
    _registry: dict[str, str]
    _volatile: set[str]  # names of buffers that are not part of the state

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Store the constructor's arguments for :meth:`spec`."""
        made = super().__new__(cls, *args, **kwargs)
        made._registry = NOT_INITIALIZED  # first, since it is used when an attribute is set
        made._hooks, made._volatile = None, set()
        return made

    def __init__(self) -> None:
        if self._registry is NOT_INITIALIZED:
            self._registry = {}

    # --- attributes -----------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        kind = MODULE if isinstance(value, Module) else kind_of(value)
        if kind is not None:
            register_member(self, name, value, kind)
            if kind == BUFFER and not getattr(value, "persistent", True):
                self._volatile.add(name)
        elif name != "_registry" and name in self._registry:
            check_assignment(self, name, value, self._registry[name])
            vars(self)[name] = value
        else:
            super().__setattr__(name, value)

    if not TYPE_CHECKING:  # so that type checkers report misspelt names

        def __getattr__(self, name: str) -> Any:
            """Return a member; Python calls it for missing attributes, some programs themselves."""
            if name in vars(self):
                return vars(self)[name]
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            )

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._registry.pop(name, None)
        self._volatile.discard(name)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to copy and pickle."""
        slots = {name: getattr(self, name) for name in ("_arguments", "_registry", "_volatile")}
        return {"attributes": vars(self), "hooks": self._hooks, **slots}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._registry, self._volatile = dict(state["_registry"]), set(state["_volatile"])
        vars(self).update(state["attributes"])
        self._hooks, self._arguments = state["hooks"], state["_arguments"]

    def __dir__(self) -> Iterable[str]:
        return [name for name in super().__dir__() if not name[:1].isdigit()]

    @property
    def _parameters(self) -> MutableMapping[str, Any]:
        return Members(self, PARAMETER)

    @property
    def _buffers(self) -> MutableMapping[str, Any]:
        return Members(self, BUFFER)

    @property
    def _modules(self) -> MutableMapping[str, Any]:
        return Members(self, MODULE)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set an attribute to a parameter, or to None where one may be assigned later."""
        check_name(self, name, PARAMETER)
        check_assignment(self, name, None if isinstance(param, Parameter) else param, PARAMETER)
        register_member(self, name, param, PARAMETER)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Set an attribute to a tensor of the module's state that is not optimized.

        Parameters
        ----------
        name
            The attribute's name. A tensor assigned to it later is the buffer then.
        tensor
            The values, or None.
        persistent
            Whether it is part of :meth:`state_dict`.
        """
        check_name(self, name, BUFFER)
        check_assignment(self, name, tensor, BUFFER)
        register_member(self, name, tensor, BUFFER)
        (self._volatile.discard if persistent else self._volatile.add)(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Set an attribute to a submodule; the name may be an index, such as ``"0"``."""
        check_name(self, name, MODULE)
        check_assignment(self, name, None if isinstance(module, Module) else module, MODULE)
        register_member(self, name, module, MODULE)

    register_module = add_module

    # --- parameters, buffers and submodules -----------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct submodules with their names; each once."""
        return _unique((name, m) for name, m in self._modules.items() if m is not None)

    def named_modules(
        self, memo: set[Any] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Yield this module and all its submodules with dotted names; each once by default."""
        walked = self._walk(prefix)
        return _unique(walked, memo) if remove_duplicate else walked

    def _walk(self, prefix: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        above = (*above, id(self))  # a module may refer to its parent, which is no submodule
        for name, child in self._modules.items():
            if child is not None and id(child) not in above:
                yield from child._walk(f"{prefix}.{name}" if prefix else name, above)

    def _places(
        self, kind: str, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Module, str]]:
        """Yield the dotted name, the module and the attribute of each member of a kind."""
        for path, module in self._walk(prefix) if recurse else [(prefix, self)]:
            for name, value in Members(module, kind).items():
                if value is not None:
                    yield (f"{path}.{name}" if path else name), module, name

    def _named(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        places = self._places(kind, prefix, recurse)
        named = ((name, vars(holder)[own]) for name, holder, own in places)
        return _unique(named) if remove_duplicate else named

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        for kind in (PARAMETER, BUFFER):
            for name, value in Members(self, kind).items():
                if value is not None and name not in self._volatile:
                    yield name, value

    def _state_places(self, prefix: str) -> Iterator[tuple[str, Module, str]]:
        for path, module in self._walk(prefix):
            for name, _ in module._own_state():
                yield (f"{path}.{name}" if path else name), module, name

    def _tensors(self) -> Iterator[Tensor]:
        yield from self.parameters()
        yield from self.buffers()

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Yield all parameters with dotted names; a shared one once.

        Parameters
        ----------
        prefix
            Put before each name.
        recurse
            Whether to include those of submodules.
        remove_duplicate
            False yields a shared one under each of its names.
        """
        return self._named(PARAMETER, prefix, recurse, remove_duplicate)

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Yield all buffers with dotted names; see :meth:`named_parameters`."""
        return self._named(BUFFER, prefix, recurse, remove_duplicate)

    def children(self) -> Iterator[Module]:
        """Yield the direct submodules."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all its submodules."""
        return (module for _, module in self.named_modules())

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Yield all parameters, or only the module's own."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Yield all buffers, or only the module's own."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def get_submodule(self, target: str) -> Module:
        """Return the submodule with a dotted name; the empty name is the module itself."""
        found: Any = self
        for name in target.split(".") if target else ():
            found = Members(found, MODULE).get(name) if isinstance(found, Module) else None
        if found is None:
            raise InputError(f"{type(self).__name__} has no submodule {target!r}")
        return found  # type: ignore[no-any-return]

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter with a dotted name."""
        return self._get(target, PARAMETER)  # type: ignore[no-any-return]

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer with a dotted name."""
        return self._get(target, BUFFER)  # type: ignore[no-any-return]

    def _get(self, target: str, kind: str) -> Any:
        path, _, name = target.rpartition(".")
        found = Members(self.get_submodule(path), kind).get(name)
        if found is None:
            raise InputError(f"{type(self).__name__} has no {kind} {target!r}")
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Replace the submodule with a dotted name; with `strict` there must be one."""
        path, _, name = target.rpartition(".")
        if strict:
            self.get_submodule(target)
        self.get_submodule(path).add_module(name, module)

    # --- operations on all submodules -----------------------------------------------------------

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call a function with every submodule, then with this module.

        Examples
        --------
        >>> from tinygrad_w2v import nn
        >>> def no_bias(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros_(module.bias)
        >>> nn.Linear(2, 2).apply(no_bias).bias.tolist()
        [0.0, 0.0]
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set `training` of this module and all its submodules."""
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Set `training` to False; see :meth:`train`."""
        return self.train(False)

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name; `dtype` is the current one."""
        arguments = super().spec_arguments()
        known = parameters_of(type(self))
        if "dtype" in known:
            for parameter in self.parameters():
                arguments["dtype"] = parameter.dtype
                break
        return {name: arguments[name] for name in [*known, *arguments] if name in arguments}

    # --- printing -------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return the settings to print after the class name."""
        return ""

    def _children_shown(self) -> list[str]:
        return [f"({name}): {child!r}" for name, child in self._modules.items()]

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        settings = self.extra_repr().splitlines()
        children = self._children_shown()
        lines = settings + [line.replace("\n", "\n  ") for line in children]
        is_short = len(settings) < 2 and not children
        inside = "".join(settings) if is_short else "\n  " + "\n  ".join(lines) + "\n"
        return f"{self._get_name()}({inside})"


def _unique(
    named: Iterator[tuple[str, _T]], memo: set[Any] | None = None
) -> Iterator[tuple[str, _T]]:
    """Yield each object once, under its first name."""
    seen = set() if memo is None else memo
    for name, value in named:
        if value not in seen:
            seen.add(value)
            yield name, value
