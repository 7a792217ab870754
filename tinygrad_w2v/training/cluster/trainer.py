"""ClusterTrainer: the training of any module with workers on several machines."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import get_backend
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer
from tinygrad_w2v.training.cluster.actor import Spec
from tinygrad_w2v.training.cluster.driver import Driver
from tinygrad_w2v.training.cluster.exchange import tables_of
from tinygrad_w2v.training.cluster.merging import merge_rule
from tinygrad_w2v.training.cluster.packing import Kind
from tinygrad_w2v.training.cluster.progress import ClusterProgress
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.cluster.session import LOCAL, connected
from tinygrad_w2v.training.cluster.team import Team
from tinygrad_w2v.training.loop import EpochSource, TrainingLoop, generators
from tinygrad_w2v.training.trainer import interruption_deferred
from tinygrad_w2v.validation import integer, within


class ClusterTrainer(TrainingLoop):
    """Trains like :class:`Trainer`, with workers on several machines; needs Ray.

    Each worker trains a copy of the model. After each round, the changes of all copies since the
    last merge are combined and applied to all. A worker that is lost is restarted, and continues
    from the last merge; see docs/cluster.md.

    Parameters
    ----------
    model, optimizer
        See :class:`Trainer`. An optimizer's state stays with its worker.
    workers
        Number of workers, usually one for each machine.
    threads
        Number of processes of each worker, or of threads if the optimizer keeps state.
    address
        ``"local"`` starts Ray on this machine; otherwise the address of a running cluster, as of
        ``ray.init``. A program that has called ``ray.init`` keeps its connection.
    merge
        The rule that combines changes: ``"spectral"``, ``"adasum"`` or ``"mean"``.
    rounds
        When to merge, in the units of the schedule.
    overlap
        Part of the next round, at most 1, that a worker may train before a merge is applied; 0
        waits for each merge. What it has learned meanwhile is kept.
    packing
        How changes are sent: ``"int8"``, ``"bfloat16"`` or ``"float32"``.
    partial
        Names of parameters whose rows are ordered by decreasing frequency. A merge may take only
        the first rows of these; it takes the others as a whole.
    timeout
        Seconds without any progress after which a worker is restarted; it may take ten times as
        long to start.
    save_seconds
        At least this often, a merge takes all rows, and the model is saved.
    on_save
        Called after each merge of all rows, with a training that can be saved by
        :func:`save_checkpoint`.
    on_message
        Called with a line about each worker that is lost or continues; a warning by default.
    prepare
        Called on each machine first.
    options
        `schedule`, `amount`, `predictions`, `on_step` and `callbacks` of :class:`Trainer`. The last
        two are called in this process, at least every 0.2 seconds.
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        *,
        workers: int = 2,
        threads: int = 1,
        address: str = LOCAL,
        merge: str = "spectral",
        rounds: Rounds | None = None,
        overlap: float = 0.0,
        packing: Kind = "int8",
        partial: Iterable[str] = (),
        timeout: float = 60.0,
        save_seconds: float = 300.0,
        on_save: Callable[[], None] = lambda: None,
        on_message: Callable[[str], None] = warnings.warn,
        prepare: Callable[[], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(model, optimizer, **options)
        self.workers = integer("workers", workers, least=1)
        self.threads = integer("threads", threads, least=1)
        merge_rule(merge)  # checks the name
        self.address, self.merge, self.packing = address, merge, packing
        self.rounds = rounds or Rounds(100, 0.02)
        within(0, 1, overlap=overlap)
        self.overlap = overlap
        self.partial = list(partial)
        if unknown := [name for name in self.partial if name not in tables_of(model)]:
            raise InputError(f"partial names {unknown[0]!r}, which is no trainable parameter")
        self.timeout, self.save_seconds = timeout, save_seconds
        self.on_save, self.on_message, self.prepare = on_save, on_message, prepare

    def fit(
        self,
        sources: Sequence[EpochSource],
        epochs: int = 1,
        *,
        total: float | None = None,
    ) -> ClusterProgress:
        """Train up to a number of epochs.

        Ctrl-C ends the training after a last merge, as in :meth:`Trainer.fit`.

        Parameters
        ----------
        sources
            Several sources of batches for each thread of each worker. Each is trained on by one
            worker at a time, and may pass to another one. The sequence is sent to all workers.
        epochs
            Passes through each source. A resumed training does those that remain, with the same
            sources and any number of workers.
        total
            Work of the whole training, for the progress.

        Raises
        ------
        TrainingError
            If the loss is not finite, or a worker is lost again and again; names the machine.
        InputError
            If there is no cluster, it is too small, or a machine cannot do its part: it has another
            version of this package, or cannot read its files. Names the machine and the reason.
        MissingExtraError
            If Ray is not installed.
        """
        epochs = integer("epochs", epochs, least=1)
        if len(sources) < self.workers:
            raise InputError(
                f"{len(sources)} sources are too few for {self.workers} workers: divide the data "
                f"into several sources for each"
            )
        if not self.positions:
            self.positions = [(0, 0)] * len(sources)
        if len(self.positions) != len(sources):
            raise InputError(
                f"the training began with {len(self.positions)} sources and cannot continue with "
                f"{len(sources)}: divide the data as before"
            )
        self.stopped = False
        processors = self.workers * self.threads
        with interruption_deferred(self.stop), connected(self.address, processors) as ray:
            progress = ClusterProgress(total, epochs)
            progress.load_state_dict(self.progress.state_dict())
            progress.speeds = [0.0] * self.workers
            self.progress = progress
            self.model.train()
            self._announced = self.completed_epochs()
            for callback in self.callbacks:
                callback.on_start(self)
            self._run(ray, sources, progress)
            for callback in self.callbacks:
                callback.on_end(self)
        return progress

    @property
    def finished(self) -> bool:
        """Whether the last :meth:`fit` ran to its end, or a callback ended it."""
        return self.end_reason is not None or all(
            epoch >= self.progress.epochs for epoch, _ in self.positions
        )

    def _run(self, ray: Any, sources: Sequence[EpochSource], progress: ClusterProgress) -> None:
        spec = Spec(
            self.model,
            self.optimizer,
            sources,
            progress.epochs,
            self.threads,
            self.merge,
            self.packing,
            get_backend(),
            self.prepare,
            {
                "schedule": self.schedule,
                "amount": self.amount,
                "predictions": self.predictions,
            },
        )
        try:
            packed = ray.cloudpickle.dumps(spec)
        except Exception as error:
            raise InputError(
                f"the training cannot be sent to workers ({error}): model, optimizer and sources "
                f"must be picklable"
            ) from error
        seeds = [int(generator.integers(1 << 62)) for generator in generators(self.model)]
        options = (self.workers, self.threads, seeds, self.timeout, self.on_message)
        team = Team(ray, packed, *options)
        try:
            Driver(
                self,
                progress,
                team,
                rounds=self.rounds,
                overlap=self.overlap,
                partial=self.partial,
                save_seconds=self.save_seconds,
                on_save=self.on_save,
                message=self.on_message,
            ).run()
        finally:
            team.close()
