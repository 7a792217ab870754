"""Module: parameters and the computation that uses them, nested to any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import Self

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn.hooks import Hook, HookHandle, Hooks
from tinygrad_w2v.nn.members import members
from tinygrad_w2v.nn.parameter import Buffer, Parameter
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.nn.state import StateError, compare


class Module(Configurable):
    """A part of a model. Subclasses set attributes and define :meth:`forward`.

    There is nothing to register: parameters, buffers and modules are found among the attributes,
    also inside lists, tuples and dicts, in the order in which they were set.

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
        """Remember the arguments; see :meth:`spec`."""
        made = super().__new__(cls, *args, **kwargs)
        made._hooks = None
        return made

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's result."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): define it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run :meth:`forward`, and the hooks if there are any."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._hooks.call(self, args, kwargs)

    # --- what it is made of ---------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules held directly, with their names."""
        for name, value in members(vars(self)):
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, each once, with dotted names."""
        seen: set[int] = set()
        for name, module in self._walk(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def _walk(self, prefix: str, above: tuple[int, ...] = ()) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        above = (*above, id(self))  # a module may know its parent: that is not one of its parts
        for name, child in self.named_children():
            if id(child) not in above:
                yield from child._walk(f"{prefix}.{name}" if prefix else name, above)

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield parameters and buffers here and below; one in two places under both names."""
        for prefix, module in self._walk(""):
            for name, value in members(vars(module)):
                if isinstance(value, Parameter | Buffer):
                    yield (f"{prefix}.{name}" if prefix else name), value

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters here and below with dotted names; a shared one once."""
        seen: set[int] = set()
        for name, tensor in self.named_tensors():
            if isinstance(tensor, Parameter) and id(tensor) not in seen:
                seen.add(id(tensor))
                yield name, tensor

    def named_buffers(self) -> Iterator[tuple[str, Buffer]]:
        """Yield the buffers here and below with dotted names; a shared one once."""
        seen: set[int] = set()
        for name, tensor in self.named_tensors():
            if isinstance(tensor, Buffer) and id(tensor) not in seen:
                seen.add(id(tensor))
                yield name, tensor

    def children(self) -> Iterator[Module]:
        """Yield the modules held directly."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters here and below."""
        return (parameter for _, parameter in self.named_parameters())

    def buffers(self) -> Iterator[Buffer]:
        """Yield the buffers here and below."""
        return (buffer for _, buffer in self.named_buffers())

    # --- settings of all parts at once ----------------------------------------------------------

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call a function with every module below and then with this one.

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
        """Set `training` here and below."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set `training` to False here and below."""
        return self.train(False)

    def requires_grad_(self, value: bool = True) -> Self:
        """Freeze (False) or thaw all parameters."""
        for parameter in self.parameters():
            parameter.requires_grad_(value)
        return self

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, dtype: npt.DTypeLike) -> Self:
        """Convert all floating parameters and buffers to a dtype, and forget their gradients.

        Make optimizers afterwards: what they keep has the parameters' dtype.
        """
        if not np.issubdtype(np.dtype(dtype), np.floating):
            raise InputError(f"to: {np.dtype(dtype)} is no floating dtype: use float32 or float64")
        for _, tensor in self.named_tensors():
            if np.issubdtype(tensor.dtype, np.floating) and tensor.dtype != dtype:
                tensor.grad = None
                tensor.data = tensor.data.astype(dtype)
        return self

    def share_memory(self) -> Self:
        """Move all parameters and buffers to memory that processes forked from now on share."""
        for _, tensor in self.named_tensors():
            tensor.share_memory_()
        return self

    # --- hooks ----------------------------------------------------------------------------------

    def register_forward_pre_hook(self, hook: Hook) -> HookHandle:
        """Have ``hook(module, args)`` called before each forward; it may return other arguments."""
        return HookHandle(self, "before_forward", hook)

    def register_forward_hook(self, hook: Hook) -> HookHandle:
        """Have ``hook(module, args, result)`` called after each; it may return another result."""
        return HookHandle(self, "after_forward", hook)

    def register_backward_hook(self, hook: Hook) -> HookHandle:
        """Have ``hook(module, gradients_of_args, gradient_of_result)`` called in each backward.

        It sees the gradients and cannot change them. An argument that requires no gradient has
        None; a result that is no Tensor is not watched.

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

    # --- values in and out ----------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters and buffers by name.

        One that is shared by two places stands under both names, as the same array.
        """
        named = list(self.named_tensors())
        copies = {key: tensor.data.copy() for key, tensor in {id(t): t for _, t in named}.items()}
        return {name: copies[id(tensor)] for name, tensor in named}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Copy values into the parameters and buffers.

        Parameters
        ----------
        state
            Arrays by name, as :meth:`state_dict` gives them.
        strict
            False passes over names that are missing or unexpected, not over wrong shapes.

        Raises
        ------
        StateError
            Lists every missing, unexpected and mis-shaped name at once; nothing is loaded.
        """
        tensors = dict(self.named_tensors())
        problems = compare(
            {name: tensor.shape for name, tensor in tensors.items()},
            {name: np.shape(value) for name, value in state.items()},
            strict,
        )
        if problems:
            raise StateError(f"load_state_dict: {'; '.join(problems)}")
        for name, tensor in tensors.items():
            if name in state:
                tensor.data[...] = state[name]
                tensor.bump_version()

    def get_extra_state(self) -> Any:
        """Return what else this module (alone) needs to go on where it was, as plain data."""
        return None

    def set_extra_state(self, state: Any) -> None:
        """Take back what :meth:`get_extra_state` returned."""

    def spec_arguments(self) -> dict[str, Any]:
        """Return the constructor's arguments by name; `dtype` is what it is by now."""
        arguments = super().spec_arguments()
        if "dtype" in arguments:
            for parameter in self.parameters():
                arguments["dtype"] = parameter.dtype
                break
        return arguments

    # --- how it prints --------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """Return the settings to print behind the class name."""
        return ""

    def __repr__(self) -> str:
        count = sum(parameter.size for parameter in self.parameters())
        lines = [f"{type(self).__name__}({self.extra_repr()})"]
        if count:
            lines[0] += f"  # {count:,} parameters"
        for name, child in self.named_children():
            first, *rest = repr(child).splitlines()
            lines += [f"  {name}: {first}", *(f"  {line}" for line in rest)]
        return "\n".join(lines)
