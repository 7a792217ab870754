"""Lockstep: worker processes that compute in parallel and update in a fixed order.

The result then does not depend on timing: in each step all workers compute their gradients from the
same parameters and wait for each other. Then they update the parameters, each beginning with a
different one.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence

from tinygrad_w2v.runtime.shared_memory import Array, shared_array

_SPINS = 200
"""Checks of the other workers, 2 µs each, before the first sleep: they are seldom far behind."""

_SLEEP = 5e-5  # seconds, in which another process may use this core

_LOCK_TIMEOUT = 1.0  # seconds for a lock that is held for a microsecond, unless its holder died

_LEFT = 1 << 62  # larger than any count


class Lockstep:
    """Counts of the phases that each worker has completed, in shared memory.

    Each of the workers updates a number of parameters in a step. A function `must_stop` is called
    during waits; after it has returned True, updates may be missing.
    """

    def __init__(self, workers: int, parameters: int) -> None:
        self._computed = shared_array((workers,), "i8")
        self._updated = shared_array((workers,), "i8")
        self._slots = max(workers, parameters)
        # A worker holds its lock while it counts. A worker that has seen the count acquires the
        # lock once, too: it then sees all that was written before, on any memory model.
        fork = multiprocessing.get_context("fork")
        self._locks = [fork.Lock() for _ in range(workers)]

    def step(
        self, worker: int, must_stop: Callable[[], bool], updates: Sequence[Callable[[], None]]
    ) -> bool:
        """Call a worker's updates, one for each parameter, after all workers have called this.

        No two workers update a parameter at the same time. In time slot t, worker w updates
        parameter ``t - w``, modulo the number of slots. Returns False if `must_stop` did True.
        """
        if not self._wait(self._computed, self._count(self._computed, worker), must_stop):
            return False
        for slot in range(self._slots):
            index = (slot - worker) % self._slots
            if index < len(updates):
                updates[index]()
            if slot + 1 < self._slots and not self.end_step(worker, must_stop):
                return False
        return True

    def end_step(self, worker: int, must_stop: Callable[[], bool]) -> bool:
        """Wait until all workers have made their updates; return False if `must_stop` did True."""
        return self._wait(self._updated, self._count(self._updated, worker), must_stop)

    def leave(self, worker: int) -> None:
        """Make the others no longer wait for a worker, which has no more batches."""
        for counts in (self._computed, self._updated):
            self._set(counts, worker, _LEFT)

    def _count(self, counts: Array, worker: int) -> int:
        count = int(counts[worker]) + 1
        self._set(counts, worker, count)
        return count

    def _set(self, counts: Array, worker: int, count: int) -> None:
        lock = self._locks[worker]
        is_held = lock.acquire(timeout=_LOCK_TIMEOUT)
        counts[worker] = count
        if is_held:
            lock.release()

    def _wait(self, counts: Array, least: int, must_stop: Callable[[], bool]) -> bool:
        checks = 0
        while counts.min() < least:
            checks += 1
            if checks > _SPINS:
                if must_stop():
                    return False
                time.sleep(_SLEEP)
        for lock in self._locks:
            if lock.acquire(timeout=_LOCK_TIMEOUT):
                lock.release()
        return True
