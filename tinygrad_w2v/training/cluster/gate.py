"""Gate: where the slots of a worker wait between rounds, and what they share.

A slot is a process or thread that trains on one source at a time. All numbers are in memory that
forked processes share. The worker opens a round; a slot waits after the batch with which the
round's amount of work is done.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.runtime.shared_memory import shared_array
from tinygrad_w2v.training.loop import TOTALS, Progress, totals_of

_CHECK_SECONDS = 0.05  # between checks of a waiting slot whether its process has to end

_LOCK_TIMEOUT = 1.0  # seconds for a lock that is held for microseconds, unless its holder died

Position = tuple[int, int]
"""The epoch of a source, and the number of its batches that are done."""


class Gate:
    """What the slots of a worker share.

    Parameters
    ----------
    slots
        Number of slots.
    sources
        Number of sources of the whole training; a worker trains on those that it holds.
    epochs
        Passes through each source.
    in_processes
        Whether the slots are forked processes.

    Attributes
    ----------
    state
        A record: the number of the current `round`, from 1, the work at which it ends (`goal`),
        `done_by_all` workers before it, the work of all workers for each unit of work of a slot
        (`pace`), and whether the training has `ended`.
    """

    def __init__(self, slots: int, sources: int, epochs: int, in_processes: bool) -> None:
        self.epochs, self.in_processes = epochs, in_processes
        fields = ("round", "goal", "done_by_all", "pace", "ended")
        self.state: Any = shared_array((1,), [(name, "f8") for name in fields])[0]
        self._arrived = shared_array((slots,), "i8")
        self._totals = shared_array((slots, len(TOTALS)), "f8")
        self._positions = shared_array((sources, 2), "i8")
        self._held = shared_array((sources,), "?")
        self._in_use = shared_array((sources,), "?")
        context: Any = multiprocessing.get_context("fork") if in_processes else threading
        self._lock = context.Lock()
        # Semaphores, as no one holds them: a slot that is killed does not block the others.
        self._has_arrived = context.Semaphore(0)
        self._may_go_on = [context.Semaphore(0) for _ in range(slots)]
        self._owner = os.getpid()

    # --- the worker's side ------------------------------------------------------------------------

    def assign(self, held: Sequence[int], positions: Sequence[Position]) -> None:
        """Set the sources that the worker holds and their positions; between rounds only."""
        self._held[:] = False
        self._held[list(held)] = True
        self._positions[list(held)] = np.reshape(positions, (-1, 2))

    def positions(self, sources: Sequence[int]) -> list[Position]:
        """Return the positions of sources."""
        return [(int(epoch), int(batch)) for epoch, batch in self._positions[list(sources)]]

    def open(self, amount: float, pace: float, done_by_all: float) -> None:
        """Begin a round, in which the slots do an amount of work together."""
        state = self.state
        state["goal"], state["pace"], state["done_by_all"] = self.done + amount, pace, done_by_all
        state["round"] += 1  # what the slots wait for
        self._wake()

    def close(self) -> None:
        """End the round after the current batches."""
        self.state["goal"] = -np.inf

    def end(self) -> None:
        """Make the slots return after the current batches."""
        self.state["ended"] = True
        self._wake()

    def _wake(self) -> None:
        for semaphore in self._may_go_on:
            semaphore.release()

    def wait_until_closed(self, seconds: float) -> bool:
        """Wait until all slots wait for the next round; return False if not all do in time."""
        deadline = time.monotonic() + seconds
        while not (self._arrived == self.state["round"]).all():
            if not self._has_arrived.acquire(timeout=max(deadline - time.monotonic(), 0)):
                return False
        return True

    @property
    def done(self) -> float:
        """Work done since the start."""
        return float(self._totals[:, TOTALS.index("done")].sum())

    def totals(self) -> dict[str, float]:
        """Return the sums over the slots of what their :class:`Progress` counts."""
        return dict(zip(TOTALS, self._totals.sum(axis=0).tolist(), strict=True))

    # --- a slot's side ----------------------------------------------------------------------------

    def is_ended(self) -> bool:
        """Whether the slots shall return, or the process that started them has ended."""
        return bool(self.state["ended"]) or self._owner not in (os.getpid(), os.getppid())

    def wait(self, slot: int, without_work: bool = False) -> None:
        """Wait for the next round if the work of this one is done, or there is none for a slot."""
        current = self.state["round"]
        if not without_work and self.done < self.state["goal"]:
            return
        self._arrived[slot] = current
        self._has_arrived.release()
        while self.state["round"] == current and not self.is_ended():
            self._may_go_on[slot].acquire(timeout=_CHECK_SECONDS)

    def take(self) -> int | None:
        """Return the held source in the earliest epoch that no slot uses; None without one."""
        is_locked = self._lock.acquire(timeout=_LOCK_TIMEOUT)
        try:
            epochs = self._positions[:, 0]
            free = np.flatnonzero(self._held & ~self._in_use & (epochs < self.epochs))
            if not len(free):
                return None
            source = int(free[np.argmin(epochs[free])])
            self._in_use[source] = True
            return source
        finally:
            if is_locked:
                self._lock.release()

    def leave(self, source: int) -> None:
        """Make a source available to other slots."""
        self._in_use[source] = False

    def is_held(self, source: int) -> bool:
        """Whether the worker still holds a source."""
        return bool(self._held[source])

    def record(self, slot: int, own: Progress, source: int, position: Position) -> None:
        """Write the totals of a slot and the position of its source."""
        self._totals[slot] = totals_of(own)
        self._positions[source] = position
