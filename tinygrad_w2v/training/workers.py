"""Several workers that train one model: threads, or processes that share the parameters."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.runtime.shared_memory import shared_array
from tinygrad_w2v.training.lockstep import Lockstep
from tinygrad_w2v.training.loop import (
    TOTALS,
    EpochSource,
    Progress,
    TrainingLoop,
    generators,
    totals_of,
)
from tinygrad_w2v.training.processes import WorkerError, run_in_processes


def train_in_threads(loop: TrainingLoop, sources: Sequence[EpochSource]) -> None:
    """Train on each source in a thread, on a single one in this thread.

    The first error stops all workers and is raised.
    """
    errors: list[BaseException] = []
    is_stopped = functools.partial(getattr, loop, "stopped")
    options = (loop.progress, is_stopped, loop.notify, None, loop.announce_epochs)
    if len(sources) == 1:
        loop.run(0, sources[0], *options)
        return

    def train(worker: int, source: EpochSource) -> None:
        try:
            loop.run(worker, source, *options)
        except BaseException as error:
            errors.append(error)
            loop.stop()

    threads = [
        threading.Thread(target=train, args=numbered, daemon=True)
        for numbered in enumerate(sources)
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(timeout=0.1)  # signals are delivered between joins
    except BaseException:
        loop.stop()
        for thread in threads:
            thread.join()
        raise
    if errors:
        raise errors[0]


def train_in_processes(
    loop: TrainingLoop, sources: Sequence[EpochSource], *, in_lockstep: bool
) -> None:
    """Train on the first source in this process, on each other one in a process of its own.

    Meanwhile the totals and positions of all workers are copied to `loop`.
    """
    loop.model.share_memory()
    shared = _SharedProgress(loop.positions)
    lockstep = Lockstep(len(sources), len(loop.parameters)) if in_lockstep else None
    seeds = [int(generator.integers(1 << 62)) for generator in generators(loop.model)]
    workers = [
        _Worker(number, source, loop, shared, lockstep, seeds)
        for number, source in enumerate(sources)
    ]
    before = loop.progress.state_dict()
    notified = loop.progress.steps

    def count() -> None:
        totals = shared.totals()
        sums = {name: before[name] + total for name, total in totals.items()}
        sums["epoch"] = max(before["epoch"], totals["epoch"])
        loop.progress.set_totals(sums)
        loop.positions = shared.positions()

    def poll() -> None:
        nonlocal notified
        if loop.stopped:
            shared.stop()
        count()
        if workers[0].updating:  # on_step may raise, and the schedule belongs to the whole step
            return
        if lockstep is None:
            workers[0].follow_others()
        if loop.progress.steps > notified:
            notified = loop.progress.steps
            loop.notify()
        loop.announce_epochs()

    def stop(error: BaseException) -> None:
        shared.stop()
        # A worker that ends by an error leaves the lockstep; these workers do not.
        if isinstance(error, WorkerError) or not workers[0].started:
            shared.abandon()

    try:
        run_in_processes(workers, poll, stop)
    finally:
        count()
        workers[0].follow_others()
        for parameter in loop.parameters:
            parameter.bump_version()


class _SharedProgress:
    """What each worker process has done, a row for each, and flags that stop all."""

    def __init__(self, positions: Sequence[tuple[int, int]]) -> None:
        self._rows = shared_array((len(positions), len(TOTALS) + 2), "f8")
        self._rows[:, -2:] = positions
        self._flags = shared_array((2,), "?")
        self._owner = os.getpid()

    def stop(self) -> None:
        """Ask the workers to return before their next batch."""
        self._flags[0] = True

    def abandon(self) -> None:
        """Ask the workers not to wait for each other any longer."""
        self._flags[1] = True

    def is_stopped(self) -> bool:
        return bool(self._flags[0]) or self._is_orphaned()

    def is_abandoned(self) -> bool:
        return bool(self._flags[1]) or self._is_orphaned()

    def _is_orphaned(self) -> bool:
        """Whether the process that started the workers has ended."""
        return self._owner not in (os.getpid(), os.getppid())

    def write(self, worker: int, own: Progress, position: tuple[int, int]) -> None:
        self._rows[worker] = (*totals_of(own), *position)

    def done_by_others(self, worker: int) -> float:
        done = self._rows[:, TOTALS.index("done")]
        return float(done.sum() - done[worker])

    def totals(self) -> dict[str, float]:
        totals: dict[str, float] = dict(zip(TOTALS, self._rows.sum(axis=0).tolist(), strict=False))
        totals["epoch"] = int(self._rows[:, TOTALS.index("epoch")].max())
        totals["steps"] = int(totals["steps"])
        return totals

    def positions(self) -> list[tuple[int, int]]:
        return [(int(epoch), int(batch)) for epoch, batch in self._rows[:, -2:]]


@dataclasses.dataclass
class _Worker:
    """Trains on one source, in its own process or, as the first worker, in this one.

    Called with a function to call after each step, which polls the other processes.
    """

    number: int
    source: EpochSource
    loop: TrainingLoop
    shared: _SharedProgress
    lockstep: Lockstep | None
    seeds: Sequence[int]
    followed: float = 0.0
    started: bool = False
    updating: bool = False

    def follow_others(self) -> None:
        """Advance this worker's schedule by what the others have done since the last call."""
        done = self.shared.done_by_others(self.number)
        self.loop.advance_schedule(done - self.followed)
        self.followed = done

    def __call__(self, poll: Callable[[], None]) -> None:
        self.started = True
        loop, shared, lockstep, number = self.loop, self.shared, self.lockstep, self.number
        for generator, seed in zip(generators(loop.model), self.seeds, strict=True):
            kind: Any = type(generator.bit_generator)  # seeded differently for each worker
            generator.bit_generator.state = kind(np.random.SeedSequence([seed, number])).state
        own = Progress(None, loop.progress.epochs)

        def must_stop() -> bool:
            poll()
            return shared.is_abandoned()

        def report() -> None:
            shared.write(number, own, loop.positions[number])
            if lockstep is not None:
                lockstep.end_step(number, must_stop)
            self.follow_others()
            poll()

        def apply_in_order(gradients: Mapping[Tensor, Any]) -> bool:
            assert lockstep is not None
            apply = loop.optimizer.apply
            updates = [functools.partial(apply, {p: gradients.get(p)}) for p in loop.parameters]
            self.updating = True
            try:
                return lockstep.step(number, must_stop, updates)
            finally:
                self.updating = False

        apply = None if lockstep is None else apply_in_order
        try:
            loop.run(number, self.source, own, shared.is_stopped, report, apply)
        finally:
            shared.write(number, own, loop.positions[number])
            if lockstep is not None:
                lockstep.leave(number)
