"""Progress of a command: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tinygrad_w2v.training import Progress

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 5.0
_BAR_COLUMNS = 76  # on a narrower terminal, the bar and all measures do not fit
_WORKERS_COLUMNS = 130  # on a narrower terminal, the workers of a cluster are not shown
_MOST_SPEEDS = 4  # of workers, that are shown one by one
_NARROW_FIELDS = ("loss", "left")


class Measures(NamedTuple):
    """What is shown of a training besides its share completed, as text."""

    speed: str = ""
    loss: str = ""
    rate: str = ""
    left: str = ""
    workers: str = ""


class Display:
    """Prints nothing; the base class of the others.

    A command opens a :meth:`task` and calls :meth:`advance` or :meth:`training` at any rate.
    """

    def __init__(self, seconds_between_updates: float = float("inf")) -> None:
        self._seconds = seconds_between_updates
        self._name = ""
        self._shown_at = 0.0
        self._loss, self._loss_before = "", (0.0, 0.0)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Name the task that the block performs."""
        self._name = name
        self._shown_at = time.perf_counter()
        yield

    def advance(self, done: int, total: int | None = None, stage: str = "") -> None:
        """Show how much of the task is done."""
        if self._is_due() or done == total:
            self._show(stage, done, total, Measures())

    def training(self, progress: Progress) -> None:
        """Show the progress of a training."""
        if self._is_due():
            loss_before, count_before = self._loss_before
            self._loss_before = progress.loss_sum, progress.loss_count
            count = progress.loss_count - count_before
            if count > 0:  # otherwise workers are waiting, or a lost one's work does not count
                self._loss = f"loss {(progress.loss_sum - loss_before) / count:.3f}"
            left = progress.seconds_left
            measures = Measures(
                speed=f"{progress.speed:,.0f} words/s",
                loss=self._loss,
                rate="" if progress.rate is None else f"rate {progress.rate:.4f}",
                left="" if left is None else f"{_duration(left)} left",
                workers=_workers(**progress.details()),
            )
            stage = f"epoch {min(progress.epoch + 1, progress.epochs)}/{progress.epochs}"
            self._show(stage, progress.done, progress.total, measures)

    def message(self, line: str) -> None:
        """Print a line."""

    def _is_due(self) -> bool:
        now = time.perf_counter()
        if now - self._shown_at < self._seconds:
            return False
        self._shown_at = now
        return True

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None: ...


class LineDisplay(Display):
    """Prints a line every few seconds, for logs and pipes."""

    def __init__(self) -> None:
        super().__init__(_LINE_SECONDS)
        self._last = ""

    def message(self, line: str) -> None:
        """Print a line to standard error."""
        print(line, file=sys.stderr, flush=True)

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None:
        share = f"{done / total:.1%}" if total else f"{done:,.0f}"
        line = "  ".join(part for part in (self._name, stage, share, *measures) if part)
        if line != self._last:
            self.message(line)
        self._last = line


class BarDisplay(Display):
    """Draws progress bars: `bars`, a ``rich.progress.Progress``."""

    def __init__(self, bars: Any) -> None:
        super().__init__(_REDRAW_SECONDS)
        self._bars = bars
        self._task: Any = None

    def message(self, line: str) -> None:
        """Print a line above the bar."""
        # Verbatim: no markup in brackets, no wrapping.
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Draw a bar while the block performs a task."""
        self._task = self._bars.add_task(name, total=None, **Measures()._asdict())
        try:
            with super().task(name):
                yield
        finally:
            self._bars.remove_task(self._task)

    def _show(self, stage: str, done: float, total: float | None, measures: Measures) -> None:
        # Without the name of the task, the bar fits 80 columns.
        name = stage if measures.speed else f"{self._name}, {stage}" if stage else self._name
        self._bars.update(
            self._task, description=name, completed=done, total=total, **measures._asdict()
        )


@contextlib.contextmanager
def open_display(quiet: bool) -> Iterator[Display]:
    """Yield the display: none if `quiet`, bars on a terminal, lines elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield Display() if quiet else LineDisplay()
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
    shown: Sequence[str] = Measures._fields if wide else _NARROW_FIELDS
    if wide and console.width < _WORKERS_COLUMNS:
        shown = shown[:-1]
    columns = (
        text("{task.description}"),
        *([BarColumn(bar_width=None)] if wide else []),
        TaskProgressColumn(),
        *(text(f"{{task.fields[{name}]}}") for name in shown),
    )
    with Bars(*columns, console=console, transient=True, expand=wide) as bars:
        yield BarDisplay(bars)


def _workers(worker_speeds: Sequence[float] = (), merges: int = 0, bytes_sent: float = 0.0) -> str:
    """Return the speeds of the workers of a cluster, and what they have merged and sent."""
    if not worker_speeds:
        return ""
    speeds = [f"{speed / 1e3:,.0f}k" for speed in worker_speeds]
    if len(speeds) > _MOST_SPEEDS:
        least, most = min(worker_speeds), max(worker_speeds)
        speeds = [f"{len(speeds)} × {least / 1e3:,.0f}k to {most / 1e3:,.0f}k"]
    return f"{' + '.join(speeds)}, {merges} merges, {bytes_sent / 1e6:,.0f} MB sent"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
