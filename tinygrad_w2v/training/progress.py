"""Progress: totals of a training, of several threads or of several processes; exact in float64."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from operator import attrgetter

from tinygrad_w2v.runtime.shared_memory import shared_array

_TOTALS = ("epoch", "steps", "done", "loss_sum", "loss_count")
_totals = attrgetter(*_TOTALS)


class Progress:
    """Running totals of a training.

    Parameters
    ----------
    total
        Units of work (words, items) of the whole training; None if unknown.
    epochs
        Number of passes through the data.

    Attributes
    ----------
    done : float
        Units of work done, including those before a resumption.
    epoch : int
        The current pass, from 0.
    steps : int
        Batches done.
    loss_sum, loss_count : float
        The sum of all losses and their number, since the start.
    rate : float or None
        The current learning rate, if there is a schedule.
    started, done_at_start
        When this run began (``time.perf_counter``), and the work done before it.
    """

    def __init__(self, total: float | None, epochs: int) -> None:
        self.total = total
        self.epochs = epochs
        self.epoch = 0
        self.steps = 0
        self.done = 0.0
        self.loss_sum = 0.0
        self.loss_count = 0.0
        self.rate: float | None = None
        self.started = time.perf_counter()
        self.done_at_start = 0.0
        self._lock = threading.Lock()

    def add(self, epoch: int, loss: float, count: float, amount: float) -> None:
        """Count one batch: its mean loss over `count` items and its amount of work."""
        with self._lock:
            self.epoch = max(self.epoch, epoch)
            self.steps += 1
            self.done += amount
            self.loss_sum += loss * count
            self.loss_count += count

    @property
    def loss(self) -> float:
        """The mean loss since the start; NaN before the first batch."""
        return self.loss_sum / self.loss_count if self.loss_count else float("nan")

    @property
    def seconds(self) -> float:
        """Time since this run began."""
        return time.perf_counter() - self.started

    @property
    def speed(self) -> float:
        """Units of work per second in this run."""
        return (self.done - self.done_at_start) / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Remaining time at the current speed; None if the total or the speed is unknown."""
        if self.total is None or not self.speed:
            return None
        return max(self.total - self.done, 0.0) / self.speed

    def state_dict(self) -> dict[str, float]:
        """Return the totals."""
        return dict(zip(_TOTALS, _totals(self), strict=True))

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Restore the totals of an earlier run."""
        self.set_totals(state)
        self.done_at_start = self.done

    def set_totals(self, totals: Mapping[str, float]) -> None:
        """Replace the totals."""
        with self._lock:
            for name in _TOTALS:
                setattr(self, name, totals[name])


class SharedProgress:
    """What each worker process has done, and a flag that stops all, in shared memory.

    Each worker writes its own row only.

    Parameters
    ----------
    positions
        Epoch and batch at which each worker begins.
    """

    def __init__(self, positions: Sequence[tuple[int, int]]) -> None:
        self._rows = shared_array((len(positions), len(_TOTALS) + 2), "f8")
        self._rows[:, -2:] = positions
        self._stop = shared_array((1,), "?")
        self._owner = os.getpid()

    def stop(self) -> None:
        """Ask all workers to stop."""
        self._stop[0] = True

    def is_stopped(self) -> bool:
        """Whether a worker must stop; also if the process that started it has ended."""
        return bool(self._stop[0]) or self._owner not in (os.getpid(), os.getppid())

    def write(self, worker: int, own: Progress, position: tuple[int, int]) -> None:
        """Write a worker's own totals since it began, and its position."""
        self._rows[worker] = (*_totals(own), *position)

    def done_by_others(self, worker: int) -> float:
        """Return the work that all workers but one have done."""
        done = self._rows[:, _TOTALS.index("done")]
        return float(done.sum() - done[worker])

    def totals(self) -> dict[str, float]:
        """Return the totals of all workers, as the state of a :class:`Progress`."""
        totals: dict[str, float] = dict(zip(_TOTALS, self._rows.sum(axis=0).tolist(), strict=False))
        totals["epoch"] = int(self._rows[:, _TOTALS.index("epoch")].max())
        totals["steps"] = int(totals["steps"])
        return totals

    def positions(self) -> list[tuple[int, int]]:
        """Return each worker's epoch and batch."""
        return [(int(epoch), int(batch)) for epoch, batch in self._rows[:, -2:]]
