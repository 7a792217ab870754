"""Rounds: worker processes that compute side by side and step in an order that is always the same.

Then nothing depends on who came first: in a round all workers compute their gradients from the same
parameters and wait for each other. Then they step, each with another parameter, and go round.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence

from tinygrad_w2v.runtime.shared_memory import Array, shared_array

_LOOKS = 200
"""Looks at the other workers, of 2 µs, before the first nap: they are seldom far behind."""

_NAP = 5e-5  # seconds, in which another process may have this core

_PATIENCE = 1.0  # seconds for a lock that is held for a microsecond, unless its holder was killed

_AWAY = 1 << 62  # more than will ever be counted


class Rounds:
    """How far each worker is, in memory that all of them see.

    Parameters
    ----------
    workers
        How many there are.
    parameters
        How many each of them changes in a step.
    """

    def __init__(self, workers: int, parameters: int) -> None:
        self._computed = shared_array((workers,), "i8")
        self._changed = shared_array((workers,), "i8")
        self._turns = max(workers, parameters)
        # Held by a worker while it counts. Who has seen the count takes it once, too: then all
        # that was written before the count is seen, whatever the processor puts off.
        fork = multiprocessing.get_context("fork")
        self._locks = [fork.Lock() for _ in range(workers)]

    def step(
        self, worker: int, give_up: Callable[[], bool], changes: Sequence[Callable[[], None]]
    ) -> bool:
        """Make a worker's changes, one for each parameter, when all have computed theirs.

        No parameter is changed by two workers at a time: the workers' changes of the p-th are
        made in the order of their numbers, but beginning with the p-th last.

        Returns
        -------
        bool
            False if `give_up` said so while others were waited for; not all is changed then.
        """
        if not self._wait(self._computed, self._count(self._computed, worker), give_up):
            return False
        for turn in range(self._turns):
            place = (turn - worker) % self._turns
            if place < len(changes):
                changes[place]()
            if turn + 1 < self._turns and not self._end_turn(worker, give_up):
                return False
        return True

    def end(self, worker: int, give_up: Callable[[], bool]) -> None:
        """Wait until all have stepped."""
        self._end_turn(worker, give_up)

    def leave(self, worker: int) -> None:
        """Say that a worker has no more batches, so that the others need not wait for it."""
        for counts in (self._computed, self._changed):
            self._set(counts, worker, _AWAY)

    def _end_turn(self, worker: int, give_up: Callable[[], bool]) -> bool:
        return self._wait(self._changed, self._count(self._changed, worker), give_up)

    def _count(self, counts: Array, worker: int) -> int:
        count = int(counts[worker]) + 1
        self._set(counts, worker, count)
        return count

    def _set(self, counts: Array, worker: int, count: int) -> None:
        lock = self._locks[worker]
        is_held = lock.acquire(timeout=_PATIENCE)
        counts[worker] = count
        if is_held:
            lock.release()

    def _wait(self, counts: Array, least: int, give_up: Callable[[], bool]) -> bool:
        looks = 0
        while counts.min() < least:
            looks += 1
            if looks > _LOOKS:
                if give_up():
                    return False
                time.sleep(_NAP)
        for lock in self._locks:
            if lock.acquire(timeout=_PATIENCE):
                lock.release()
        return True
