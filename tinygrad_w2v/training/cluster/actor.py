"""Actor: what runs on a machine of the cluster, around a worker and its part in merges."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import pickle
import platform
import socket
import sys
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import Backend, set_backend
from tinygrad_w2v.nn import Module
from tinygrad_w2v.optim import Optimizer
from tinygrad_w2v.runtime.allocator import retain_freed_memory
from tinygrad_w2v.runtime.blas import set_blas_threads
from tinygrad_w2v.training.cluster.exchange import Exchange, Merge, Part
from tinygrad_w2v.training.cluster.merging import Array
from tinygrad_w2v.training.cluster.packing import Kind
from tinygrad_w2v.training.cluster.worker import Plan, Report, Worker
from tinygrad_w2v.training.loop import EpochSource, TrainingError
from tinygrad_w2v.training.processes import WorkerError


class ReplacedError(Exception):
    """The actor was restarted since the caller last set it up, or has missed a merge.

    The argument is the key of the call.
    """


@dataclasses.dataclass
class Spec:
    """What every worker is built from."""

    model: Module
    optimizer: Optimizer
    sources: Sequence[EpochSource]
    epochs: int
    threads: int
    rule: str
    kind: Kind
    backend: Backend
    prepare: Callable[[], None] | None
    options: Mapping[str, Any]


@functools.cache
def version() -> str:
    """Return the version of this package with the CRC-32 of its source, and that of Python."""
    package: Any = sys.modules[__package__.partition(".")[0]]
    root, crc = Path(package.__file__).parent, 0
    for path in sorted(root.rglob("*.py")):
        crc = zlib.crc32(path.read_bytes(), crc)
    python = ".".join(platform.python_version_tuple()[:2])
    return f"{package.__name__} {package.__version__} ({crc:08x}), Python {python}"


class Actor:
    """A worker that is called from another process.

    All calls but the first two name the key of the last :meth:`setup`: one that was meant for an
    earlier process of the actor raises :class:`ReplacedError`.
    """

    def __init__(self) -> None:
        self._key: object = None
        self._worker: Worker | None = None
        self._exchange: Exchange | None = None

    def setup(self, key: int, expected: str, packed: bytes, seeds: Sequence[int]) -> str:
        """Build the worker; return the name of the machine.

        Raises
        ------
        InputError
            If this machine has another version than `expected`, or cannot build the worker.
        """
        with located():
            if version() != expected:
                raise InputError(
                    f"it has {version()}, and the training was started with {expected}: install "
                    f"the same on all machines"
                )
            set_blas_threads(1)
            retain_freed_memory()
            spec: Spec = pickle.loads(packed)
            set_backend(spec.backend)
            if spec.prepare is not None:
                spec.prepare()
            if self._worker is not None:
                self._worker.close()
            self._worker = Worker(
                spec.model,
                spec.optimizer,
                spec.sources,
                spec.epochs,
                slots=spec.threads,
                seeds=seeds,
                **spec.options,
            )
            self._exchange = Exchange(spec.model, spec.rule, spec.kind, spec.threads)
        self._key = key
        return _machine()

    def status(self) -> tuple[object, dict[str, float]]:
        """Return the key of the last setup, and what was done since the round began."""
        return self._key, {} if self._worker is None else self._worker.totals()

    def pause(self, number: int) -> None:
        """End a round after the current batches."""
        if self._worker is not None:
            self._worker.pause(number)

    def train(self, key: int, plan: Plan, after: None = None) -> Report:
        """See :meth:`Worker.train`; `after` is the result of the call that must come before."""
        worker, _ = self._between_merges(key) if plan.unmerged is None else self._parts(key)
        with located():
            return worker.train(plan)

    def pack(self, key: int, rows: Sequence[int], is_overlapped: bool) -> None:
        """See :class:`Exchange`."""
        _, exchange = self._between_merges(key)
        with located():
            exchange.pack(rows, is_overlapped)

    def changes(self, key: int, merge: Merge) -> tuple[Any, ...]:
        """Return the bytes to be sent, and the part of each owner; see :class:`Exchange`."""
        sent, parts = self._in_merge(key)[1].changes(merge)
        return sent, *parts

    def statistics(self, key: int, *parts: Part | None) -> tuple[None, list[Any]]:
        """Return None, to wait for, and the statistics; see :class:`Exchange`."""
        return None, self._in_merge(key)[1].statistics(parts)

    def solve(self, key: int, tables: slice, *statistics: Sequence[Any]) -> tuple[None, list[Any]]:
        """Return None, to wait for, and the solutions; see :class:`Exchange`."""
        return None, self._in_merge(key)[1].solve(tables, statistics)

    def combine(self, key: int, *solutions: Sequence[Any]) -> tuple[float, Part]:
        """See :class:`Exchange`; the solvers have solved the tables in turn."""
        tables = sum(map(len, solutions))
        every = [solutions[k % len(solutions)][k // len(solutions)] for k in range(tables)]
        return self._in_merge(key)[1].combine(every)

    def commit(self, key: int, is_overlapped: bool, *parts: Part | None) -> None:
        """Complete a merge, during a call of :meth:`train` if it is overlapped."""
        worker, exchange = self._in_merge(key)
        exchange.commit(parts)
        if is_overlapped:
            worker.between_batches(exchange.update)
        else:
            exchange.update()

    def merged(self, key: int) -> dict[str, Array]:
        """See :class:`Exchange`."""
        return self._between_merges(key)[1].merged()

    def set_merged(self, key: int, values: Mapping[str, Array]) -> None:
        """See :class:`Exchange`."""
        self._parts(key)[1].set_merged(values)

    def optimizer_state(self, key: int) -> dict[str, Any]:
        """Return the state of the worker's optimizer."""
        return self._parts(key)[0].optimizer.state_dict()

    def close(self) -> None:
        """End the worker's processes."""
        if self._worker is not None:
            self._worker.close()

    def _parts(self, key: int) -> tuple[Worker, Exchange]:
        if key != self._key or self._worker is None or self._exchange is None:
            raise ReplacedError(key)
        return self._worker, self._exchange

    def _in_merge(self, key: int) -> tuple[Worker, Exchange]:
        worker, exchange = self._parts(key)
        if not exchange.is_merging:
            raise ReplacedError(key)  # packing has failed
        return worker, exchange

    def _between_merges(self, key: int) -> tuple[Worker, Exchange]:
        worker, exchange = self._parts(key)
        if exchange.is_merging:
            raise ReplacedError(key)  # the merge is complete elsewhere
        return worker, exchange


def _machine() -> str:
    return f"{socket.gethostname()} (process {os.getpid()})"


@contextlib.contextmanager
def located() -> Iterator[None]:
    """Name this machine in errors that its files or settings cause."""
    try:
        yield
    except WorkerError:
        raise  # a slot was killed, which a restart may cure
    except TrainingError as error:
        raise TrainingError(f"on {_machine()}: {error}") from error
    except (InputError, OSError, ImportError, pickle.UnpicklingError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"on {_machine()}: {reason}") from error
