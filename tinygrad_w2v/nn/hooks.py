"""Module hooks: functions called before and after forward, and with the gradients in backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import numpy as np

from tinygrad_w2v.engine import Sample, Tensor, op
from tinygrad_w2v.engine.types import Array

Hook: TypeAlias = Callable[..., Any]


class Hookable(Protocol):
    """The part of Module that hooks use."""

    _hooks: Hooks | None  # None while no hook is registered, so that a call tests one slot

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's result."""


class HookHandle:
    """Returned when a hook is registered; removes it. Also a context manager."""

    def __init__(self, module: Hookable, when: str, hook: Hook) -> None:
        self._module = module
        self._when = when
        self._hook = hook
        if module._hooks is None:
            module._hooks = Hooks()
        getattr(module._hooks, when).append(hook)

    def remove(self) -> None:
        """Remove the hook; further calls do nothing."""
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
    """The hooks of one module, by the time at which they are called."""

    def __init__(self) -> None:
        self.before_forward: list[Hook] = []
        self.after_forward: list[Hook] = []
        self.backward: list[Hook] = []

    def call(self, module: Hookable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the module's forward between its hooks."""
        for hook in tuple(self.before_forward):
            changed = hook(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        recorder = None
        if self.backward:
            recorder = _GradientRecorder(module, tuple(self.backward), args)
            args = recorder.args
        result = module.forward(*args, **kwargs)
        for hook in tuple(self.after_forward):
            changed = hook(module, args, result)
            if changed is not None:
                result = changed
        return recorder.observe_result(result) if recorder else result


@op(
    x=lambda g, see: see(g),
    samples=lambda rng: [Sample(rng.normal(size=s), see=lambda g: g) for s in ((2, 3), ())],
)
def observed(x: Array, *, see: Callable[[Any], Any]) -> Array:
    """Return x itself; `see` is called with its gradient, and may return another."""
    return x


class _GradientRecorder:
    """Collects the gradients of one call of a module, then calls its backward hooks."""

    def __init__(self, module: Hookable, hooks: tuple[Hook, ...], args: tuple[Any, ...]) -> None:
        self.module = module
        self.hooks = hooks
        self.of_result: Any = None
        self.of_args: list[Any] = [None] * len(args)
        self.observed_args = {
            index for index, arg in enumerate(args) if isinstance(arg, Tensor) and arg.requires_grad
        }
        self.missing = set(self.observed_args)
        self.args = tuple(
            observed(arg, see=self._record_arg(index)) if index in self.observed_args else arg
            for index, arg in enumerate(args)
        )

    def observe_result(self, result: Any) -> Any:
        if isinstance(result, Tensor) and result.requires_grad:
            return observed(result, see=self._record_result)
        return result

    def _record_result(self, g: Any) -> Any:
        self.of_result = g
        if not self.observed_args:
            self._call_hooks()
        return g

    def _record_arg(self, index: int) -> Callable[[Any], Any]:
        def record(g: Any) -> Any:
            self.of_args[index] = g
            self.missing.discard(index)
            if not self.missing:
                self._call_hooks()
                self.missing = set(self.observed_args)
            return g

        return record

    def _call_hooks(self) -> None:
        for hook in self.hooks:
            hook(self.module, tuple(self.of_args), np.asarray(self.of_result))
