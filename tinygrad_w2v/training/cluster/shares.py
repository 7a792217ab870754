"""Shares: which worker trains on which sources, and how much of a round each does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinygrad_w2v.training.cluster.gate import Position

_TOLERANCE = 1.1
"""Sources change hands if a worker needs this many times as long as the mean for what is left."""

_GAIN = 1 - 1e-9  # of the time of the last: a rounding error is no gain


def assigned(
    holders: Sequence[int],
    positions: Sequence[Position],
    epochs: int,
    speeds: Mapping[int, float],
    absent: Mapping[int, float] | None = None,
) -> list[int]:
    """Return the holder of each source, so that all workers finish at about the same time.

    Few sources change hands, and among them first those whose epoch has not begun, as resuming in
    the middle of an epoch may be slow.

    Parameters
    ----------
    holders
        The workers that hold each source so far; -1 for none.
    positions
        Epoch and batch of each source.
    epochs
        Passes through each source.
    speeds
        Work per second of each worker that can be assigned sources.
    absent
        Workers that keep what they hold for now, with their speeds.

    Examples
    --------
    >>> assigned([-1] * 6, [(0, 0)] * 6, epochs=2, speeds={0: 1.0, 1: 2.0})
    [1, 0, 1, 1, 0, 1]
    """
    known = {**speeds, **(absent or {})}
    left = [max(epochs - epoch - (0.5 if index else 0), 0) for epoch, index in positions]
    result = [holder if holder in known else -1 for holder in holders]
    times = dict.fromkeys(known, 0.0)
    for source, holder in enumerate(result):
        if holder >= 0:
            times[holder] += left[source] / known[holder]

    def give(source: int, worker: int) -> None:
        if result[source] >= 0:
            times[result[source]] -= left[source] / known[result[source]]
        result[source] = worker
        times[worker] += left[source] / known[worker]

    def first_to_finish(source: int) -> int:
        return min(
            speeds, key=lambda worker: (times[worker] + left[source] / speeds[worker], worker)
        )

    for source in range(len(result)):
        if result[source] < 0:
            give(source, first_to_finish(source))
    while len(speeds) > 1:
        last = max(speeds, key=lambda worker: times[worker])
        if times[last] <= _TOLERANCE * sum(times[worker] for worker in speeds) / len(speeds):
            break
        movable = [n for n, holder in enumerate(result) if holder == last and left[n]]
        source = max(movable, key=lambda n: (positions[n][1] == 0, left[n], n))
        worker = first_to_finish(source)
        if times[worker] + left[source] / speeds[worker] >= _GAIN * times[last]:
            break
        give(source, worker)
    return result


def parts_of_round(speeds: Mapping[int, float]) -> dict[int, float]:
    """Return the part of a round's work of each worker, in proportion to its speed."""
    every = sum(speeds.values())
    return {worker: speed / every for worker, speed in speeds.items()}
