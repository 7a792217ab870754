"""Runs functions in parallel: the first in this process, the others in forked processes.

Threads share Python's lock, which every call of a step holds for some microseconds; each process
has its own. Data that processes share must be in shared memory before they start
(``Module.share_memory``); all other changes are private to a process and lost when it ends.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, TypeAlias, cast

from tinygrad_w2v.errors import InputError

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess  # missing on Windows

_POLL_SECONDS = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Worker: TypeAlias = Callable[[Callable[[], None]], None]
"""Takes a function that it must call after each of its steps."""


class WorkerError(InputError):
    """A worker process ended without returning or raising."""


class RemoteError(Exception):
    """The traceback of an error in a worker process; the cause of the error raised here."""

    def __str__(self) -> str:
        return f"in a worker process:\n{self.args[0]}"


def why_no_fork() -> str | None:
    """Return why this process must not fork workers; None if it may."""
    # macOS has fork, but its system libraries are not safe to use after it; Windows has none.
    if sys.platform != "linux":
        return f"{sys.platform} does not fork processes safely"
    if multiprocessing.current_process().daemon:
        return "this process is itself a daemonic worker, which may have no children"
    return None


def run_in_processes(
    workers: Sequence[Worker],
    poll: Callable[[], None],
    stop: Callable[[BaseException], None],
) -> None:
    """Run the first worker in this process, the others in forked ones; the first error stops all.

    Parameters
    ----------
    workers
        The forked processes ignore SIGINT and SIGTERM; this process handles them.
    poll
        Called in this process, about 20 times a second between steps, and at the end.
    stop
        Asks the workers to return because of an error, through a flag in shared memory.

    Raises
    ------
    BaseException
        Whatever a worker or `poll` raised.
    WorkerError
        If a worker was killed.
    """
    running: dict[Connection, ForkProcess] = {}
    errors: list[BaseException] = []
    polled = time.monotonic()

    def collect(seconds: float | None) -> None:
        for ready in wait(list(running), seconds):
            receiver = cast(Connection, ready)
            error = _outcome(receiver, running.pop(receiver))
            if error is not None:
                errors.append(error)
                stop(error)

    def poll_all(seconds: float) -> None:
        nonlocal polled
        collect(seconds)
        poll()
        polled = time.monotonic()

    def poll_if_due() -> None:
        if time.monotonic() - polled > _POLL_SECONDS:
            poll_all(0)

    try:
        for worker in workers[1:]:
            receiver, process = _start(worker)
            running[receiver] = process
        workers[0](poll_if_due)
        poll_all(0)
        while running:
            poll_all(_POLL_SECONDS)
    except BaseException as error:
        stop(error)
        while running:
            collect(None)
        raise
    if errors:
        raise errors[0]


def _start(worker: Worker) -> tuple[Connection, ForkProcess]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_run, args=(worker, sender, os.getpid()), daemon=True)
    # Signals are blocked until the process has set its handlers.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    with warnings.catch_warnings():
        # Python warns of threads, such as those of BLAS, which does not carry them over a fork.
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    sender.close()  # otherwise the receiver would not see the end of the process
    return receiver, process


def _run(worker: Worker, sender: Connection, parent: int) -> None:
    """Run a worker in its process; send the error that it raises."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        worker(lambda: None)
    except BaseException as error:
        trace = "".join(traceback.format_exception(error))
        sender.send_bytes(_pickled(error, trace))


def _pickled(error: BaseException, trace: str) -> bytes:
    try:
        data = pickle.dumps((error, trace))
        pickle.loads(data)  # some errors can be pickled but not unpickled
        return data
    except Exception:
        return pickle.dumps((WorkerError(f"{type(error).__name__}: {error}"), trace))


def _outcome(receiver: Connection, process: ForkProcess) -> BaseException | None:
    """Return the error of a worker that has ended, if any."""
    error: BaseException | None = None
    with receiver, contextlib.suppress(EOFError):  # if nothing was sent
        error, trace = pickle.loads(receiver.recv_bytes())
        error.__cause__ = RemoteError(trace)
    process.join()
    if error is None and process.exitcode:
        error = WorkerError(_how_it_ended(process.exitcode))
    return error


def _how_it_ended(exit_code: int) -> str:
    if exit_code >= 0:
        return f"a worker process exited with status {exit_code} during the training"
    return (
        f"a worker process was ended by {signal.Signals(-exit_code).name}; if nobody sent it, the "
        f"machine ran out of memory: train with fewer workers, or free memory"
    )
