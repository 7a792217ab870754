"""Worker: trains its own copy of a model in rounds, with several slots; knows nothing of Ray."""

from __future__ import annotations

import dataclasses
import functools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer
from tinygrad_w2v.training.cluster.gate import Gate, Position
from tinygrad_w2v.training.loop import EpochSource, Progress, TrainingLoop, generators
from tinygrad_w2v.training.processes import run_in_processes, why_no_fork

_POLL_SECONDS = 0.05


@dataclasses.dataclass
class Plan:
    """What a worker does in a round.

    Attributes
    ----------
    amount
        Work, in the units of the schedule; infinite to train all that is left.
    held, positions
        The sources on which the worker trains, and their positions.
    done_by_all
        Work of all workers before the round, for the schedule.
    pace
        Work of all workers in the round for each unit of this worker's, for the schedule.
    number
        Of the round, for :meth:`Worker.pause`.
    unmerged
        If the last merge is under way, the work that may be done before it is applied by
        :meth:`Worker.between_batches`.
    """

    amount: float
    held: Sequence[int]
    positions: Sequence[Position]
    done_by_all: float = 0.0
    pace: float = 1.0
    number: int = 0
    unmerged: float | None = None


@dataclasses.dataclass
class Report:
    """What a worker has done in a round: positions of its sources, totals, and the time."""

    positions: list[Position]
    totals: dict[str, float]
    seconds: float


