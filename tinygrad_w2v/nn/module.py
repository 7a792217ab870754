"""Module: parameters and the computation that uses them, nested to any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from typing_extensions import Self

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import nearest_names
from tinygrad_w2v.nn.parameter import Parameter


class Module:
    """A part of a model. Subclasses set attributes and define :meth:`forward`.

    There is nothing to register: parameters and modules are found among the attributes, also
    inside lists, tuples and dicts, in the order in which they were set.

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

    training = True

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's result."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): define it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run :meth:`forward`."""
        return self.forward(*args, **kwargs)

    # --- what it is made of ---------------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules held directly, with their names."""
        for name, value in _members(vars(self)):
            if isinstance(value, Module):
                yield name, value

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """Yield this module and all below it, each once, with dotted names."""
        seen: set[int] = set()
        for name, module in self._walk(prefix):
            if id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def _walk(self, prefix: str) -> Iterator[tuple[str, Module]]:
        yield prefix, self
        for name, child in self.named_children():
            yield from child._walk(f"{prefix}.{name}" if prefix else name)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield the parameters here and below with dotted names; a shared one once."""
        seen: set[int] = set()
        for prefix, module in self.named_modules():
            for name, value in _members(vars(module)):
                if isinstance(value, Parameter) and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{prefix}.{name}" if prefix else name), value

    def children(self) -> Iterator[Module]:
        """Yield the modules held directly."""
        return (module for _, module in self.named_children())

    def modules(self) -> Iterator[Module]:
        """Yield this module and all below it."""
        return (module for _, module in self.named_modules())

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters here and below."""
        return (parameter for _, parameter in self.named_parameters())

    # --- settings of all parts at once ----------------------------------------------------------

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

    # --- values in and out ----------------------------------------------------------------------

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all parameters by name."""
        return {name: parameter.data.copy() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Copy values into the parameters.

        Raises
        ------
        ValueError
            Lists every missing, unexpected and mis-shaped name at once; nothing is loaded.
        """
        parameters = dict(self.named_parameters())
        problems = [f"missing {name}" for name in parameters.keys() - state.keys()]
        for name in state.keys() - parameters.keys():
            hint = nearest_names(name, parameters)
            problems.append(f"unexpected {name}" + (f" ({hint})" if hint else ""))
        for name in parameters.keys() & state.keys():
            found, expected = np.shape(state[name]), parameters[name].shape
            if found != expected:
                problems.append(f"{name} has shape {found}, the module's is {expected}")
        if problems:
            raise ValueError(f"load_state_dict: {'; '.join(sorted(problems))}")
        for name, parameter in parameters.items():
            parameter.data[...] = state[name]
            parameter.bump_version()

    def get_extra_state(self) -> Any:
        """Return what else this module (alone) needs to go on where it was, as plain data."""
        return None

    def set_extra_state(self, state: Any) -> None:
        """Take back what :meth:`get_extra_state` returned."""

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


def _members(values: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Yield attributes by name; the members of lists, tuples and dicts by dotted names."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            nested: Mapping[Any, Any] = value
        elif isinstance(value, list | tuple):
            nested = dict(enumerate(value))
        else:
            yield str(name), value
            continue
        for inner, member in _members(nested):
            yield f"{name}.{inner}", member
