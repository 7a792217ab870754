"""Metrics of a training in files: JSON lines, CSV, TensorBoard."""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.runtime.files import check_writable, describe_os_error
from tinygrad_w2v.training.callbacks.base import Callback

FIELDS = ("epoch", "steps", "done", "seconds", "loss", "rate", "speed", "validation_loss")
"""What a record has: the number of completed epochs, the totals of the :class:`Progress`, the mean
loss since the last record, the learning rate, units of work per second, and ``trainer.metrics``.
A training on a cluster adds ``Progress.details``: merges, bytes_sent and worker_speeds."""


class Metrics(Callback):
    """Base of callbacks that write a record every few seconds and after each epoch.

    Subclasses define :meth:`write`, and :meth:`open` and :meth:`close` if they need them.

    Parameters
    ----------
    interval
        Seconds between records; infinite for epochs only.
    """

    def __init__(self, interval: float = 1.0) -> None:
        self.interval = interval
        self._written_at = self._loss_sum = self._loss_count = 0.0

    def write(self, record: Mapping[str, Any]) -> None:
        """Write a record with (some of) the :data:`FIELDS`."""
        raise NotImplementedError

    def open(self, steps: int) -> None:
        """Begin, or continue after a number of steps."""

    def close(self) -> None:
        """End."""

    def on_start(self, trainer: Any) -> None:
        """Open the file."""
        progress = trainer.progress
        self._written_at = time.perf_counter()
        self._loss_sum, self._loss_count = progress.loss_sum, progress.loss_count
        self.open(progress.steps)

    def on_batch(self, trainer: Any) -> None:
        """Write a record if it is due."""
        if time.perf_counter() - self._written_at >= self.interval:
            self._record(trainer, trainer.completed_epochs(), {})

    def on_epoch(self, trainer: Any, epoch: int) -> None:
        """Write a record with the metrics of the epoch."""
        self._record(trainer, epoch, trainer.metrics)

    def on_end(self, trainer: Any) -> None:
        """Close the file."""
        self.close()

    def _record(self, trainer: Any, epoch: int, metrics: Mapping[str, Any]) -> None:
        progress = trainer.progress
        count = progress.loss_count - self._loss_count
        if not count and not metrics:
            return  # nothing was trained
        record = {
            "epoch": epoch,
            "steps": progress.steps,
            "done": progress.done,
            "seconds": round(progress.seconds, 3),
            "loss": (progress.loss_sum - self._loss_sum) / count if count else None,
            "rate": progress.rate,
            "speed": round(progress.speed, 1),
            **progress.details(),
            **metrics,
        }
        self._written_at = time.perf_counter()
        self._loss_sum, self._loss_count = progress.loss_sum, progress.loss_count
        self.write({name: value for name, value in record.items() if value is not None})


class PrintMetrics(Metrics):
    """Prints a line for each record; by default after each epoch, to standard error."""

    def __init__(self, interval: float = math.inf, file: IO[str] | None = None) -> None:
        super().__init__(interval)
        self.file = file

    def write(self, record: Mapping[str, Any]) -> None:
        """Print the record."""
        parts = [f"{k} {v:.5g}" if isinstance(v, float) else f"{k} {v}" for k, v in record.items()]
        print(", ".join(parts), file=self.file or sys.stderr)


class _File(Metrics):
    """A text file with a line for each record; a resumed training appends to it."""

    header: tuple[str, ...] = ()

    def __init__(self, path: str | os.PathLike[str], interval: float = 1.0) -> None:
        super().__init__(interval)
        self.path = Path(path)
        self._is_writable = True

    def open(self, steps: int) -> None:
        """Remove an older file; if the training is resumed, keep the records of its first steps."""
        check_writable(self.path)
        if self.path.is_file():
            lines = self.path.read_text("utf-8").splitlines() if steps else []
            self.path.unlink()
            self._write([line for line in lines if self.steps_of(line) <= steps])

    def steps_of(self, line: str) -> float:
        """Return the number of steps in a line; infinity if it is no record."""
        raise NotImplementedError

    def _write(self, lines: Sequence[str]) -> None:
        """Write lines; after an error, no more are written, since the training matters more."""
        if not self._is_writable or not lines:
            return
        header = () if self.path.exists() else self.header
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                file.writelines(f"{line}\n" for line in (*header, *lines))
        except OSError as error:
            self._is_writable = False
            reason = describe_os_error(error)
            warnings.warn(f"no more metrics in {self.path}: {reason}", stacklevel=2)


class JSONLines(_File):
    """Writes a JSON object per line, with the :data:`FIELDS`.

    Parameters
    ----------
    path
        The file, such as ``metrics.jsonl``.
    interval
        See :class:`Metrics`.
    """

    def steps_of(self, line: str) -> float:
        """Return the number of steps in a line; infinity if it is no record."""
        try:
            return float(json.loads(line)["steps"])
        except (ValueError, KeyError, TypeError):
            return math.inf

    def write(self, record: Mapping[str, Any]) -> None:
        """Write a line."""
        self._write([json.dumps(record)])


class CSVFile(_File):
    """Writes comma-separated numbers, whose columns are the :data:`FIELDS`."""

    header = (",".join(FIELDS),)

    def steps_of(self, line: str) -> float:
        """Return the number of steps in a line; infinity if it is no record."""
        steps = line.split(",")[FIELDS.index("steps") :][:1]
        return float(steps[0]) if steps and steps[0].isdecimal() else math.inf

    def write(self, record: Mapping[str, Any]) -> None:
        """Write a row."""
        self._write([",".join(str(record.get(name, "")) for name in FIELDS)])


class TensorBoard(Metrics):
    """Writes scalars for TensorBoard, with the writer of tensorboardX or of PyTorch.

    Parameters
    ----------
    folder
        Where the event files are written.
    interval
        See :class:`Metrics`.

    Raises
    ------
    InputError
        If neither package is installed.
    """

    def __init__(self, folder: str | os.PathLike[str], interval: float = 1.0) -> None:
        super().__init__(interval)
        self.folder = os.fspath(folder)
        self._make: Any = _summary_writer()
        self._writer: Any = None

    def open(self, steps: int) -> None:
        """Begin a file of events; those of a resumed training after its last step are dropped."""
        self._writer = self._make(self.folder, purge_step=steps or None)

    def write(self, record: Mapping[str, Any]) -> None:
        """Write each number but the position."""
        for name in FIELDS[4:]:
            if name in record:
                self._writer.add_scalar(name, record[name], record["steps"])

    def close(self) -> None:
        """Close the file of events."""
        if self._writer is not None:
            self._writer.close()


def _summary_writer() -> Any:
    """Return the class of an installed package that writes TensorBoard's files."""
    for module in ("tensorboardX", "torch.utils.tensorboard"):
        with contextlib.suppress(ImportError):  # optional, so imported on use
            return importlib.import_module(module).SummaryWriter
    raise InputError("TensorBoard's files need a package: pip install tensorboardX")
