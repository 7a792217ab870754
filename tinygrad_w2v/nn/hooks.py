"""Module hooks: functions called before and after forward, and with the gradients in backward."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol, TypeAlias

from tinygrad_w2v.engine import Sample, Tensor, op
from tinygrad_w2v.engine.tensor import array_of
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
        return recorder.observe(result, len(args)) if recorder else result


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
        self.gradients: list[Any] = [None] * (len(args) + 1)  # of the result last
        observed_args = {index for index, arg in enumerate(args) if _has_gradient(arg)}
        self.awaited = observed_args or {len(args)}
        self.missing = set(self.awaited)
        self.args = tuple(self.observe(arg, index) for index, arg in enumerate(args))

    def observe(self, value: Any, index: int) -> Any:
        """Return an argument or the result, such that its gradient is recorded."""
        return observed(value, see=partial(self._record, index)) if _has_gradient(value) else value

    def _record(self, index: int, g: Any) -> Any:
        self.gradients[index] = g
        self.missing.discard(index)
        if not self.missing:
            *of_args, of_result = self.gradients
            for hook in self.hooks:
                hook(self.module, tuple(of_args), array_of(of_result))
            self.missing = set(self.awaited)
        return g


def _has_gradient(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad
