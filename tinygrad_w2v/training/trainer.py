"""Trainer: the loop over batches, for any module, any optimizer and any batches."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from tinygrad_w2v.engine import Tensor, leaf_gradients
from tinygrad_w2v.engine.observe import OBSERVERS
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer, Schedule
from tinygrad_w2v.training.ledger import Ledger
from tinygrad_w2v.training.processes import run_in_processes, why_no_fork
from tinygrad_w2v.training.progress import Progress
from tinygrad_w2v.training.rounds import Rounds
from tinygrad_w2v.training.threads import run_in_threads

Turns: TypeAlias = Callable[[Sequence[Callable[[], None]]], bool]
"""Calls what changes each parameter when it is this worker's turn; False if it never is."""


class Flag(Protocol):
    """Something that says whether to stop."""

    def is_set(self) -> bool:
        """Whether to stop."""


@runtime_checkable
class EpochSource(Protocol):
    """Batches that differ from epoch to epoch and can be taken up in the middle of one."""

    def epoch(self, number: int, start: int = 0) -> Iterable[Any]:
        """Return the batches of an epoch from the `start`-th on, the same ones each time."""


class TrainingError(InputError):
    """The training cannot go on with the settings it was given."""


class Trainer:
    """Runs forward, backward and optimizer step for each batch.

    A batch is passed to the model as its argument, a tuple as its arguments; the model returns
    a mean loss.

    Parameters
    ----------
    model
        The module; in training mode while it trains.
    optimizer
        Changes the model's parameters.
    schedule
        Moved on by each batch's amount of work, before its step.
    amount
        The amount of work in a batch, in the units of `schedule` and of the progress; 1 a batch
        by default.
    predictions
        The number of losses in a batch's mean. If given, each step descends on their *sum*, as
        word2vec does: a word's row then moves by all its uses, however large the batch.
    on_step
        Called with the :class:`Progress` after each batch, from the thread that did it.

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
        self._parameters = list(model.parameters())
        self._stop = threading.Event()

    def fit(
        self,
        batches: Iterable[Any] | EpochSource | Sequence[EpochSource],
        epochs: int = 1,
        *,
        total: float | None = None,
        processes: bool = False,
        reproducible: bool = False,
    ) -> Progress:
        """Train for some epochs.

        Parameters
        ----------
        batches
            An iterable of batches, gone through once an epoch; an :class:`EpochSource`; or a
            list of sources, each trained on by a worker of its own, all of them on the same
            parameters without locks (Niu et al., "Hogwild!", arXiv 1106.5730).
        epochs
            Passes through the batches. After a resumption or a second call, those left.
        total
            Work of the whole training, for the progress.
        processes
            Whether workers are processes, which do not wait for each other, or threads. Processes
            share the parameters and buffers only, each has random numbers of its own, and
            `on_step` is called here, every 50 ms; the first worker is this process itself. See
            :meth:`why_not_processes`.
        reproducible
            Whether processes go in rounds: all compute their gradients from the same parameters,
            then step in an order that is always the same. So what they learn is the same each
            time, to the bit, if what the seeds and sources give is; it takes longer by some
            sixth. A training that was stopped and taken up learns something else.

        Returns
        -------
        Progress
            See :attr:`finished` for whether :meth:`stop` cut it short.

        Raises
        ------
        TrainingError
            If the loss is not a finite number; names the batch.
        InputError
            If processes are asked for and cannot be had; says why.
        """
        if epochs < 1:
            raise InputError(f"epochs is {epochs}: it must be at least 1")
        if processes and (reason := self.why_not_processes()):
            remedy = "use one worker" if reproducible else "use processes=False"
            raise InputError(f"workers cannot be processes: {reason}; {remedy}")
        sources = _as_sources(batches)
        if reproducible and not processes and len(sources) > 1:
            raise InputError(
                "several threads change the parameters in any order, so reproducible=True needs "
                "processes=True, or a single source of batches"
            )
        if not self.positions:
            self.positions = [(0, 0)] * len(sources)
        if len(self.positions) != len(sources):
            raise InputError(
                f"the training was begun with {len(self.positions)} threads and cannot go on with "
                f"{len(sources)}: use as many as before"
            )
        before = self.progress
        self.progress = Progress(total, epochs)
        self.progress.load_state_dict(before.state_dict())
        self._stop.clear()
        self.model.train()
        if processes and len(sources) > 1:
            count = len(sources), len(self._parameters)
            self._work_in_processes(sources, Rounds(*count) if reproducible else None)
        else:
            own = self.progress, self._stop, self._tell
            workers = [functools.partial(self._work, k, s, *own) for k, s in enumerate(sources)]
            run_in_threads(workers, self.stop)
        return self.progress

    def why_not_processes(self) -> str | None:
        """Return why the workers of :meth:`fit` cannot be processes; None if they can."""
        if self.optimizer.keeps_state():
            return f"{type(self.optimizer).__name__} keeps state between steps, which is not shared"
        if OBSERVERS:
            return "what anomaly detection or a profile sees in them would be lost"
        return why_no_fork()

    def stop(self) -> None:
        """End :meth:`fit` after the batches under way; may be called from anywhere."""
        self._stop.set()

    @property
    def finished(self) -> bool:
        """Whether the last :meth:`fit` ran to its end."""
        return all(epoch >= self.progress.epochs for epoch, _ in self.positions)

    def _work_in_processes(self, sources: Sequence[EpochSource], rounds: Rounds | None) -> None:
        """Let each source but the first have a process; keep the totals here up to date."""
        self.model.share_memory()
        ledger = Ledger(self.positions)
        seeds = _draw_seeds(self.model)
        before = self.progress.state_dict()
        follow = [self._follower(ledger, k) for k in range(len(sources))]

        def watch() -> None:
            if self._stop.is_set():
                ledger.set()
            totals = ledger.totals()
            sums = {name: before[name] + total for name, total in totals.items()}
            sums["epoch"] = max(before["epoch"], totals["epoch"])
            steps = self.progress.steps
            self.progress.set_totals(sums)
            self.positions = ledger.positions()
            if rounds is None:  # with rounds, only between them
                follow[0]()
            if self.progress.steps > steps:
                self._tell()

        workers = [
            functools.partial(self._work_apart, k, source, ledger, rounds, seeds, follow[k])
            for k, source in enumerate(sources)
        ]
        try:
            run_in_processes(workers, watch, ledger.set)
            follow[0]()  # what the others did since
        finally:
            for parameter in self._parameters:
                parameter.bump_version()

    def _follower(self, ledger: Ledger, worker: int) -> Callable[[], None]:
        """Return a function that moves a worker's schedule on by what the others did since."""
        counted = 0.0

        def follow() -> None:
            nonlocal counted
            others = ledger.done_by_others(worker)
            self._move_schedule(others - counted)
            counted = others

        return follow

    def _work_apart(
        self,
        worker: int,
        source: EpochSource,
        ledger: Ledger,
        rounds: Rounds | None,
        seeds: Sequence[int],
        follow: Callable[[], None],
        look: Callable[[], None],
    ) -> None:
        """Go through one source beside other processes, or in one."""
        _sow(self.model, seeds, worker)
        own = Progress(None, self.progress.epochs)

        def give_up() -> bool:
            look()
            return ledger.is_set()

        def report() -> None:
            ledger.write(worker, own, self.positions[worker])
            if rounds is not None:
                rounds.end(worker, give_up)
            follow()
            look()

        if rounds is None:
            self._work(worker, source, own, ledger, report)
        else:
            try:
                turns = functools.partial(rounds.step, worker, give_up)
                self._work(worker, source, own, ledger, report, turns)
            finally:
                rounds.leave(worker)
        ledger.write(worker, own, self.positions[worker])

    def _work(
        self,
        worker: int,
        source: EpochSource,
        progress: Progress,
        stopped: Flag,
        report: Callable[[], None],
        turns: Turns | None = None,
    ) -> None:
        """Go through one source; keep the worker's position, so that it can be taken up again."""
        epoch, index = self.positions[worker]
        while epoch < progress.epochs:
            # A diverging training is told by its loss, once, and not by warnings before.
            with np.errstate(over="ignore", invalid="ignore"):
                for batch in source.epoch(epoch, index):
                    if stopped.is_set():
                        return
                    if not self._step(progress, epoch, batch, turns):
                        return
                    index += 1
                    self.positions[worker] = (epoch, index)
                    report()
            epoch, index = epoch + 1, 0
            self.positions[worker] = (epoch, index)

    def _tell(self) -> None:
        if self.on_step is not None:
            self.on_step(self.progress)

    def _step(self, progress: Progress, epoch: int, batch: Any, turns: Turns | None) -> bool:
        """Train on a batch; return whether it was done, which only a worker's `turns` may deny."""
        arguments = batch if isinstance(batch, tuple) else (batch,)
        amount = self.amount(batch)
        self._move_schedule(amount)
        loss = self.model(*arguments)
        value = loss.item()
        if not math.isfinite(value):
            rates = ", ".join(f"{group['lr']:g}" for group in self.optimizer.param_groups)
            raise TrainingError(
                f"the loss of batch {progress.steps} (epoch {epoch}) is {value} at a learning "
                f"rate of {rates}: lower the rate"
            )
        count = 1.0 if self.predictions is None else self.predictions(*arguments)
        # Not through parameter.grad, which threads would mix up.
        gradients = leaf_gradients(loss, count)
        if turns is None:
            self.optimizer.apply(gradients)
        elif not turns(self._changes(gradients)):
            return False
        progress.add(epoch, value, count, amount)
        return True

    def _changes(self, gradients: Mapping[Tensor, Any]) -> list[Callable[[], None]]:
        """Return for each parameter what changes it alone by its gradient, if it has one."""
        apply = self.optimizer.apply
        return [functools.partial(apply, {p: gradients.get(p)}) for p in self._parameters]

    def _move_schedule(self, amount: float) -> None:
        if self.schedule is not None:
            self.schedule.step(amount)
            self.progress.rate = self.optimizer.param_groups[0]["lr"]


