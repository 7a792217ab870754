"""Ledger: what each worker process has done, in memory that all of them see."""

from __future__ import annotations

import os

from tinygrad_w2v.runtime.shared_memory import shared_array
from tinygrad_w2v.training.progress import Progress

_EPOCH, _STEPS, _DONE, _LOSS_SUM, _LOSS_COUNT, _AT_EPOCH, _AT_BATCH, _SIZE = range(8)


class Ledger:
    """A page for each worker, which only that worker writes to, and a word that stops all.

    Parameters
    ----------
    positions
        Where each worker begins: epoch and batch.
    """

    def __init__(self, positions: list[tuple[int, int]]) -> None:
        self._pages = shared_array((len(positions), _SIZE), "f8")
        self._pages[:, _AT_EPOCH:] = positions
        self._stop = shared_array((1,), "?")
        self._owner = os.getpid()

    def set(self) -> None:
        """Ask all workers to stop."""
        self._stop[0] = True

    def is_set(self) -> bool:
        """Whether a worker is to stop; also when the process that started it is no more."""
        return bool(self._stop[0]) or self._owner not in (os.getpid(), os.getppid())

    def write(self, worker: int, own: Progress, position: tuple[int, int]) -> None:
        """Write a worker's own totals, since it began, and where it is."""
        self._pages[worker] = (
            own.epoch,
            own.steps,
            own.done,
            own.loss_sum,
            own.loss_count,
            *position,
        )

    def done_by_others(self, worker: int) -> float:
        """Return the work that all workers but one have done."""
        done = self._pages[:, _DONE]
        return float(done.sum() - done[worker])

    def totals(self) -> dict[str, float]:
        """Return the totals of all workers, under the names of a progress's state."""
        sums = self._pages.sum(axis=0)
        return {
            "epoch": int(self._pages[:, _EPOCH].max()),
            "steps": int(sums[_STEPS]),
            "done": float(sums[_DONE]),
            "loss_sum": float(sums[_LOSS_SUM]),
            "loss_count": float(sums[_LOSS_COUNT]),
        }

    def positions(self) -> list[tuple[int, int]]:
        """Return where each worker is."""
        return [(int(epoch), int(batch)) for epoch, batch in self._pages[:, _AT_EPOCH:]]
