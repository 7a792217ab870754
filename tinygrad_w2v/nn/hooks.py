"""Hooks of a module: functions called around forward, in backward, and around its state."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from tinygrad_w2v.engine import Sample, Tensor, op
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError

Hook: TypeAlias = Callable[..., Any]


class _Entry(NamedTuple):
    hook: Hook
    with_kwargs: bool


class HookHandle:
    """Returned when a hook is registered; removes it. Also a context manager."""

    def __init__(
        self, module: Any, when: str, hook: Hook, prepend: bool = False, kwargs: bool = False
    ) -> None:
        self._module = module
        self._when = when
        self._entry = _Entry(hook, kwargs)
        if module._hooks is None:
            module._hooks = Hooks()
        entries: list[_Entry] = getattr(module._hooks, when)
        entries.insert(0 if prepend else len(entries), self._entry)

    def remove(self) -> None:
        """Remove the hook; further calls do nothing."""
        hooks = self._module._hooks
        if hooks is None or self._entry not in getattr(hooks, self._when):
            return
        getattr(hooks, self._when).remove(self._entry)
        if not any(vars(hooks).values()):
            self._module._hooks = None

    def __enter__(self) -> HookHandle:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.remove()


class Hooked:
    """A callable that runs ``forward`` and its hooks: the base of Module."""

    __slots__ = ()

    _hooks: Hooks | None  # None while no hook is registered, so that a call tests one slot

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's result."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): define it")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run :meth:`forward` and the registered hooks."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._hooks.call(self, args, kwargs)

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call ``hook(module, args)`` before each forward; it may return other arguments.

        With `with_kwargs` it is called as ``hook(module, args, kwargs)`` and returns both or None.
        """
        return HookHandle(self, "before_forward", hook, prepend, with_kwargs)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> HookHandle:
        """Call ``hook(module, args, result)`` after each forward; it may return another result.

        With `with_kwargs` it is called as ``hook(module, args, kwargs, result)``.
        """
        return HookHandle(self, "after_forward", hook, prepend, with_kwargs)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> HookHandle:
        """Call ``hook(module, grad_output)`` in each backward, before the module's own.

        `grad_output` is a tuple of the gradients of the results; the hook may return another.
        """
        return HookHandle(self, "before_backward", hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> HookHandle:
        """Call ``hook(module, grad_input, grad_output)`` in each backward.

        Both are tuples of Tensors: the gradients of the positional arguments, None for one that
        requires none, and of the results. The hook may return another `grad_input` if one argument
        requires a gradient. Results that are not Tensors, or a tuple or list of them, are not
        observed.

        Examples
        --------
        >>> import numpy as np
        >>> from tinygrad_w2v import nn
        >>> layer = nn.Linear(3, 2, rng=0)
        >>> with layer.register_full_backward_hook(lambda module, args, result: print(result)):
        ...     layer(np.ones((1, 3), np.float32)).sum().backward()
        (tensor([[1., 1.]]),)
        """
        return HookHandle(self, "backward", hook, prepend)

    register_backward_hook = register_full_backward_hook

    def register_state_dict_pre_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, prefix, keep_vars)`` before this module adds to a state dict."""
        return HookHandle(self, "before_state", hook)

    def register_state_dict_post_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, state, prefix, {})`` after this module added to a state dict."""
        return HookHandle(self, "after_state", hook)

    _register_state_dict_hook = register_state_dict_post_hook

    def register_load_state_dict_pre_hook(self, hook: Hook) -> HookHandle:
        """Call a function before a state is loaded into this module; it may change the state.

        It is called as ``hook(module, state, prefix, {}, strict, [], [], [])``.
        """
        return HookHandle(self, "before_load", hook)

    def register_load_state_dict_post_hook(self, hook: Hook) -> HookHandle:
        """Call ``hook(module, incompatible_keys)`` after a state was loaded."""
        return HookHandle(self, "after_load", hook)


