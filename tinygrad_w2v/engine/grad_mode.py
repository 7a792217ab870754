"""Grad mode: whether calls are recorded, per thread, set by context managers."""

from __future__ import annotations

import contextlib
import threading


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

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        ACTIVE.append(None)
        self._before.append(MODE.enabled)
        MODE.enabled = self._value

    def __exit__(self, *exc_info: object) -> None:
        MODE.enabled = self._before.pop()
        ACTIVE.pop()

    def _recreate_cm(self) -> _SetGradMode:
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
    """The same as :class:`no_grad`; accepted for compatibility with PyTorch."""
