"""TrainingLoop: the loop over batches, its step and its progress, as each worker runs them."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from tinygrad_w2v.engine import Tensor, leaf_gradients
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer
from tinygrad_w2v.optim.lr_scheduler import LRScheduler
from tinygrad_w2v.training.callbacks.base import Callback

Apply: TypeAlias = Callable[[Mapping[Tensor, Any]], bool]
"""Updates the parameters from their gradients; returns False if the training was stopped before."""

TOTALS = ("epoch", "steps", "done", "loss_sum", "loss_count")
"""The totals of a :class:`Progress`."""

totals_of: Callable[[Progress], tuple[Any, ...]] = attrgetter(*TOTALS)


class TrainingError(InputError):
    """The training cannot continue with its settings."""


@runtime_checkable
class EpochSource(Protocol):
    """Batches that differ between epochs and can be resumed in the middle of an epoch."""

    def epoch(self, number: int, start: int = 0) -> Iterable[Any]:
        """Return the batches of an epoch from index `start` on, the same ones each time."""


class RepeatedBatches:
    """An iterable of batches as an epoch source."""

    def __init__(self, batches: Iterable[Any]) -> None:
        self.batches = batches

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        """Return the batches from index `start` on."""
        return itertools.islice(self.batches, start, None)


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
    epoch, steps : int
        The current pass, from 0, and the number of batches done.
    done : float
        Units of work done, including those before a resumption.
    loss_sum, loss_count : float
        The sum of all losses and their number, since the start.
    rate : float or None
        The current learning rate, if there is a schedule.
    started, done_at_start
        When this run began (``time.perf_counter``), and the work done before it.
    """

    def __init__(self, total: float | None, epochs: int) -> None:
        self.total, self.epochs = total, epochs
        self.epoch = self.steps = 0
        self.done = self.loss_sum = self.loss_count = self.done_at_start = 0.0
        self.rate: float | None = None
        self.started = time.perf_counter()
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
        return self.loss_sum / self.loss_count if self.loss_count else math.nan

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

    def details(self) -> dict[str, Any]:
        """Return what else is shown and recorded of a training."""
        return {}

    def state_dict(self) -> dict[str, float]:
        """Return the totals."""
        return dict(zip(TOTALS, totals_of(self), strict=True))

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Restore the totals of an earlier run."""
        self.set_totals(state)
        self.done_at_start = self.done

    def set_totals(self, totals: Mapping[str, float]) -> None:
        """Replace the totals."""
        with self._lock:
            for name in TOTALS:
                setattr(self, name, totals[name])


def generators(model: Module) -> list[np.random.Generator]:
    """Return the random generators that are attributes of modules, each once."""
    values = (value for module in model.modules() for value in vars(module).values())
    return list({id(v): v for v in values if isinstance(v, np.random.Generator)}.values())


class TrainingLoop:
    """Forward, backward and optimizer step for each batch of a source.

    See :class:`Trainer` for the parameters.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        *,
        schedule: LRScheduler | None = None,
        amount: Callable[[Any], float] = lambda batch: 1,
        predictions: Callable[..., float] | None = None,
        on_step: Callable[[Progress], None] | None = None,
        callbacks: Iterable[Callback] = (),
    ) -> None:
        self.model, self.optimizer, self.schedule = model, optimizer, schedule
        self.amount, self.predictions, self.on_step = amount, predictions, on_step
        self.progress = Progress(None, 1)
        self.positions: list[tuple[int, int]] = []
        self.parameters = list(model.parameters())
        self.stopped = False
        self.callbacks = list(callbacks)
        self.metrics: dict[str, float] = {}
        self.end_reason: str | None = None
        self._callback_lock = threading.RLock()
        self._announced = 0

    def stop(self) -> None:
        """End the training after the current batches; may be called from any thread."""
        self.stopped = True  # an Event has a lock, which a signal handler must not acquire

    def end(self, reason: str) -> None:
        """End the training for good, as a callback decides; it cannot be continued."""
        self.end_reason = reason
        self.stop()

    def run(
        self,
        worker: int,
        source: EpochSource,
        progress: Progress,
        is_stopped: Callable[[], bool],
        report: Callable[[], None],
        apply: Apply | None = None,
        end_epoch: Callable[[], None] = lambda: None,
    ) -> None:
        """Train on the batches of a source, from the worker's position to the last epoch.

        Parameters
        ----------
        worker
            Index into `positions`, which is updated after each batch.
        progress
            Counts the batches.
        is_stopped, report
            Called before and after each batch.
        apply
            Replaces ``optimizer.apply``.
        end_epoch
            Called after each epoch.
        """
        epoch, index = self.positions[worker]
        while epoch < progress.epochs:
            # A diverging training raises an error for its loss; NumPy's warnings would come first.
            with np.errstate(over="ignore", invalid="ignore"):
                for batch in source.epoch(epoch, index):
                    if is_stopped() or not self._step(progress, epoch, batch, apply):
                        return
                    index += 1
                    self.positions[worker] = (epoch, index)
                    report()
            epoch, index = epoch + 1, 0
            self.positions[worker] = (epoch, index)
            end_epoch()

    def _step(self, progress: Progress, epoch: int, batch: Any, apply: Apply | None) -> bool:
        """Train on a batch; return False if `apply` did."""
        arguments = batch if isinstance(batch, tuple | list) else (batch,)
        amount = self.amount(batch)
        self.advance_schedule(amount)
        loss = self.model(*arguments)
        value = loss.item()
        if not math.isfinite(value):
            rates = ", ".join(f"{group['lr']:g}" for group in self.optimizer.param_groups)
            raise TrainingError(
                f"the loss of batch {progress.steps} (epoch {epoch}) is {value} at a learning "
                f"rate of {rates}: lower the rate"
            )
        count = 1.0 if self.predictions is None else self.predictions(*arguments)
        # Not parameter.grad, which several threads would share.
        gradients = leaf_gradients(loss, count)
        if apply is None:
            self.optimizer.apply(gradients)
        elif not apply(gradients):
            return False
        progress.add(epoch, value, count, amount)
        return True

    def advance_schedule(self, amount: float) -> None:
        """Add an amount of work to the schedule, if there is one."""
        if self.schedule is not None:
            self.schedule.advance(amount)
            self.progress.rate = self.optimizer.param_groups[0]["lr"]

    def notify(self) -> None:
        """Call `on_step`, if there is one, and the callbacks, if no other thread does."""
        if self.on_step is not None:
            self.on_step(self.progress)
        if self.callbacks and self._callback_lock.acquire(blocking=False):
            try:
                for callback in self.callbacks:
                    callback.on_batch(self)
            finally:
                self._callback_lock.release()

    def completed_epochs(self) -> int:
        """Return the number of epochs that all workers have completed."""
        return min((epoch for epoch, _ in self.positions), default=0)

    def announce_epochs(self) -> None:
        """Call the callbacks for the epochs that all workers have completed since the last call."""
        if not self.callbacks:
            return
        with self._callback_lock:
            while self._announced < self.completed_epochs() and self.end_reason is None:
                self._announced += 1
                for callback in self.callbacks:
                    callback.on_epoch(self, self._announced)
