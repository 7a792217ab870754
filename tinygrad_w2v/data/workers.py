"""Worker threads that prepare batches ahead of their use, in order."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

END = object()
"""What a worker returns when its part of an iterable data set is exhausted."""

_LOCAL = threading.local()


@dataclass(frozen=True)
class WorkerInfo:
    """What :func:`get_worker_info` returns in a worker.

    Parameters
    ----------
    id, num_workers
        The number of the worker, from 0, and of all workers.
    seed
        Differs between workers and iterations. It seeds nothing: workers are threads, which share
        the default generator.
    dataset
        The data set, which all workers share.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


def get_worker_info() -> WorkerInfo | None:
    """Return the number of this worker and of all; None outside of a DataLoader's workers."""
    return getattr(_LOCAL, "info", None)


class Worker:
    """A thread that fetches one batch after another.

    Parameters
    ----------
    info
        Set as the thread's :func:`get_worker_info`.
    start
        Called in the thread; returns the function that computes a batch from its indices.
    """

    def __init__(self, info: WorkerInfo, start: Callable[[], Callable[[Any], Any]]) -> None:
        self._info, self._start = info, start
        self._fetch: Callable[[Any], Any] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"DataLoader worker {info.id}")

    def submit(self, indices: Any) -> Future[Any]:
        """Begin a batch."""
        return self._thread.submit(self._run, indices)

    def _run(self, indices: Any) -> Any:
        if self._fetch is None:
            _LOCAL.info = self._info
            self._fetch = self._start()
        return self._fetch(indices)

    def stop(self) -> None:
        """Cancel the batches that have not begun."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def in_order(
    workers: list[Worker], batches: Iterator[Any], ahead: int, timeout: float
) -> Iterator[Any]:
    """Yield what the workers, in turns, compute for each batch of indices.

    Parameters
    ----------
    workers
        Stopped at the end.
    batches
        What to submit to the workers.
    ahead
        Number of batches that are submitted before they are used, at most.
    timeout
        Seconds to wait for a batch; 0 for no limit.
    """
    active, turn = list(workers), itertools.count()
    pending: deque[tuple[Worker, Future[Any]]] = deque()

    def submit() -> None:
        if active:
            for indices in itertools.islice(batches, 1):
                worker = active[next(turn) % len(active)]
                pending.append((worker, worker.submit(indices)))

    try:
        for _ in range(ahead):
            submit()
        while pending:
            worker, future = pending.popleft()
            try:
                batch = future.result(timeout or None)
            except FutureTimeoutError:
                if future.done():
                    raise
                raise RuntimeError(
                    f"DataLoader: a batch was not ready within the timeout of {timeout:g} s"
                ) from None
            if batch is END and worker in active:
                active.remove(worker)
            submit()
            if batch is not END:
                yield batch
    finally:
        for worker in workers:
            worker.stop()
