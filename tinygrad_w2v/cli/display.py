"""Progress of a command: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from tinygrad_w2v.training import Progress

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 5.0
_BAR_COLUMNS = 76  # on a narrower terminal, the bar and all measures do not fit
_NARROW_FIELDS = ("loss", "left")


class Measures(NamedTuple):
    """What is shown of a training besides the share completed; as text, empty if unknown."""

    speed: str = ""
    loss: str = ""
    rate: str = ""
    left: str = ""


class Display:
    """Prints nothing; the base class of the others.

    A command opens a :meth:`task` and calls :meth:`advance` or :meth:`training` at any rate.

    Parameters
    ----------
    seconds
        Shortest time between two updates.
    """

    def __init__(self, seconds: float = float("inf")) -> None:
        self._seconds = seconds
        self._shown_at = 0.0
        self._loss_before = (0.0, 0.0)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Name the task that the block performs."""
        self._shown_at = time.perf_counter()
        self._start(name)
        try:
            yield
        finally:
            self._end()

    def advance(self, done: int, total: int | None = None, stage: str = "") -> None:
        """Show how much of the task is done."""
        if self._is_due() or done == total:
            self._show(stage, done, total, Measures())

    def training(self, progress: Progress) -> None:
        """Show the progress of a training."""
        if self._is_due():
            stage = f"epoch {min(progress.epoch + 1, progress.epochs)}/{progress.epochs}"
            self._show(stage, progress.done, progress.total, self._measure(progress))

    def message(self, line: str) -> None:
        """Print a line."""

    def _measure(self, progress: Progress) -> Measures:
        """Return speed, mean loss since the last update, learning rate and time left."""
        loss_sum, count = progress.loss_sum, progress.loss_count
        recent = (loss_sum - self._loss_before[0]) / max(count - self._loss_before[1], 1.0)
        self._loss_before = (loss_sum, count)
        left = progress.seconds_left
        return Measures(
            speed=f"{progress.speed:,.0f} words/s",
            loss=f"loss {recent:.3f}",
            rate="" if progress.rate is None else f"rate {progress.rate:.4f}",
            left="" if left is None else f"{_duration(left)} left",
        )

    def _is_due(self) -> bool:
        now = time.perf_counter()
        if now - self._shown_at < self._seconds:
            return False
        self._shown_at = now
        return True

    def _start(self, name: str) -> None: ...

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None: ...

    def _end(self) -> None: ...


class LineDisplay(Display):
    """Prints a line every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        super().__init__(_LINE_SECONDS)

    def message(self, line: str) -> None:
        """Print a line to standard error."""
        print(line, file=sys.stderr, flush=True)

    def _start(self, name: str) -> None:
        self._name = name

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None:
        share = f"{done / total:.1%}" if total else f"{done:,.0f}"
        self.message("  ".join(part for part in (self._name, stage, share, *measures) if part))


class BarDisplay(Display):
    """Draws progress bars with rich.

    Parameters
    ----------
    bars
        A ``rich.progress.Progress`` with the columns of :func:`open_display`.
    """

    def __init__(self, bars: Any) -> None:
        super().__init__(_REDRAW_SECONDS)
        self._bars = bars
        self._task: Any = None

    def message(self, line: str) -> None:
        """Print a line above the bar."""
        # Verbatim: no markup in brackets, no wrapping.
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _start(self, name: str) -> None:
        self._name = name
        self._task = self._bars.add_task(name, total=None, **Measures()._asdict())

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None:
        # Without the name of the task, the bar fits 80 columns.
        name = stage if measures.speed else f"{self._name}, {stage}" if stage else self._name
        self._bars.update(
            self._task, description=name, completed=done, total=total, **measures._asdict()
        )

    def _end(self) -> None:
        self._bars.remove_task(self._task)


@contextlib.contextmanager
def open_display(quiet: bool) -> Iterator[Display]:
    """Yield the display: none if `quiet`, bars on a terminal, lines elsewhere."""
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
        from rich.table import Column
    except ImportError:
        print("for a progress bar: pip install 'tinygrad-w2v[cli]'", file=sys.stderr, flush=True)
        yield LineDisplay()
        return
    console = Console(stderr=True)
    if console.is_dumb_terminal:
        yield LineDisplay()
        return

    def text(template: str) -> Any:
        return TextColumn(template, markup=False, table_column=Column(no_wrap=True))

    wide = console.width >= _BAR_COLUMNS
    shown = Measures._fields if wide else _NARROW_FIELDS
    columns = (
        text("{task.description}"),
        *([BarColumn(bar_width=None)] if wide else []),
        TaskProgressColumn(),
        *(text(f"{{task.fields[{name}]}}") for name in shown),
    )
    with Bars(*columns, console=console, transient=True, expand=wide) as bars:
        yield BarDisplay(bars)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