class Hooks:
    """The hooks of one module, by the time at which they are called."""

    def __init__(self) -> None:
        self.before_forward: list[_Entry] = []
        self.after_forward: list[_Entry] = []
        self.before_backward: list[_Entry] = []
        self.backward: list[_Entry] = []
        self.before_state: list[_Entry] = []
        self.after_state: list[_Entry] = []
        self.before_load: list[_Entry] = []
        self.after_load: list[_Entry] = []

    def call(self, module: Hooked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Run the module's forward between its hooks."""
        for hook, with_kwargs in tuple(self.before_forward):
            changed = hook(module, args, kwargs) if with_kwargs else hook(module, args)
            if changed is not None and with_kwargs:
                args, kwargs = changed
            elif changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        recorder = None
        if self.backward or self.before_backward:
            recorder = _GradientRecorder(module, self, args)
            args = recorder.args
        result = module.forward(*args, **kwargs)
        for hook, with_kwargs in tuple(self.after_forward):
            changed = hook(module, args, *([kwargs] if with_kwargs else []), result)
            if changed is not None:
                result = changed
        return recorder.observe_result(result) if recorder else result

    def run(self, when: str, *args: Any) -> list[Any]:
        """Call the hooks of one time in order; return their results."""
        return [hook(*args) for hook, _ in tuple(getattr(self, when))]


@op(
    x=lambda g, see: see(g),
    samples=lambda rng: [Sample(rng.normal(size=s), see=lambda g: g) for s in ((2, 3), ())],
)
def observed(x: Array, *, see: Callable[[Any], Any]) -> Array:
    """Return x itself; `see` is called with its gradient, and may return another."""
    return x


class _GradientRecorder:
    """Collects the gradients of one call of a module, then calls its backward hooks."""

    def __init__(self, module: Hooked, hooks: Hooks, args: tuple[Any, ...]) -> None:
        self.module = module
        self.before, self.after = tuple(hooks.before_backward), tuple(hooks.backward)
        self.of_args: list[Any] = [None] * len(args)
        self.of_results: list[Any] = []
        self.awaited = {index for index, arg in enumerate(args) if _has_gradient(arg)}
        self.missing = set(self.awaited)
        self.args = tuple(
            observed(arg, see=partial(self._record_argument, index)) if _has_gradient(arg) else arg
            for index, arg in enumerate(args)
        )

    def observe_result(self, result: Any) -> Any:
        """Return the result, such that its gradients are recorded."""
        results = result if isinstance(result, tuple | list) else (result,)
        self.of_results = [None] * len(results)
        seen = [
            observed(value, see=partial(self._record_result, index))
            if _has_gradient(value)
            else value
            for index, value in enumerate(results)
        ]
        return type(result)(seen) if isinstance(result, tuple | list) else seen[0]

    def _record_result(self, index: int, g: Any) -> Any:
        self.of_results[index] = _as_tensor(g)
        for hook, _ in self.before:
            changed = hook(self.module, tuple(self.of_results))
            if changed is not None:
                self.of_results = list(changed if isinstance(changed, tuple) else (changed,))
        if not self.awaited:
            self._finish()
        return _like(g, self.of_results[index])

    def _record_argument(self, index: int, g: Any) -> Any:
        self.of_args[index] = _as_tensor(g)
        self.missing.discard(index)
        if self.missing:
            return g
        self.missing = set(self.awaited)
        return _like(g, self._finish()[index])

    def _finish(self) -> list[Any]:
        """Call the hooks; return the gradients of the arguments."""
        for hook, _ in self.after:
            changed = hook(self.module, tuple(self.of_args), tuple(self.of_results))
            if changed is None:
                continue
            if len(self.awaited) != 1:
                raise InputError(
                    f"a backward hook of {type(self.module).__name__} returned other gradients, "
                    f"but {len(self.awaited)} of the arguments require one: it can change only "
                    f"that of a single argument; use Tensor.register_hook"
                )
            self.of_args = list(changed if isinstance(changed, tuple) else (changed,))
        return self.of_args


def _as_tensor(g: Any) -> Any:
    return g if isinstance(g, Tensor) else Tensor(g)


def _like(g: Any, value: Any) -> Any:
    """Return a gradient as the walk passed it: an array, or a Tensor with ``create_graph``."""
    return value if isinstance(g, Tensor) else array_of(value)


def _has_gradient(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad
