"""Hooks: functions called before and after a module's forward, and with its gradients.

A module without hooks pays one look at a slot for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import Sample, Tensor, op
from tinygrad_w2v.engine.types import Array

if TYPE_CHECKING:
    from tinygrad_w2v.nn.module import Module

Hook: TypeAlias = Callable[..., Any]


class HookHandle:
    """What registering a hook returns; :meth:`remove` takes the hook off again."""

    def __init__(self, module: Module, when: str, hook: Hook) -> None:
        self._module = module
        self._when = when
        self._hook = hook
        if module._hooks is None:
            module._hooks = Hooks()
        getattr(module._hooks, when).append(hook)

    def remove(self) -> None:
        """Take the hook off; doing it twice does no harm."""
        hooks = self._module._hooks
        if hooks is None or self._hook not in getattr(hooks, self._when):
            return
        getattr(hooks, self._when).remove(self._hook)
        if not (hooks.before_forward or hooks.after_forward or hooks.backward):
            self._module._hooks = None

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.remove()


class Hooks:
    """The hooks of one module, by when they are called."""

    def __init__(self) -> None:
        self.before_forward: list[Hook] = []
        self.after_forward: list[Hook] = []
        self.backward: list[Hook] = []

    def call(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the module's forward with its hooks around it."""
        for hook in tuple(self.before_forward):
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        watch = _GradientWatch(module, tuple(self.backward), args) if self.backward else None
        if watch:
            args = watch.args
        result = module.forward(*args, **kwargs)
        for hook in tuple(self.after_forward):
            changed = hook(module, args, result)
            if changed is not None:
                result = changed
        return watch.watched(result) if watch else result


def _observed(x: Array, *, see: Callable[[Any], Any]) -> Array:
    """Return x itself; `see` is called with its gradient, and may return another."""
    return x


observed = op(
    _observed,
    x=lambda g, see: see(g),
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), see=_pass_on),
        Sample(rng.normal(size=()), see=_pass_on),
    ],
)


def _pass_on(g: Any) -> Any:
    return g


class _GradientWatch:
    """Collects the gradients of one call of a module, then calls its backward hooks."""

    def __init__(self, module: Module, hooks: tuple[Hook, ...], args: tuple[Any, ...]) -> None:
        self.module = module
        self.hooks = hooks
        self.of_output: Any = None
        self.of_inputs: list[Any] = [None] * len(args)
        self.watched_inputs = {
            place for place, arg in enumerate(args) if isinstance(arg, Tensor) and arg.requires_grad
        }
        self.missing = set(self.watched_inputs)
        self.args = tuple(
            observed(arg, see=self._see_input(place)) if place in self.watched_inputs else arg
            for place, arg in enumerate(args)
        )

    def watched(self, result: Any) -> Any:
        if isinstance(result, Tensor) and result.requires_grad:
            return observed(result, see=self._see_output)
        return result

    def _see_output(self, g: Any) -> Any:
        self.of_output = g
        if not self.watched_inputs:
            self._call()
        return g

    def _see_input(self, place: int) -> Callable[[Any], Any]:
        def see(g: Any) -> Any:
            self.of_inputs[place] = g
            self.missing.discard(place)
            if not self.missing:
                self._call()
                self.missing = set(self.watched_inputs)
            return g

        return see

    def _call(self) -> None:
        for hook in self.hooks:
            hook(self.module, tuple(self.of_inputs), np.asarray(self.of_output))
