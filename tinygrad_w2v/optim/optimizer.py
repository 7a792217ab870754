"""Optimizer: parameter groups, state by parameter name, and the step over all gradients."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, ClassVar, TypeAlias

import numpy as np
from typing_extensions import dataclass_transform

from tinygrad_w2v.engine import RowSparse, Tensor, enable_grad
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, nearest_or_all
from tinygrad_w2v.nn import Module
from tinygrad_w2v.nn.annotations import hints_of
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.optim import hyperparameters as hp

Parameters: TypeAlias = (
    Module | Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Mapping[str, Any]]
)
"""What an optimizer updates: a module, tensors, (name, tensor) pairs, or groups of these."""


@dataclass_transform(eq_default=False, field_specifiers=(field,))
@dataclass(init=False, eq=False, repr=False)
class Optimizer(Configurable):
    """Updates parameters from their gradients.

    Subclasses define :meth:`update`, and a constructor or ``declared=True``: their fields are then
    the arguments after `params`, as in a dataclass. Arguments that are annotated with the types of
    :mod:`tinygrad_w2v.optim.hyperparameters` are checked, and described in the class's docstring.

    Parameters
    ----------
    params
        A module, tensors, (name, tensor) pairs, or groups: dicts with any of these under
        ``"params"`` and their own hyperparameters. The state is saved by name; tensors without a
        name are numbered: ``"0"``, ``"1"``.
    defaults
        Hyperparameters of groups that do not set them. A constructor may pass its ``locals()``:
        ``self``, ``params`` and ``__class__`` are ignored.

    Attributes
    ----------
    param_groups : list of dict
        Each with ``"params"``, their ``"names"`` and hyperparameters, which may be changed.
    state : dict
        For each parameter's name, the optimizer's arrays and step counts.
    """

    hyperparameters: ClassVar[Mapping[str, hp.Hyperparameter]] = {"lr": hp.LEARNING_RATE}
    """Those that are checked, by name; a subclass adds those in its constructor's annotations."""

    params: Parameters

    def __init_subclass__(cls, declared: bool = False, **options: Any) -> None:
        super().__init_subclass__(**options)
        if declared:
            dataclass(eq=False, repr=False)(cls)
            declaring: Any = cls
            constructor = declaring.__init__
            constructor.__signature__ = inspect.signature(constructor)  # with types as written
            # Evaluated in the modules of the fields, which may be others than this class's.
            constructor.__annotations__ = hints_of(declaring, include_extras=True)
        cls.hyperparameters = hp.declare(cls, cls.hyperparameters)

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        ignored = ("self", "params", "__class__")
        self.defaults = {name: value for name, value in defaults.items() if name not in ignored}
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[str, dict[str, Any]] = {}
        groups: Any = params.named_parameters() if isinstance(params, Module) else params
        groups = list(groups)
        for group in groups if groups and isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    def __post_init__(self) -> None:
        defaults = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        del self.params
        Optimizer.__init__(self, defaults.pop("params"), defaults)

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Add parameters with their own hyperparameters.

        Raises
        ------
        InputError
            If there are none, one belongs to the optimizer already, or a hyperparameter is unknown
            or out of range.
        """
        chosen = _hyperparameters(group)
        for name in chosen:
            if name not in self.defaults:
                hint = nearest_or_all(name, self.defaults)
                raise InputError(f"{type(self).__name__} has no hyperparameter {name!r}: {hint}")
        known = {id(parameter): name for name, parameter in self._named_parameters()}
        tensors, names = _named(group["params"], len(known))
        if not tensors:
            raise InputError("an optimizer needs parameters, it got none: pass model.parameters()")
        taken = set(known.values())
        for name, tensor in zip(names, tensors, strict=True):
            if id(tensor) in known or name in taken:
                raise InputError(
                    f"the parameter {name!r} was already added as {known.get(id(tensor), name)!r}: "
                    f"put it into one group only"
                )
            known[id(tensor)] = name
            taken.add(name)
        complete = {**self.defaults, **chosen, "params": tensors, "names": names}
        for name, hyperparameter in self.hyperparameters.items():
            if name in complete:
                hyperparameter.check(**{name: complete[name]})
        self.check_group(complete)
        self.param_groups.append(complete)

    def check_group(self, group: Mapping[str, Any]) -> None:
        """Raise InputError for hyperparameters that cannot be used together."""

    def _named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        for group in self.param_groups:
            yield from zip(group["names"], group["params"], strict=True)

    def zero_grad(self) -> None:
        """Set the gradients of all parameters to None."""
        for _, parameter in self._named_parameters():
            parameter._grad = None

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; return the result of the closure.

        It is called first, with grad mode enabled: to compute the loss again, and call backward.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._update_all(_grad_of)
        return loss

    def apply(self, gradients: Mapping[Tensor, Tensor | RowSparse | None]) -> None:
        """Update parameters from the given gradients instead of their `grad`.

        Several threads that walk their own graphs over shared parameters use this.

        Examples
        --------
        >>> import tinygrad_w2v as tg
        >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> tg.optim.SGD([w], lr=0.5).apply(tg.engine.leaf_gradients((w * w).sum()))
        >>> w
        tensor([0., 0.], requires_grad=True)
        """
        self._update_all(gradients.get)

    def _update_all(self, gradient_of: Callable[[Tensor], Tensor | RowSparse | None]) -> None:
        states = self.state
        for group in self.param_groups:
            for name, parameter in zip(group["names"], group["params"], strict=True):
                gradient = gradient_of(parameter)
                if gradient is not None:
                    plain = gradient._data if isinstance(gradient, Tensor) else gradient
                    self.update(parameter._data, plain, states.setdefault(name, {}), group)
                    parameter.bump_version()

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Update one parameter's values in place.

        Parameters
        ----------
        values, gradient
            Of the same shape; the gradient is not to be changed.
        state
            This parameter's arrays and numbers; empty before its first step.
        group
            The hyperparameters.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(): define it")

    def keeps_state(self) -> bool:
        """Whether a step depends on earlier steps by more than the parameters' values."""
        return True

    def state_dict(self) -> dict[str, Any]:
        """Return the state by parameter name and the groups' hyperparameters; arrays are copied."""
        groups = [{k: v for k, v in group.items() if k != "params"} for group in self.param_groups]
        return {"groups": groups, "state": copy.deepcopy(self.state)}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned; parameters are matched by name.

        Raises
        ------
        InputError
            If the groups differ, or the state has a name or shape that no parameter has.
        """
        if len(saved["groups"]) != len(self.param_groups):
            raise InputError(
                f"the saved optimizer has {len(saved['groups'])} parameter groups, this one has "
                f"{len(self.param_groups)}: build it as it was built before"
            )
        shapes = {name: parameter.shape for name, parameter in self._named_parameters()}
        state = {str(name): dict(entry) for name, entry in saved["state"].items()}
        for name, entry in state.items():
            if name not in shapes:
                hint = nearest_or_all(name, shapes)
                raise InputError(f"the saved optimizer has an unknown parameter {name!r}: {hint}")
            for key, value in entry.items():
                if isinstance(value, np.ndarray) and value.shape[:1] != shapes[name][:1]:
                    raise InputError(
                        f"the saved optimizer's {key!r} of {name!r} has shape {value.shape}, the "
                        f"parameter {shapes[name]}: load the state of the same model"
                    )
        for group, settings in zip(self.param_groups, saved["groups"], strict=True):
            group.update(_hyperparameters(settings))
        self.state = state

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            shown = ", ".join(f"{k}={value!r}" for k, value in _hyperparameters(group).items())
            lines.append(f"{type(self).__name__}({len(group['params'])} parameters, {shown})")
        return "\n".join(lines)


_grad_of = attrgetter("_grad")


def _hyperparameters(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in ("params", "names")}


def _named(params: Any, start: int) -> tuple[list[Tensor], list[str]]:
    """Return tensors and their names; those without a name are numbered from `start`."""
    if isinstance(params, Module):
        params = params.named_parameters()
    tensors: list[Tensor] = []
    names: list[str] = []
    for entry in [params] if isinstance(params, Tensor) else params:
        name, tensor = entry if isinstance(entry, tuple) else (str(start + len(names)), entry)
        if not isinstance(tensor, Tensor):
            raise InputError(
                f"an optimizer updates tensors, it got a {type(tensor).__name__}: pass "
                f"model.parameters(), or dicts with them under 'params'"
            )
        tensors.append(tensor)
        names.append(name)
    return tensors, names
