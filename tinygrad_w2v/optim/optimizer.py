"""What all optimizers have: parameter groups, state, and the step over gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tinygrad_w2v.engine import RowSparse, Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError


class Optimizer:
    """Changes parameters by their gradients.

    Subclasses define :meth:`update` and the names of their state arrays.

    Parameters
    ----------
    params
        Tensors, or groups: dicts with ``"params"`` and settings of their own.
    defaults
        Settings of groups that do not say otherwise.

    Attributes
    ----------
    param_groups : list of dict
        Each with ``"params"`` and settings; change ``group["lr"]`` at any time.
    state : dict
        For each parameter (by its place over all groups), the optimizer's arrays and counts.
    """

    def __init__(
        self, params: Iterable[Tensor] | Iterable[Mapping[str, Any]], defaults: Mapping[str, Any]
    ) -> None:
        entries = list(params)
        if not entries:
            raise InputError("an optimizer needs parameters, it got none: pass model.parameters()")
        groups = entries if isinstance(entries[0], Mapping) else [{"params": entries}]
        self.param_groups: list[dict[str, Any]] = []
        for group in groups:
            assert isinstance(group, Mapping)
            self.param_groups.append({**defaults, **group, "params": list(group["params"])})
        for group in self.param_groups:
            if not group["lr"] > 0:
                raise InputError(f"the learning rate is {group['lr']}: it must be above 0")
        self.state: dict[int, dict[str, Any]] = {}

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = None

    def step(self) -> None:
        """Change every parameter that has a gradient."""
        self.apply({id(p): p.grad for group in self.param_groups for p in group["params"]})

    def apply(self, gradients: Mapping[int, Tensor | RowSparse | None]) -> None:
        """Change parameters by gradients given by the parameters' ids, not by their `grad`.

        This is what several threads use that walk graphs of their own over shared parameters.
        """
        place = 0
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = gradients.get(id(parameter))
                if gradient is not None:
                    state = self.state.setdefault(place, {})
                    plain = gradient if isinstance(gradient, RowSparse) else np.asarray(gradient)
                    self.update(parameter.data, plain, state, group)
                    parameter.bump_version()
                place += 1

    def update(
        self, values: Array, gradient: Array | RowSparse, state: dict[str, Any], group: Any
    ) -> None:
        """Change one parameter's values in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the groups' settings; arrays are copied."""
        settings = [
            {name: value for name, value in group.items() if name != "params"}
            for group in self.param_groups
        ]
        state = {
            place: {
                name: value.copy() if isinstance(value, np.ndarray) else value
                for name, value in entry.items()
            }
            for place, entry in self.state.items()
        }
        return {"groups": settings, "state": state}

    def load_state_dict(self, saved: Mapping[str, Any]) -> None:
        """Go on from what :meth:`state_dict` returned."""
        if len(saved["groups"]) != len(self.param_groups):
            raise InputError(
                f"the saved optimizer has {len(saved['groups'])} parameter groups, this one has "
                f"{len(self.param_groups)}: build it as it was built before"
            )
        for group, settings in zip(self.param_groups, saved["groups"], strict=True):
            group.update(settings)
        self.state = {int(place): dict(entry) for place, entry in saved["state"].items()}
