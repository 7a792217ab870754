"""Grad mode: whether calls are recorded, per thread, set by context managers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any


class _GradMode(threading.local):
    enabled = True


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
        """Return a context manager, or a function that ``@no_grad`` decorates."""
        made = super().__new__(cls)
        made._before = []
        return made(function) if callable(function) else made

    def __enter__(self) -> None:
        ACTIVE.append(None)
        self._before.append(MODE.enabled)
        MODE.enabled = self._value

    def __exit__(self, *exc_info: object) -> None:
        MODE.enabled = self._before.pop()
        ACTIVE.pop()

    def _recreate_cm(self) -> Any:
        # A decorated function may run in several threads at once: each call gets its own stack.
        return type(self)()


class no_grad(_SetGradMode):  # noqa: N801  (a context manager, named as in PyTorch)
    """Disable recording: results do not require a gradient.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> w = tg.tensor([1.0, 2.0], requires_grad=True)
    >>> with tg.no_grad():
    ...     (w * 2).requires_grad
    False
    """

    _value = False


class enable_grad(_SetGradMode):  # noqa: N801
    """Enable recording inside a :class:`no_grad` block."""

    _value = True


class inference_mode(no_grad):  # noqa: N801
    """The same as :class:`no_grad`; ``inference_mode(False)`` has no effect."""

    def __new__(cls, mode: Callable[..., Any] | bool = True) -> Any:
        """Return a context manager, or the decorated function."""
        return super().__new__(cls, mode) if mode else contextlib.nullcontext()


class set_grad_enabled(contextlib.ContextDecorator):  # noqa: N801
    """Enable or disable recording at once; in a ``with`` block, restore the mode afterwards.

    Parameters
    ----------
    mode
        Whether calls are recorded.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> with tg.set_grad_enabled(False):
    ...     tg.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self._mode, self._before = mode, MODE.enabled
        self._is_entered = mode != MODE.enabled
        if self._is_entered:
            ACTIVE.append(None)
            MODE.enabled = mode

    def __enter__(self) -> None: ...

    def __exit__(self, *exc_info: object) -> None:
        if self._is_entered:
            MODE.enabled = self._before
            ACTIVE.pop()

    def __call__(self, function: Any) -> Any:
        """Return a function that runs in this mode, and restore the mode."""
        self.__exit__()
        return super().__call__(function)

    def _recreate_cm(self) -> set_grad_enabled:
        return set_grad_enabled(self._mode)
