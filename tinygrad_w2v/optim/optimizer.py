"""Optimizer: parameter groups, state by parameter, and the step over all gradients."""

from __future__ import annotations

import copy
import functools
import inspect
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from operator import attrgetter
from typing import Any, ClassVar, TypeAlias

import numpy as np
from typing_extensions import dataclass_transform

from tinygrad_w2v.engine import RowSparse, Tensor, enable_grad
from tinygrad_w2v.engine.hooks import HookHandle
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError, nearest_names, nearest_or_all
from tinygrad_w2v.nn import Module
from tinygrad_w2v.nn.annotations import hints_of
from tinygrad_w2v.nn.spec import Configurable
from tinygrad_w2v.optim import hyperparameters as hp

Parameters: TypeAlias = (
    Module | Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Mapping[str, Any]]
)
"""What an optimizer updates: a module, tensors, (name, tensor) pairs, or groups of these."""

required: Any = type("Required", (), {"__repr__": lambda _: "<required parameter>"})()
"""The default of a hyperparameter that each group must state."""


@dataclass_transform(eq_default=False, field_specifiers=(field,))
@dataclass(init=False, eq=False, repr=False)
class Optimizer(Configurable):
    """Updates parameters from their gradients.

    Subclasses define :meth:`update`, or :meth:`step` as in PyTorch; and a constructor or
    ``declared=True``: their fields are then the arguments after `params`, as in a dataclass.
    Arguments that are annotated with the types of :mod:`tinygrad_w2v.optim.hyperparameters` are
    checked, and described in the class's docstring.

    Parameters
    ----------
    params
        A module, tensors, (name, tensor) pairs, or groups: dicts with any of these under
        ``"params"`` and their own hyperparameters.
    defaults
        Hyperparameters of groups that do not set them. A constructor may pass its ``locals()``:
        ``self``, ``params`` and ``__class__`` are ignored.

    Attributes
    ----------
    param_groups : list of dict
        Each with ``"params"`` and hyperparameters, which may be changed; with ``"param_names"`` if
        the parameters were passed with names.
    state : dict
        For each parameter, the optimizer's arrays and step counts, as Tensors.
    """

    hyperparameters: ClassVar[Mapping[str, hp.Hyperparameter]] = {"lr": hp.LEARNING_RATE}
    """Those that are checked, by name; a subclass adds those in its constructor's annotations."""

    params: Parameters
    _: KW_ONLY
    maximize: hp.Maximize = False
    foreach: hp.Unsupported = None
    capturable: hp.Unsupported = None
    differentiable: hp.Unsupported = None
    fused: hp.Unsupported = None

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
        if "step" in vars(cls):
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    def __init__(self, params: Parameters, defaults: Mapping[str, Any]) -> None:
        ignored = ("self", "params", "__class__")
        self.defaults = {name: value for name, value in defaults.items() if name not in ignored}
        self.param_groups: list[dict[str, Any]] = []
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self._pre_hooks: list[Any] = []
        self._post_hooks: list[Any] = []
        groups: Any = params.named_parameters() if isinstance(params, Module) else params
        groups = [groups] if isinstance(groups, Tensor) else list(groups)
        if not groups:
            raise InputError("an optimizer needs parameters, it got none: pass model.parameters()")
        for group in groups if isinstance(groups[0], Mapping) else [{"params": groups}]:
            self.add_param_group(group)

    def __post_init__(self) -> None:
        defaults = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        del self.params
        for name in hp.UNSUPPORTED:
            self.hyperparameters[name].check(**{name: defaults.pop(name)})
        Optimizer.__init__(self, defaults.pop("params"), defaults)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Add parameters with their own hyperparameters.

        Keys that are not hyperparameters are stored in the group.

        Raises
        ------
        InputError
            If a parameter belongs to another group, or is not a leaf; or a hyperparameter is
            misspelt or out of range.
        """
        chosen = _without_parameters(param_group)
        for name in chosen.keys() - self.defaults.keys():
            if hint := nearest_names(name, self.defaults):
                raise InputError(f"{type(self).__name__} has no hyperparameter {name!r}: {hint}")
        added = {id(parameter): name for name, parameter in self._named_parameters()}
        tensors, names = _named(param_group["params"])
        group = {"params": tensors, **({"param_names": names} if names else {})}
        own: dict[int, str] = {}
        numbers = [str(len(added) + place) for place in range(len(tensors))]
        for name, tensor in zip(names or numbers, tensors, strict=True):
            known = added.get(id(tensor)) or (name if names and name in added.values() else None)
            if known is not None:
                raise InputError(
                    f"the parameter {name!r} was already added as {known!r}: put it into one "
                    f"group only"
                )
            if tensor.node is not None:
                raise InputError(
                    f"the parameter {name!r} is the result of '{tensor.node.op.name}': an "
                    f"optimizer updates leaf tensors; pass the tensors it was computed from"
                )
            if id(tensor) in own:
                warnings.warn(
                    f"the parameter {name!r} is in the group already, as {own[id(tensor)]!r}: a "
                    f"step will update it twice",
                    stacklevel=3,
                )
            own[id(tensor)] = name
        complete = {**group, **self.defaults, **chosen}
        if missing := [name for name, value in complete.items() if value is required]:
            raise InputError(f"{type(self).__name__}: a group does not state {missing[0]!r}")
        for name, hyperparameter in self.hyperparameters.items():
            if name in complete:
                hyperparameter.check(**{name: complete[name]})
        self.check_group(complete)
        self.param_groups.append(complete)

    def check_group(self, group: Mapping[str, Any]) -> None:
        """Raise InputError for hyperparameters that cannot be used together."""

    def _named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Yield all parameters with their names, those without a name with their numbers."""
        number = 0
        for group in self.param_groups:
            names = group.get("param_names")
            for place, parameter in enumerate(group["params"]):
                yield names[place] if names else str(number), parameter
                number += 1

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradients of all parameters to None, or, with False, to zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter._grad
                if set_to_none or gradient is None:
                    parameter._grad = None
                elif isinstance(gradient, RowSparse):
                    parameter._grad = RowSparse(
                        gradient.rows[:0], np.asarray(gradient.values[:0]), gradient.shape
                    )
                else:
                    gradient._data[...] = 0
                    if gradient.requires_grad:
                        parameter._grad = Tensor(gradient._data)

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
            maximize = group.get("maximize")
            for parameter in group["params"]:
                gradient = gradient_of(parameter)
                if gradient is not None:
                    plain = gradient._data if isinstance(gradient, Tensor) else gradient
                    if maximize:
                        plain = -plain
                    self.update(parameter._data, plain, states[parameter], group)
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
            This parameter's Tensors and numbers; empty before its first step.
        group
            The hyperparameters.
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(): define it")

    def keeps_state(self) -> bool:
        """Whether a step depends on earlier steps by more than the parameters' values."""
        return True

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each :meth:`step`.

        It returns None, or a pair that replaces the arguments.
        """
        self._pre_hooks.append(hook)
        return HookHandle(self._pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> HookHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each :meth:`step`."""
        self._post_hooks.append(hook)
        return HookHandle(self._post_hooks, hook)

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the groups in PyTorch's layout.

        Parameters are numbered in the order of the groups: ``"state"`` has their state by number,
        ``"param_groups"`` has their numbers under ``"params"``. The state's Tensors are those of
        the optimizer: use :func:`copy.deepcopy` for a snapshot.
        """
        numbers = {id(p): number for number, (_, p) in enumerate(self._named_parameters())}
        groups = [
            {
                **{name: copy.copy(value) for name, value in group.items() if name != "params"},
                "params": [numbers[id(parameter)] for parameter in group["params"]],
            }
            for group in self.param_groups
        ]
        state = {numbers.get(id(key), key): dict(e) for key, e in self.state.items() if e}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Restore what :meth:`state_dict` returned; the state is copied.

        Parameters are matched by name if both optimizers have names, otherwise by number.

        Raises
        ------
        InputError
            If the groups differ, or the state has a name or shape that no parameter has.
        """
        saved = state_dict["param_groups"]
        if [len(group["params"]) for group in saved] != [
            len(group["params"]) for group in self.param_groups
        ]:
            raise InputError(
                f"the saved optimizer has {_described(saved)}, this one has "
                f"{_described(self.param_groups)}: build it as it was built before"
            )
        parameter_of = self._by_number(saved)
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, entry in state_dict["state"].items():
            if isinstance(number, int) and number not in parameter_of:
                raise InputError(
                    f"the saved optimizer has the state of a parameter {number}, its groups do not"
                )
            parameter = parameter_of.get(number)
            state[number if parameter is None else parameter] = {
                key: value if parameter is None else _copied(value, key, parameter)
                for key, value in entry.items()
            }
        for group, settings in zip(self.param_groups, saved, strict=True):
            names = settings.keys() - {"params", "param_names", *hp.UNSUPPORTED}
            group.update({name: settings[name] for name in settings if name in names})
        self.state = state

    def _by_number(self, saved: Iterable[Mapping[str, Any]]) -> dict[Any, Tensor]:
        """Return the parameters by their numbers in a saved optimizer."""
        known = dict(self._named_parameters())
        found: dict[Any, Tensor] = {}
        for group, own in zip(saved, self.param_groups, strict=True):
            matched = own["params"]
            if "param_names" in group and "param_names" in own:
                for name in group["param_names"]:
                    if name not in known:
                        hint = nearest_or_all(name, known)
                        raise InputError(
                            f"the saved optimizer has an unknown parameter {name!r}: {hint}"
                        )
                matched = [known[name] for name in group["param_names"]]
            found |= dict(zip(group["params"], matched, strict=True))
        return found

    def __repr__(self) -> str:
        lines = []
        for number, group in enumerate(self.param_groups):
            settings = sorted(_without_parameters(group).items())
            lines += [f"Parameter Group {number}", *(f"    {k}: {v}" for k, v in settings)]
        return "\n".join([f"{type(self).__name__} (", *lines, ")"])


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return a step method that calls the registered hooks."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        for hook in self._pre_hooks:
            args, kwargs = hook(self, args, kwargs) or (args, kwargs)
        result = step(self, *args, **kwargs)
        for hook in self._post_hooks:
            hook(self, args, kwargs)
        return result

    return hooked


