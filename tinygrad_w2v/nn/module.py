"""Module: parameters and the computation that uses them, nested to any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.errors import InputError, StateError, nearest_names
from tinygrad_w2v.nn.hooks import Hook, HookHandle, Hooks
from tinygrad_w2v.nn.parameter import Buffer, Parameter
from tinygrad_w2v.nn.spec import Configurable

_T = TypeVar("_T")
_Tensor = TypeVar("_Tensor", bound=Tensor)


class Module(Configurable):
    """Base class of layers and models. Subclasses set attributes and define :meth:`forward`.

    Nothing has to be registered: parameters, buffers and submodules are found among the
    attributes, including those in lists, tuples and dicts, in the order in which they were set.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         self.factors = [nn.Parameter(np.ones(3)), nn.Parameter(np.ones(3))]
    ...     def forward(self, x):
    ...         return x * self.factors[0] * self.factors[1]
    >>> [name for name, _ in Scale().named_parameters()]
    ['factors.0', 'factors.1']
    """

    __slots__ = ("_hooks",)

    training = True
    _hooks: Hooks | None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Store the constructor's arguments for :meth:`spec`."""
        made = super().__new__(cls, *args, **kwargs)
        made._hooks = None
        return made

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's result."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): define it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run :meth:`forward` and the registered hooks."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._hooks.call(self, args, kwargs)

    # --- parameters, buffers and submodules -----------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the direct submodules with their names."""
        for name, value in iterate_members(vars(self)):
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all its submodules with dotted names; each once."""
        return _unique(self._walk(prefix))

    def _walk(self, prefix: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        above = (*above, id(self))  # a module may refer to its parent, which is no submodule
        for name, child in self.named_children():
            if id(child) not in above:
                yield from child._walk(f"{prefix}.{name}" if prefix else name, above)

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield all parameters and buffers; a shared one under each of its names."""
        for prefix, module in self._walk(""):
            for name, value in iterate_members(vars(module)):
                if isinstance(value, Parameter | Buffer):
                    yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield all parameters with dotted names; a shared one once."""
        return _unique(self._named(Parameter))

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield all buffers with dotted names; a shared one once."""
        return _unique(self._named(Buffer))

    def _named(self, kind: type[_Tensor]) -> Iterator[tuple[str, _Tensor]]:
        return ((name, t) for name, t in self.named_tensors() if isinstance(t, kind))

    def children(self) -> Iterator[Module]:
        """Yield the direct submodules."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all its submodules."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """Yield all parameters."""
        return (parameter for _, parameter in self.named_parameters())

    def buffers(self) -> Iterator[Buffer]:
        """Yield all buffers."""
        return (buffer for _, buffer in self.named_buffers())

    # --- operations on all submodules -----------------------------------------------------------

    def apply(self, function: Callable[[Module], Any]) -> Self:
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
        for module in reversed(list(self.modules())):
            function(module)
        return self

    def train(self, mode: bool = True) -> Self:
        """Set `training` of this module and all its submodules."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set `training` to False; see :meth:`train`."""
        return self.train(False)

    def requires_grad_(self, value: bool = True) -> Self:
        """Set `requires_grad` of all parameters; False freezes them."""
        for parameter in self.parameters():
            parameter.requires_grad_(value)
        return self

    def zero_grad(self) -> None:
        """Set `grad` of all parameters to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype: npt.DTypeLike) -> Self:
        """Convert all floating parameters and buffers to a dtype and clear their gradients.

        Create optimizers afterwards: their state has the parameters' dtype.
        """
        if not np.issubdtype(np.dtype(dtype), np.floating):
            raise InputError(
                f"to: {np.dtype(dtype)} is not a floating dtype: use float32 or float64"
            )
        for _, tensor in self.named_tensors():
            if np.issubdtype(tensor.dtype, np.floating) and tensor.dtype != dtype:
                tensor.grad = None
                tensor.data = tensor._data.astype(dtype)
        return self

    def share_memory(self) -> Self:
        """Move all parameters and buffers to memory shared with processes forked later."""
        for _, tensor in self.named_tensors():
            tensor.share_memory_()
        return self

    # --- hooks ----------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, args)`` before each forward; it may return other arguments."""
        return HookHandle(self, "before_forward", hook)

    def register_forward_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, args, result)`` after each forward; it may return another result."""
        return HookHandle(self, "after_forward", hook)

    def register_backward_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, gradients_of_args, gradient_of_result)`` in each backward.

        The hook cannot change the gradients. That of an argument that requires none is None. A
        result that is not a Tensor is not observed.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_w2v import nn
        >>> layer = nn.Linear(3, 2, rng=0)
        >>> with layer.register_backward_hook(lambda module, args, result: print(result)):
        ...     layer(np.ones((1, 3), np.float32)).sum().backward()
        [[1. 1.]]
        """
        return HookHandle(self, "backward", hook)

    # --- state ----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers by name.

        A shared one is listed under each of its names, as the same array.
        """
        named = list(self.named_tensors())
        copies = {key: tensor._data.copy() for key, tensor in {id(t): t for _, t in named}.items()}
        return {name: copies[id(tensor)] for name, tensor in named}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers.

        Parameters
        ----------
        state
            Arrays by name, as returned by :meth:`state_dict`.
        strict
            False ignores missing and unexpected names, but not wrong shapes.

        Raises
        ------
        StateError
            If names or shapes differ; lists them. Nothing is loaded then.
        """
        tensors = dict(self.named_tensors())
        problems = compare_states(
            {name: tensor.shape for name, tensor in tensors.items()},
            {name: np.shape(value) for name, value in state.items()},
            strict,
        )
        if problems:
            raise StateError(f"load_state_dict: {'; '.join(problems)}")
        for name, tensor in tensors.items():
            if name in state:
                tensor._data[...] = array_of(state[name])
                tensor.bump_version()

    def get_extra_state(self) -> Any:
        """Return other state of this module alone, such as a generator's state, as plain data."""
        return None

    def set_extra_state(self, state: Any) -> None:
        """Restore what :meth:`get_extra_state` returned."""

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name; `dtype` is the current one."""
        arguments = super().spec_arguments()
        if "dtype" in arguments:
            for parameter in self.parameters():
                arguments["dtype"] = parameter.dtype
                break
        return arguments

    # --- printing -------------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return the settings to print after the class name."""
        return ""

    def __repr__(self) -> str:
        count = sum(parameter.numel() for parameter in self.parameters())
        lines = [f"{type(self).__name__}({self.extra_repr()})"]
        if count:
            lines[0] += f"  # {count:,} parameters"
        for name, child in self.named_children():
            first, *rest = repr(child).splitlines()
            lines += [f"  {name}: {first}", *(f"  {line}" for line in rest)]
        return "\n".join(lines)


