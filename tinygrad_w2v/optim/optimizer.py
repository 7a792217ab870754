"""What all optimizers have: parameter groups, state by name, and the step over gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor, enable_grad
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.nn import Module
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.validation import above_zero

Parameters: TypeAlias = (
    "Module | Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Mapping[str, Any]]"
)
"""What an optimizer changes: a module, tensors, (name, tensor) pairs, or groups of these."""

_NOT_SETTINGS = ("params", "names")


class Optimizer(Configurable):
    """Changes parameters by their gradients.

    Subclasses define :meth:`update`.

    Parameters
    ----------
    params
        A module, tensors, pairs of name and tensor as :meth:`Module.named_parameters` yields,
        or groups: dicts with any of these under ``"params"`` and settings of their own. The
        state is saved by name; tensors without one are called by their place, ``"0"``, ``"1"``.
    defaults
        Settings of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        Each with ``"params"``, their ``"names"`` and settings; change ``group["lr"]`` any time.
    state : dict
        For each parameter, by its name, the optimizer's arrays and counts.
    """

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        self.defaults = dict(defaults)
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[str, dict[str, Any]] = {}
        entries = [params] if isinstance(params, Module) else list(params)
        if entries and isinstance(entries[0], Mapping):
            for group in entries:
                assert isinstance(group, Mapping)
                self.add_param_group(group)
        else:
            everything = params if isinstance(params, Module) else entries
            self.add_param_group({"params": everything})

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Change more parameters, with settings of their own.

        Raises
        ------
        InputError
            If there are none, one is changed already, a setting is unknown or out of range.
        """
        settings = {name: value for name, value in group.items() if name not in _NOT_SETTINGS}
        for name in settings:
            if name not in self.defaults:
                hint = nearest_names(name, self.defaults) or f"known are {', '.join(self.defaults)}"
                raise InputError(f"{type(self).__name__} has no setting {name!r}: {hint}")
        tensors, names = _named(group["params"], sum(len(g["params"]) for g in self.param_groups))
        if not tensors:
            raise InputError("an optimizer needs parameters, it got none: pass model.parameters()")
        known = {
            id(parameter): name
            for standing in self.param_groups
            for name, parameter in zip(standing["names"], standing["params"], strict=True)
        }
        taken = set(known.values())
        for name, tensor in zip(names, tensors, strict=True):
            if id(tensor) in known or name in taken:
                raise InputError(
                    f"the parameter {name!r} is given twice, as {known.get(id(tensor), name)!r} "
                    f"before: put it into one group only"
                )
            known[id(tensor)] = name
            taken.add(name)
        complete = {**self.defaults, **settings, "params": tensors, "names": names}
        above_zero(lr=complete["lr"])
        self.check_settings(complete)
        self.param_groups.append(complete)

    def check_settings(self, group: Mapping[str, Any]) -> None:
        """Refuse settings of a group that cannot be used; raises InputError."""

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter._grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient.

        Parameters
        ----------
        closure
            Called first, with recording on: computes the loss anew, calls backward and returns
            the loss, which is returned.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for name, parameter in zip(group["names"], group["params"], strict=True):
                gradient = parameter._grad
                if gradient is not None:
                    self._change(name, parameter, gradient, group)
        return loss

    def apply(self, gradients: Mapping[Tensor, Tensor | RowSparse | None]) -> None:
        """Change parameters by the gradients given for them, not by their `grad`.

        This is what several threads use that walk graphs of their own over shared parameters.

        Examples
        --------
        >>> import tinygrad_w2v as tg
        >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> tg.optim.SGD([w], lr=0.5).apply(tg.engine.leaf_gradients((w * w).sum()))
        >>> w
        tensor([0., 0.], requires_grad=True)
        """
        for group in self.param_groups:
            for name, parameter in zip(group["names"], group["params"], strict=True):
                gradient = gradients.get(parameter)
                if gradient is not None:
                    self._change(name, parameter, gradient, group)

    def _change(
        self, name: str, parameter: Tensor, gradient: Tensor | RowSparse, group: Any
    ) -> None:
        state = self.state.setdefault(name, {})
        plain = gradient._data if isinstance(gradient, Tensor) else gradient
        self.update(parameter._data, plain, state, group)
        parameter.bump_version()

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Change one parameter's values in place.

        Parameters
        ----------
        values
            Of the parameter.
        gradient
            In its shape.
        state
            This parameter's own, empty before its first step; put arrays and numbers into it.
        group
            The settings.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(): define it")

    def keeps_state(self) -> bool:
        """Whether a step depends on those before it by more than the parameters' values."""
        return True

    def state_dict(self) -> dict[str, Any]:
        """Return the state by parameter name and the groups' settings; arrays are copied."""
        settings = [
            {name: value for name, value in group.items() if name != "params"}
            for group in self.param_groups
        ]
        state = {
            name: {
                key: value.copy() if isinstance(value, np.ndarray) else value
                for key, value in entry.items()
            }
            for name, entry in self.state.items()
        }
        return {"groups": settings, "state": state}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned; parameters are matched by name.

        Raises
        ------
        InputError
            If the groups differ, or a name or shape of the state belongs to no parameter.
        """
        if len(saved["groups"]) != len(self.param_groups):
            raise InputError(
                f"the saved optimizer has {len(saved['groups'])} parameter groups, this one has "
                f"{len(self.param_groups)}: build it as it was built before"
            )
        shapes = {
            name: parameter.shape
            for group in self.param_groups
            for name, parameter in zip(group["names"], group["params"], strict=True)
        }
        state = {str(name): dict(entry) for name, entry in saved["state"].items()}
        for name, entry in state.items():
            if name not in shapes:
                hint = nearest_names(name, shapes) or f"known are {', '.join(shapes)}"
                raise InputError(f"the saved optimizer has a parameter {name!r}, not known: {hint}")
            for key, value in entry.items():
                if isinstance(value, np.ndarray) and value.shape[:1] != shapes[name][:1]:
                    raise InputError(
                        f"the saved optimizer's {key!r} of {name!r} has shape {value.shape}, the "
                        f"parameter {shapes[name]}: load the state of the same model"
                    )
        for group, settings in zip(self.param_groups, saved["groups"], strict=True):
            group.update({k: v for k, v in settings.items() if k not in _NOT_SETTINGS})
        self.state = state

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            settings = ", ".join(
                f"{name}={value!r}" for name, value in group.items() if name not in _NOT_SETTINGS
            )
            lines.append(f"{type(self).__name__}({len(group['params'])} parameters, {settings})")
        return "\n".join(lines)


def _named(params: Any, place: int) -> tuple[list[Tensor], list[str]]:
    """Return tensors and their names; those without one are numbered from `place`."""
    if isinstance(params, Module):
        params = params.named_parameters()
    elif isinstance(params, Tensor):
        params = [params]
    tensors: list[Tensor] = []
    names: list[str] = []
    for entry in params:
        name, tensor = entry if isinstance(entry, tuple) else (str(place + len(names)), entry)
        if not isinstance(tensor, Tensor):
            raise InputError(
                f"an optimizer changes tensors, it got a {type(tensor).__name__}: pass "
                f"model.parameters(), or dicts with them under 'params'"
            )
        tensors.append(tensor)
        names.append(name)
    return tensors, names