Optimizer.step = _with_hooks(Optimizer.step)  # type: ignore[method-assign]

_grad_of = attrgetter("_grad")


def _without_parameters(group: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name not in ("params", "param_names")}


def _named(params: Any) -> tuple[list[Tensor], list[str]]:
    """Return tensors and their names, or no names if they were passed without."""
    if isinstance(params, Module):
        params = params.named_parameters()
    entries = [params] if isinstance(params, Tensor) else list(params)
    pairs = [entry for entry in entries if isinstance(entry, tuple)]
    if pairs and len(pairs) < len(entries):
        raise InputError(
            "some parameters of the group have names, others do not: pass either "
            "model.parameters() or model.named_parameters()"
        )
    tensors = [tensor for _, tensor in pairs] or entries
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise InputError(
                f"an optimizer updates tensors, it got a {type(tensor).__name__}: pass "
                f"model.parameters(), or dicts with them under 'params'"
            )
    return tensors, [name for name, _ in pairs]


def _described(groups: Iterable[Mapping[str, Any]]) -> str:
    sizes = [len(group["params"]) for group in groups]
    return f"{len(sizes)} parameter groups of {', '.join(map(str, sizes))} parameters"


def _copied(value: Any, key: str, parameter: Tensor) -> Any:
    """Return a copy of a saved value; arrays in the parameter's dtype."""
    if isinstance(value, list | tuple):
        return type(value)(_copied(item, key, parameter) for item in value)
    if not isinstance(value, Tensor | np.ndarray):
        return value
    array = np.array(value)
    is_cast = key != "step" and array.dtype.kind in "fiu"
    return Tensor(array.astype(parameter.dtype) if is_cast else array)