class _Repeated:
    """An iterable of batches as an epoch source."""

    def __init__(self, batches: Iterable[Any]) -> None:
        self.batches = batches

    def epoch(self, number: int, start: int = 0) -> Iterator[Any]:
        for index, batch in enumerate(self.batches):
            if index >= start:
                yield batch


def _as_sources(batches: Any) -> list[EpochSource]:
    if isinstance(batches, EpochSource):
        return [batches]
    if isinstance(batches, list | tuple) and batches and isinstance(batches[0], EpochSource):
        return list(batches)
    return [_Repeated(batches)]


def _generators(model: Module) -> list[np.random.Generator]:
    """Return the generators of random numbers that modules have as attributes, each once."""
    found = {
        id(value): value
        for module in model.modules()
        for value in vars(module).values()
        if isinstance(value, np.random.Generator)
    }
    return list(found.values())


def _draw_seeds(model: Module) -> list[int]:
    """Draw a number from each of the model's generators, from which the workers' are made."""
    return [int(generator.integers(1 << 62)) for generator in _generators(model)]


def _sow(model: Module, seeds: Sequence[int], worker: int) -> None:
    """Give the model random numbers that no other worker has."""
    for generator, seed in zip(_generators(model), seeds, strict=True):
        kind: Any = type(generator.bit_generator)
        generator.bit_generator.state = kind(np.random.SeedSequence([seed, worker])).state
