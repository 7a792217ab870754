"""What a person sees while a command works: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

from tinygrad_w2v.training import Progress

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 5.0


class Display:
    """Says nothing; the base of the others.

    A command opens a :meth:`task`, and what works on it calls :meth:`advance` or
    :meth:`training` as often as it likes.
    """

    def __init__(self, seconds: float = float("inf")) -> None:
        self._seconds = seconds
        self._shown_at = 0.0
        self._loss_before = (0.0, 0.0)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Work on something until the block ends."""
        self._shown_at = time.perf_counter()
        self._start(name)
        yield
        self._end()

    def advance(self, done: int, total: int | None = None, stage: str = "") -> None:
        """Say how much of the task is done."""
        if self._is_due() or done == total:
            self._show(stage, done, total, "")

    def training(self, progress: Progress) -> None:
        """Say how far a training is."""
        if self._is_due():
            self._show(
                f"epoch {min(progress.epoch + 1, progress.epochs)}/{progress.epochs}",
                progress.done,
                progress.total,
                self._describe(progress),
            )

    def say(self, line: str) -> None:
        """Print a line."""

    def _describe(self, progress: Progress) -> str:
        """Return speed, loss since the last time, rate and time left."""
        loss_sum, count = progress.loss_sum, progress.loss_count
        recent = (loss_sum - self._loss_before[0]) / max(count - self._loss_before[1], 1.0)
        self._loss_before = (loss_sum, count)
        left = progress.seconds_left
        rate = "" if progress.rate is None else f"  rate {progress.rate:.4f}"
        remaining = "" if left is None else f"  {_duration(left)} left"
        return f"{progress.speed:,.0f} words/s  loss {recent:.3f}{rate}{remaining}"

    def _is_due(self) -> bool:
        now = time.perf_counter()
        if now - self._shown_at < self._seconds:
            return False
        self._shown_at = now
        return True

    def _start(self, name: str) -> None: ...

    def _show(self, stage: str, done: float, total: float | None, note: str) -> None: ...

    def _end(self) -> None: ...


class LineDisplay(Display):
    """Prints a line now and then, for logs and pipes."""

    def __init__(self) -> None:
        super().__init__(_LINE_SECONDS)

    def say(self, line: str) -> None:
        """Print a line to standard error."""
        print(line, file=sys.stderr, flush=True)

    def _start(self, name: str) -> None:
        self._name = name

    def _show(self, stage: str, done: float, total: float | None, note: str) -> None:
        share = f"{done / total:.1%}" if total else f"{done:,.0f}"
        self.say("  ".join(part for part in (self._name, stage, share, note) if part))


class BarDisplay(Display):
    """Draws progress bars with rich."""

    def __init__(self, progress: Any) -> None:
        super().__init__(_REDRAW_SECONDS)
        self._progress = progress
        self._task: Any = None

    def say(self, line: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(line, highlight=False)

    def _start(self, name: str) -> None:
        self._name = name
        self._task = self._progress.add_task(name, total=None, note="")

    def _show(self, stage: str, done: float, total: float | None, note: str) -> None:
        self._progress.update(
            self._task,
            description=f"{self._name} {stage}".rstrip(),
            completed=done,
            total=total,
            note=note,
        )

    def _end(self) -> None:
        self._progress.remove_task(self._task)


@contextlib.contextmanager
def open_display(quiet: bool) -> Iterator[Display]:
    """Yield the display that fits: none, bars on a terminal, or lines."""
    if quiet:
        yield Display()
        return
    if not sys.stderr.isatty():
        yield LineDisplay()
        return
    try:
        from rich.console import Console  # optional: the extra `cli`
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn
        from rich.progress import Progress as Bars
    except ImportError:
        print("for a progress bar: pip install 'tinygrad-w2v[cli]'", file=sys.stderr, flush=True)
        yield LineDisplay()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        TaskProgressColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True, expand=True) as bars:
        yield BarDisplay(bars)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