class Worker(TrainingLoop):
    """Trains a model on the sources it holds, round by round.

    Between rounds its slots wait, and the parameters may be read and changed.

    Parameters
    ----------
    model, optimizer
        See :class:`Trainer`.
    sources
        All sources of the training; see :meth:`ClusterTrainer.fit`.
    epochs
        Passes through each source.
    slots
        Number of processes or threads, each of which trains on a source at a time.
    seeds
        Integers from which the random generators of each slot are seeded; without, those of the
        model continue.
    in_processes
        Whether the slots are forked processes; None selects them where the optimizer keeps no
        state, which they would not share. A single thread is deterministic.
    options
        Keyword arguments of :class:`Trainer`.

    Examples
    --------
    >>> import numpy as np, tinygrad_w2v as tg
    >>> from tinygrad_w2v.training.loop import RepeatedBatches
    >>> model = tg.models.CBOW(4, dim=3, loss="softmax", rng=0)
    >>> batch = (np.array([[0, 2], [1, 3]]), np.array([1, 2]))
    >>> sources = [RepeatedBatches([batch] * 10)]
    >>> worker = Worker(model, tg.optim.SGD(model, lr=0.1), sources, epochs=2, in_processes=False)
    >>> worker.train(Plan(amount=4, held=[0], positions=[(0, 0)])).positions
    [(0, 4)]
    >>> worker.train(Plan(amount=100, held=[0], positions=[(0, 4)])).totals["steps"]
    16.0
    >>> worker.close()
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        sources: Sequence[EpochSource],
        epochs: int,
        *,
        slots: int = 1,
        seeds: Sequence[int] = (),
        in_processes: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(model, optimizer, **options)
        if in_processes is None:
            in_processes = not optimizer.keeps_state() and why_no_fork() is None
        self.sources, self.seeds = sources, seeds
        self.positions = [(0, 0)] * slots
        self.gate = Gate(slots, len(sources), epochs, in_processes)
        self._scheduled_round = self._done_in_round = 0.0
        self._before = self.gate.totals()
        self._running: list[threading.Thread] = []
        self._error: BaseException | None = None
        self._number = self._paused = -1
        self._is_called = threading.Event()  # :meth:`between_batches`
        self._is_waiting, self._has_returned = threading.Event(), threading.Event()

    def train(self, plan: Plan) -> Report:
        """Train until the work of a round is done, none is left, or :meth:`pause` is called.

        Raises
        ------
        Exception
            What a slot raises; the worker cannot be used any longer.
        """
        if not self._running:
            self._start()
        gate, began = self.gate, time.perf_counter()
        self._before = gate.totals()
        gate.assign(plan.held, plan.positions)
        self._number = plan.number
        if plan.unmerged is not None:
            self._train_until(plan, min(plan.amount, plan.unmerged), self._is_called.is_set)
            self._is_waiting.set()
            while not self._has_returned.wait(_POLL_SECONDS):
                self._raise_error()
            for event in (self._is_called, self._is_waiting, self._has_returned):
                event.clear()
        self._train_until(plan, plan.amount)
        for parameter in self.parameters:
            parameter.bump_version()
        return Report(gate.positions(plan.held), self.totals(), time.perf_counter() - began)

    def between_batches(self, function: Callable[[], None]) -> None:
        """Call a function while the slots wait, in a round that is planned as unmerged.

        It is called in this thread, which is not that of :meth:`train`.
        """
        self._is_called.set()
        self.gate.close()
        while not self._is_waiting.wait(_POLL_SECONDS):
            self._raise_error()
        function()
        self._has_returned.set()

    def _train_until(
        self, plan: Plan, amount: float, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """Train until an amount of the work of a round is done, or it is paused or over."""
        gate, done = self.gate, self.totals()["done"]

        def must_end() -> bool:
            return self._paused == plan.number or is_over()

        if done >= amount or must_end():
            return
        # Slots in processes have a schedule each, threads share one.
        pace = plan.pace * (len(self.positions) if gate.in_processes else 1)
        gate.open(amount - done, pace, plan.done_by_all + done * plan.pace)
        if must_end():  # it was closed before it was opened
            gate.close()
        while not gate.wait_until_closed(_POLL_SECONDS):
            self._raise_error()

    def _raise_error(self) -> None:
        if self._error is not None:
            self.close()
            raise self._error

    def totals(self) -> dict[str, float]:
        """Return what was done since the current or last round began."""
        return {name: value - self._before[name] for name, value in self.gate.totals().items()}

    def pause(self, number: int = 0) -> None:
        """End a round after the current batches; may be called from any thread."""
        self._paused = number
        if self._number == number:
            self.gate.close()

    def close(self) -> None:
        """End the slots; the worker cannot be used any longer."""
        self.gate.end()
        for thread in self._running:
            thread.join()

    def advance_schedule(self, amount: float) -> None:
        """Advance the schedule by what all workers do while this one does an amount of work.

        In a round all are assumed to proceed at the planned pace; the next round begins with what
        was done indeed. The schedule does not go back.
        """
        if self.schedule is None:
            return
        state = self.gate.state
        if self._scheduled_round != state["round"]:
            self._scheduled_round, self._done_in_round = float(state["round"]), 0.0
        self._done_in_round += amount
        done = float(state["done_by_all"] + self._done_in_round * state["pace"])
        super().advance_schedule(max(done - self.schedule.last_epoch, 0.0))

    def _start(self) -> None:
        self.model.train()
        slots = [functools.partial(self._run_slot, number) for number in range(len(self.positions))]
        tasks: list[Callable[[], None]] = [functools.partial(slot, lambda: None) for slot in slots]
        if self.gate.in_processes:
            self.model.share_memory()
            tasks = [functools.partial(self._run_processes, slots)]
        self._running = [
            threading.Thread(target=self._guarded, args=(task,), daemon=True) for task in tasks
        ]
        for thread in self._running:
            thread.start()

    def _guarded(self, task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:
            self._error = self._error or error
            self.gate.end()

    def _run_processes(self, slots: Sequence[Callable[[Callable[[], None]], None]]) -> None:
        def watch(poll: Callable[[], None]) -> None:
            while not self.gate.is_ended():
                poll()
                time.sleep(_POLL_SECONDS)

        run_in_processes([watch, *slots], lambda: None, lambda error: self.gate.end())

    # --- what a slot does -------------------------------------------------------------------------

    def _run_slot(self, slot: int, poll: Callable[[], None]) -> None:
        """Train on one source after another until the gate ends."""
        gate = self.gate
        if self.seeds and (gate.in_processes or slot == 0):
            for generator in generators(self.model):
                kind: Any = type(generator.bit_generator)
                seed = np.random.SeedSequence([*self.seeds, slot])
                generator.bit_generator.state = kind(seed).state
        own = Progress(None, gate.epochs)
        gate.wait(slot)
        while not gate.is_ended():
            source = gate.take()
            if source is None:
                gate.wait(slot, without_work=True)
                continue
            try:
                self._train_source(slot, source, own)
            finally:
                gate.leave(source)

    def _train_source(self, slot: int, source: int, own: Progress) -> None:
        """Train on the rest of the current epoch of a source, while the worker holds it."""
        gate = self.gate
        self.positions[slot] = position = gate.positions([source])[0]
        own.epochs = position[0] + 1

        def is_stopped() -> bool:
            return gate.is_ended() or not gate.is_held(source)

        def record() -> None:
            gate.record(slot, own, source, self.positions[slot])

        def report() -> None:
            record()
            gate.wait(slot)

        self.run(slot, self.sources[source], own, is_stopped, report, None, record)