def iterate_members(values: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield attributes by name; members of lists, tuples and dicts as ``layers.1.b``."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            nested: Mapping[Any, Any] = value
        elif isinstance(value, list | tuple):
            nested = dict(enumerate(value))
        else:
            yield str(name), value
            continue
        for inner, member in iterate_members(nested):
            yield f"{name}.{inner}", member


def replace_member(module: Any, dotted: str, value: Any) -> None:
    """Replace the member with a dotted name, as yielded by :func:`iterate_members`."""
    holder, names = module, dotted.split(".")
    for name in names[:-1]:
        if isinstance(holder, list | tuple | Mapping):
            holder = holder[_key(holder, name)]
        else:
            holder = getattr(holder, name)
    if isinstance(holder, tuple):
        raise TypeError(f"{dotted} is an item of a tuple, which cannot be changed: use a list")
    if isinstance(holder, list | Mapping):
        holder[_key(holder, names[-1])] = value  # type: ignore[index]
    else:
        setattr(holder, names[-1], value)


def _key(holder: Any, name: str) -> Any:
    """Return the key or index whose string is `name`."""
    if isinstance(holder, Mapping):
        return name if name in holder else next(key for key in holder if str(key) == name)
    return int(name)


def _unique(named: Iterator[tuple[str, _T]]) -> Iterator[tuple[str, _T]]:
    """Yield each object once, under its first name."""
    seen: set[int] = set()
    for name, value in named:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value


_MOST_PROBLEMS = 20  # in one message
_MOST_CANDIDATES = 500  # for a hint


def compare_states(
    expected: Mapping[str, Shape], found: Mapping[str, Shape], strict: bool
) -> list[str]:
    """Return the differences of two states, one phrase per name."""
    problems = list(islice(_differences(expected, found, strict), _MOST_PROBLEMS + 1))
    return [*problems[:_MOST_PROBLEMS], "..."] if len(problems) > _MOST_PROBLEMS else problems


def _differences(
    expected: Mapping[str, Shape], found: Mapping[str, Shape], strict: bool
) -> Iterator[str]:
    missing = [name for name in expected if name not in found]
    for name, shape in expected.items():
        if name in found and found[name] != shape:
            yield f"{name!r} has shape {found[name]}, the module's is {shape}"
        elif name not in found and strict:
            yield f"missing {name!r}"
    for name in found:
        if strict and name not in expected:
            hint = nearest_names(name, islice(missing or expected, _MOST_CANDIDATES))
            yield f"unexpected {name!r}" + (f" ({hint})" if hint else "")
