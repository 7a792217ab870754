"""How far a training is: counts that several threads add to, exact in float64."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping


class Progress:
    """Running totals of a training.

    Parameters
    ----------
    total
        Units of work (words, items) of the whole training; None where it is not known.
    epochs
        How often the data is gone through.

    Attributes
    ----------
    done : float
        Units of work done, those before a resumption included.
    epoch : int
        The pass under way, from 0.
    steps : int
        Batches done.
    loss_sum, loss_count : float
        The sum of all losses and their number, since the start.
    rate : float or None
        The present learning rate, where there is a schedule.
    started, done_at_start
        When this run began (``time.perf_counter``) and what was done then.
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
        """Units of work a second in this run."""
        return (self.done - self.done_at_start) / max(self.seconds, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """Time left at the present speed, or None where it cannot be told."""
        if self.total is None or not self.speed:
            return None
        return max(self.total - self.done, 0.0) / self.speed

    def state_dict(self) -> dict[str, float]:
        """Return the totals."""
        return {name: getattr(self, name) for name in _TOTALS}

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Go on from totals."""
        self.set_totals(state)
        self.done_at_start = self.done

    def set_totals(self, totals: Mapping[str, float]) -> None:
        """Take over totals that were counted elsewhere."""
        with self._lock:
            for name in _TOTALS:
                setattr(self, name, totals[name])


_TOTALS = ("epoch", "steps", "done", "loss_sum", "loss_count")
