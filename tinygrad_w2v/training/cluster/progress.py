"""The progress of a training on a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tinygrad_w2v.training.loop import TOTALS, Progress


class ClusterProgress(Progress):
    """The running totals of all workers.

    Attributes
    ----------
    merges : int
        Number of merges in this run.
    bytes_sent : float
        Bytes that the workers have sent to each other in this run.
    speeds : list of float
        Work per second of each worker, in the current or last round; 0 for a lost one.
    """

    def __init__(self, total: float | None, epochs: int) -> None:
        super().__init__(total, epochs)
        self.merges, self.bytes_sent = 0, 0.0
        self.speeds: list[float] = []
        self._merged = self.state_dict()

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Restore the totals of an earlier run."""
        super().load_state_dict(state)
        self._merged = self.state_dict()

    def restore(self, merged: Mapping[str, float]) -> None:
        """Return to the totals of an earlier merge."""
        self._merged = dict(merged)
        self.set_current([])

    def commit(self, totals: Mapping[str, float], epoch: int) -> None:
        """Add what a worker has done before a merge; all have reached an epoch."""
        sums = {name: self._merged[name] + totals[name] for name in TOTALS}
        sums["epoch"] = max(self._merged["epoch"], min(epoch, self.epochs - 1))
        self._merged = sums

    def set_current(self, totals: Iterable[Mapping[str, float]]) -> None:
        """Set the totals to those of the last merge and what was done since."""
        current = list(totals)
        sums = {name: self._merged[name] + sum(t[name] for t in current) for name in TOTALS}
        sums["epoch"], sums["steps"] = int(self._merged["epoch"]), int(sums["steps"])
        self.set_totals(sums)

    def details(self) -> dict[str, Any]:
        """Return the merges, the bytes sent and the speeds of the workers."""
        speeds = [round(speed, 1) for speed in self.speeds]
        return {"merges": self.merges, "bytes_sent": self.bytes_sent, "worker_speeds": speeds}
