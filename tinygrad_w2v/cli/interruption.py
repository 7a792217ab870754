"""Ctrl-C and SIGTERM: end the command at once, or request that it finish early."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SIGNALLED = 128
"""The exit status, plus the number of the signal: 130 for Ctrl-C, 143 for SIGTERM."""


class Interrupted(KeyboardInterrupt):
    """A signal ended the command; `number` is the signal's number."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Interruption:
    """Handling of signals during a command."""

    def __init__(self) -> None:
        self.number: int | None = None  # the signal received while signals are postponed
        self._postponing = False

    @contextlib.contextmanager
    def handled(self) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into :class:`Interrupted` until the block ends."""
        if threading.current_thread() is not threading.main_thread():
            yield  # only the main thread receives signals and may set handlers
            return
        before = {number: signal.getsignal(number) for number in _SIGNALS}
        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # a shell's background job ignores Ctrl-C
                signal.signal(number, self._handle)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def postponed(self) -> Iterator[None]:
        """Record the first signal until the block ends; a second one raises."""
        self._postponing = True
        try:
            yield
        finally:
            self._postponing = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._postponing and self.number is None:
            self.number = number
            return
        twice = "interrupted twice, before everything was saved; no file is incomplete"
        raise Interrupted(number, twice if self._postponing else "interrupted; nothing was written")
