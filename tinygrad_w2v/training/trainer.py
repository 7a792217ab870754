"""Trainer: trains any module with any optimizer on any batches, with one worker or several."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import FrameType
from typing import Any

from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.loop import EpochSource, Progress, RepeatedBatches, TrainingLoop
from tinygrad_w2v.training.processes import why_no_fork
from tinygrad_w2v.training.workers import train_in_processes, train_in_threads


class Trainer(TrainingLoop):
    """Runs forward, backward and optimizer step for each batch.

    A batch is passed to the model as its argument, a tuple or list as its arguments; the model
    returns a mean loss.

    Parameters
    ----------
    model
        The module; in training mode during :meth:`fit`.
    optimizer
        Updates the model's parameters.
    schedule
        Advanced by each batch's amount of work, before the batch's step.
    amount
        Returns the amount of work in a batch, in the units of `schedule` and of the progress; 1
        for each batch by default.
    predictions
        Returns the number of losses in a batch's mean. If given, each step descends on their
        *sum*, as word2vec does: a row then moves by all its uses, however large the batch.
    on_step
        Called with the :class:`Progress` after each batch, in the worker's thread.
    callbacks
        Called at batches, epochs, checkpoints and the end, in their order; see
        :class:`training.callbacks.Callback`.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> model = tg.models.CBOW(4, dim=3, loss="softmax", rng=0)
    >>> trainer = Trainer(model, tg.optim.Adam(model.parameters(), lr=0.1))
    >>> batch = (np.array([[0, 2], [1, 3]]), np.array([1, 2]))
    >>> progress = trainer.fit([batch], epochs=30)
    >>> progress.steps
    30
    >>> model(*batch).item() < 0.1
    True
    """

    def fit(
        self,
        batches: Iterable[Any] | EpochSource | Sequence[EpochSource],
        epochs: int = 1,
        *,
        total: float | None = None,
        processes: bool = False,
        reproducible: bool = False,
    ) -> Progress:
        """Train up to a number of epochs.

        Ctrl-C ends the training after the current batches, raises KeyboardInterrupt and leaves a
        training that can be saved and resumed. A second Ctrl-C raises it at once. This needs
        Python's own handler of SIGINT; another handler may call :meth:`stop`.

        Parameters
        ----------
        batches
            An iterable of batches, iterated once per epoch; an :class:`EpochSource`; or a list of
            sources, one for each worker. The workers update the same parameters without locks
            (Niu et al., "Hogwild!", arXiv 1106.5730).
        epochs
            Passes through the batches. A resumed training and a second call do those that remain.
        total
            Work of the whole training, for the progress.
        processes
            Whether workers are processes, which do not share Python's lock, instead of threads. See
            :meth:`why_not_processes`. Processes share the parameters and buffers only; each has its
            own random numbers. The first worker is this process; it calls `on_step` every 50 ms.
        reproducible
            Whether worker processes run in lockstep: all compute their gradients from the same
            parameters, then update them in a fixed order. The result is then the same each time,
            to the bit, for the same seeds and sources, unless the training was stopped and resumed;
            it takes about 20 % longer.

        Returns
        -------
        Progress
            :attr:`finished` is False if :meth:`stop` ended the training early.

        Raises
        ------
        TrainingError
            If the loss is not finite; names the batch.
        InputError
            If processes are requested and not possible; states why.
        """
        if epochs < 1:
            raise InputError(f"epochs is {epochs}: it must be at least 1")
        if processes and (reason := self.why_not_processes()):
            remedy = "use one worker" if reproducible else "use processes=False"
            raise InputError(f"workers cannot be processes: {reason}; {remedy}")
        sources = _as_sources(batches)
        if reproducible and not processes and len(sources) > 1:
            raise InputError(
                "several threads update the parameters in no fixed order, so reproducible=True "
                "needs processes=True, or a single source of batches"
            )
        if not self.positions:
            self.positions = [(0, 0)] * len(sources)
        if len(self.positions) != len(sources):
            raise InputError(
                f"the training began with {len(self.positions)} workers and cannot continue with "
                f"{len(sources)}: use as many as before"
            )
        self.stopped = False
        with interruption_deferred(self.stop):
            before = self.progress
            self.progress = Progress(total, epochs)
            self.progress.load_state_dict(before.state_dict())
            self.model.train()
            self._announced = self.completed_epochs()
            for callback in self.callbacks:
                callback.on_start(self)
            if processes and len(sources) > 1:
                train_in_processes(self, sources, in_lockstep=reproducible)
            else:
                train_in_threads(self, sources)
            for callback in self.callbacks:
                callback.on_end(self)
        return self.progress

    def why_not_processes(self) -> str | None:
        """Return why the workers of :meth:`fit` cannot be processes; None if they can."""
        if self.optimizer.keeps_state():
            return f"{type(self.optimizer).__name__} keeps state between steps, which is not shared"
        if OBSERVERS:
            return "anomaly detection and profiles see nothing of other processes"
        return why_no_fork()

    @property
    def finished(self) -> bool:
        """Whether the last :meth:`fit` ran to its end, or a callback ended it."""
        return self.end_reason is not None or all(
            epoch >= self.progress.epochs for epoch, _ in self.positions
        )


@contextlib.contextmanager
def interruption_deferred(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first SIGINT in the block; raise KeyboardInterrupt at its end."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    received = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal received
        if received:
            raise KeyboardInterrupt
        received = True
        stop()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if received:
        raise KeyboardInterrupt


def _as_sources(batches: Any) -> list[EpochSource]:
    if isinstance(batches, EpochSource):
        return [batches]
    if isinstance(batches, list | tuple) and batches and isinstance(batches[0], EpochSource):
        return list(batches)
    return [RepeatedBatches(batches)]
