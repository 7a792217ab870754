"""The state of a module: its parameters and persistent buffers by name, collected and loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Shape
from tinygrad_w2v.errors import StateError, nearest_names
from tinygrad_w2v.nn.hooks import Hooks
from tinygrad_w2v.nn.parameter import Parameter

_MOST_PROBLEMS = 20  # in one message
_MOST_CANDIDATES = 500  # for a hint


class IncompatibleKeys(NamedTuple):
    """The names in which a loaded state differs from a module."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not (self.missing_keys or self.unexpected_keys):
            return "<All keys matched successfully>"
        return tuple.__repr__(self)


class Stateful:
    """A module whose parameters and persistent buffers can be copied out and loaded."""

    __slots__ = ()

    _hooks: Hooks | None

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Yield all parameters and buffers of the state; a shared one under each of its names."""
        for name, holder, attribute in self._state_places(""):
            yield name, vars(holder)[attribute]

    def _state_places(self, prefix: str) -> Iterator[tuple[str, Any, str]]:
        """Yield the name in the state, the module and the attribute of each tensor of the state."""
        raise NotImplementedError

    def _walk(self, prefix: str) -> Iterator[tuple[str, Any]]:
        raise NotImplementedError

    def state_dict(
        self,
        destination: dict[str, Any] | None = None,
        *,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> OrderedDict[str, Tensor]:
        """Return all parameters and persistent buffers by name, such as ``"0.weight"``.

        The tensors share memory with the module: copy them to preserve their values. A shared one
        is listed under each of its names, as the same tensor.

        Parameters
        ----------
        destination
            A dictionary to add to, which is returned.
        prefix
            Put before each name.
        keep_vars
            Whether to return the parameters themselves instead of detached tensors.

        Examples
        --------
        >>> from tinygrad_w2v import nn
        >>> list(nn.Sequential(nn.Linear(2, 1), nn.ReLU()).state_dict())
        ['0.weight', '0.bias']
        """
        state: Any = OrderedDict() if destination is None else destination
        detached: dict[int, Tensor] = {}
        for path, module in self._walk(prefix.removesuffix(".")):
            inner = f"{path}." if path else ""
            if module._hooks is not None:
                module._hooks.run("before_state", module, inner, keep_vars)
            for name, tensor in module._own_state():
                value = tensor if keep_vars else detached.get(id(tensor))
                if value is None:
                    value = detached[id(tensor)] = tensor.detach()
                state[inner + name] = value
        for path, module in reversed(list(self._walk(prefix.removesuffix(".")))):
            if module._hooks is not None:
                for changed in module._hooks.run(
                    "after_state", module, state, f"{path}." if path else "", {}
                ):
                    state = state if changed is None else changed
        return state  # type: ignore[no-any-return]

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy values into the parameters and buffers.

        Parameters
        ----------
        state_dict
            Tensors or arrays by name, as returned by :meth:`state_dict`.
        strict
            False ignores missing and unexpected names, but not wrong shapes.
        assign
            Use the given tensors, with their dtypes, instead of copying their values.

        Returns
        -------
        IncompatibleKeys
            `missing_keys` and `unexpected_keys`: lists of names.

        Raises
        ------
        StateError
            If names or shapes differ; lists them. Nothing is loaded then.
        """
        state = dict(state_dict)
        for path, module in self._walk(""):
            if module._hooks is not None:
                prefix = f"{path}." if path else ""
                module._hooks.run("before_load", module, state, prefix, {}, strict, [], [], [])
        places = {name: (holder, own) for name, holder, own in self._state_places("")}
        tensors = {name: vars(holder)[own] for name, (holder, own) in places.items()}
        problems = compare_states(
            {name: tensor.shape for name, tensor in tensors.items()},
            {name: np.shape(array_of(value)) for name, value in state.items()},
            strict,
        )
        if problems:
            raise StateError(f"load_state_dict: {'; '.join(problems)}")
        for name, tensor in tensors.items():
            if name in state and assign:
                holder, own = places[name]
                setattr(holder, own, _assigned(tensor, state[name]))
            elif name in state:
                tensor._data[...] = array_of(state[name])
                tensor.bump_version()
        keys = IncompatibleKeys(
            [name for name in tensors if name not in state],
            [name for name in state if name not in tensors],
        )
        for _, module in self._walk(""):
            if module._hooks is not None:
                module._hooks.run("after_load", module, keys)
        return keys

    def get_extra_state(self) -> Any:
        """Return other state of this module alone, such as a generator's state, as plain data."""
        return None

    def set_extra_state(self, state: Any) -> None:
        """Restore what :meth:`get_extra_state` returned."""


def _assigned(tensor: Tensor, value: Any) -> Tensor:
    """Return a value as a tensor of the kind that it replaces."""
    if not isinstance(tensor, Parameter):
        return value if isinstance(value, Tensor) else Tensor(value)
    return value if isinstance(value, Parameter) else Parameter(value, tensor.requires_grad)


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
