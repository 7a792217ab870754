"""Grad mode: whether calls are recorded, per thread, set by context managers."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any


class _GradMode(threading.local):
    enabled = True
    is_off = False  # by `set_grad_enabled`, without a block


MODE = _GradMode()

ACTIVE: list[None] = []
"""One entry for each active grad-mode or observer context, of any thread. While the list is empty,
every thread records its calls and there is no observer."""


def is_grad_enabled() -> bool:
    """Return whether calls of this thread are recorded for differentiation."""
    return MODE.enabled


class _SetGradMode(contextlib.ContextDecorator):
    """Set the mode inside a ``with`` block or a decorated function; restore it afterwards."""

    _value: bool
    _before: list[bool]

    def __new__(cls, function: Callable[..., Any] | bool | None = None) -> Any:
        """Return the context manager; called with a function, the decorated function."""
        context = super().__new__(cls)
        context._before = []
        return context(function) if callable(function) else context

    def __enter__(self) -> None:
        ACTIVE.append(None)
        self._before.append(MODE.enabled)
        MODE.enabled = self._value

    def __exit__(self, *exc_info: object) -> None:
        MODE.enabled = self._before.pop()
        ACTIVE.pop()

    def __call__(self, func: Any) -> Any:
        """Decorate a function, or the iteration of a generator function."""
        if not inspect.isgeneratorfunction(func):
            return super().__call__(func)

        @functools.wraps(func)
        def steps(*args: Any, **options: Any) -> Any:
            iterator = func(*args, **options)
            while True:
                with self._recreate_cm():
                    try:
                        value = next(iterator)
                    except StopIteration:
                        return
                yield value

        return steps

    def _recreate_cm(self) -> Any:
        # A decorated function may run in several threads at once: each call gets its own stack.
        copy: _SetGradMode = type(self)()
        copy._value = self._value
        return copy


class no_grad(_SetGradMode):  # noqa: N801  (a context manager, named as in PyTorch)
    """Disable recording: results do not require a gradient.

    Also a decorator, with or without brackets.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with tg.no_grad():
    ...     (w * 2).requires_grad
    False
    >>> @tg.no_grad
    ... def doubled(x):
    ...     return x * 2
    >>> doubled(w).requires_grad
    False
    """

    _value = False


class enable_grad(_SetGradMode):  # noqa: N801
    """Enable recording inside a :class:`no_grad` block."""

    _value = True


class inference_mode(no_grad):  # noqa: N801
    """The same as :class:`no_grad`; ``inference_mode(False)`` changes nothing."""

    def __init__(self, mode: Callable[..., Any] | bool = True) -> None:
        if mode is False:
            self._value = MODE.enabled


class set_grad_enabled(_SetGradMode):  # noqa: N801
    """Enable or disable recording: from now on, or inside a ``with`` block or a function.

    Parameters
    ----------
    mode
        Whether calls of this thread are recorded.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with tg.set_grad_enabled(False):
    ...     (w * 2).requires_grad
    False
    >>> (w * 2).requires_grad
    True
    """

    def __init__(self, mode: bool = True) -> None:
        self._value, self._previous = bool(mode), MODE.enabled
        _set_mode(self._value)

    def __enter__(self) -> None:
        super().__enter__()
        self._before[-1] = self._previous

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__()
        _set_mode(MODE.enabled)

    def __call__(self, func: Any) -> Any:
        """Decorate a function; the mode is that of before from now on."""
        _set_mode(self._previous)
        return super().__call__(func)

    def _recreate_cm(self) -> Any:
        return set_grad_enabled(self._value)


def _set_mode(enabled: bool) -> None:
    """Set the mode of this thread without a block; ACTIVE has one entry while it is off."""
    if enabled and MODE.is_off:
        ACTIVE.pop()
    elif not enabled and not MODE.is_off:
        ACTIVE.append(None)
    MODE.is_off, MODE.enabled = not enabled, enabled
