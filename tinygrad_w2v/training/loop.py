"""TrainingLoop: the loop over batches and the training step, as each worker runs them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from tinygrad_w2v.engine import Tensor, leaf_gradients
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer, Schedule
from tinygrad_w2v.training.progress import Progress

Apply: TypeAlias = Callable[[Mapping[Tensor, Any]], bool]
"""Updates the parameters from their gradients; returns False if the training was stopped before."""


@runtime_checkable
class EpochSource(Protocol):
    """Batches that differ between epochs and can be resumed in the middle of an epoch."""

    def epoch(self, number: int, start: int = 0) -> Iterable[Any]:
        """Return the batches of an epoch from index `start` on, the same ones each time."""


class TrainingError(InputError):
    """The training cannot continue with its settings."""


class TrainingLoop:
    """Forward, backward and optimizer step for each batch of a source.

    See :class:`Trainer` for the parameters.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        *,
        schedule: Schedule | None = None,
        amount: Callable[[Any], float] = lambda batch: 1,
        predictions: Callable[..., float] | None = None,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.schedule = schedule
        self.amount = amount
        self.predictions = predictions
        self.on_step = on_step
        self.progress = Progress(None, 1)
        self.positions: list[tuple[int, int]] = []
        self.parameters = list(model.parameters())
        self.stopped = threading.Event()

    def stop(self) -> None:
        """End the training after the current batches; may be called from any thread."""
        self.stopped.set()

    def run(
        self,
        worker: int,
        source: EpochSource,
        progress: Progress,
        is_stopped: Callable[[], bool],
        report: Callable[[], None],
        apply: Apply | None = None,
    ) -> None:
        """Train on the batches of a source, from the worker's position to the last epoch.

        Parameters
        ----------
        worker
            Index into `positions`, which is updated after each batch.
        progress
            Counts the batches.
        is_stopped
            Called before each batch.
        report
            Called after each batch.
        apply
            Replaces ``optimizer.apply``.
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

    def _step(self, progress: Progress, epoch: int, batch: Any, apply: Apply | None) -> bool:
        """Train on a batch; return False if `apply` did."""
        arguments = batch if isinstance(batch, tuple) else (batch,)
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
            self.schedule.step(amount)
            self.progress.rate = self.optimizer.param_groups[0]["lr"]

    def notify(self) -> None:
        """Call `on_step`, if there is one."""
        if self.on_step is not None:
            self.on_step(self.progress)
