"""Workers of a training side by side: one here, the others in processes forked from this one.

Threads take turns at Python's lock, which every call of a step needs for some microseconds;
processes have a lock each. What workers are to have in common must lie in shared memory before they
begin (``Module.share_memory``); all else is theirs alone, and lost when they end.
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
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, TypeAlias, cast

from tinygrad_w2v.errors import InputError

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess  # which Windows has not

_WATCH_SECONDS = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Worker: TypeAlias = Callable[[Callable[[], None]], None]
"""Is given what to call after each of its steps."""


class WorkerError(InputError):
    """A worker process ended in another way than by returning or raising."""


class RemoteError(Exception):
    """The traceback of an error in a worker process, as the cause of the one raised here."""

    def __str__(self) -> str:
        return f"in a worker process:\n{self.args[0]}"


def why_no_fork() -> str | None:
    """Return why this process should not fork workers; None if it may.

    macOS has fork, but its libraries do not stand it, and Windows has none.
    """
    if sys.platform != "linux":
        return f"{sys.platform} does not fork processes safely"
    if multiprocessing.current_process().daemon:
        return "this process is itself a worker, which may have none"
    return None


def run_in_processes(
    workers: Sequence[Worker], watch: Callable[[], None], stop: Callable[[], None]
) -> None:
    """Run the first worker here, the others in processes; the first error stops all.

    Parameters
    ----------
    workers
        The other processes ignore Ctrl-C and SIGTERM: these are for this one, which tells the
        workers by `stop`.
    watch
        Called here, some 20 times a second between steps and once at the end.
    stop
        Asks the workers to return, by a word in shared memory.

    Raises
    ------
    BaseException
        What a worker or `watch` raised.
    WorkerError
        If a worker was killed.
    """
    running: dict[Connection, ForkProcess] = {}
    problems: list[BaseException] = []
    looked = time.monotonic()

    def look(seconds: float) -> None:
        nonlocal looked
        for ready in wait(list(running), seconds):
            receiver = cast(Connection, ready)
            problem = _outcome(receiver, running.pop(receiver))
            if problem is not None:
                problems.append(problem)
                stop()
        watch()
        looked = time.monotonic()

    def look_now_and_then() -> None:
        if time.monotonic() - looked > _WATCH_SECONDS:
            look(0)

    try:
        for worker in workers[1:]:
            receiver, process = _start(worker)
            running[receiver] = process
        workers[0](look_now_and_then)
        look(0)
        while running:
            look(_WATCH_SECONDS)
    except BaseException:
        stop()
        for process in running.values():
            process.join()
        raise
    if problems:
        raise problems[0]


def _start(worker: Worker) -> tuple[Connection, ForkProcess]:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=_run, args=(worker, sender, os.getpid()), daemon=True)
    with warnings.catch_warnings(), _signals_held_back():
        # Python warns where there are threads, as BLAS has some; it ends them at a fork.
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        process.start()
    sender.close()  # or the end of the process could not be seen here
    return receiver, process


@contextlib.contextmanager
def _signals_held_back() -> Iterator[None]:
    """Have signals wait until a process that begins here has said what they do to it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _go_on() -> None:
    """Do nothing between steps."""


def _run(worker: Worker, sender: Connection, parent: int) -> None:
    """Run a worker in its process; send what it raises."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        worker(_go_on)
    except BaseException as error:
        trace = "".join(traceback.format_exception(error))
        sender.send_bytes(_pickled(error, trace))


def _pickled(error: BaseException, trace: str) -> bytes:
    try:
        data = pickle.dumps((error, trace))
        pickle.loads(data)  # some errors can be written, but not read
    except Exception:
        data = pickle.dumps((WorkerError(f"{type(error).__name__}: {error}"), trace))
    return data


def _outcome(receiver: Connection, process: ForkProcess) -> BaseException | None:
    """Return what a worker that ended raised, if anything."""
    error: BaseException | None = None
    try:
        error, trace = pickle.loads(receiver.recv_bytes())
    except EOFError:
        pass  # it sent nothing
    else:
        error.__cause__ = RemoteError(trace)
    finally:
        receiver.close()
    process.join()
    if error is None and process.exitcode:
        error = WorkerError(_how_it_ended(process.exitcode))
    return error


def _how_it_ended(exit_code: int) -> str:
    if exit_code >= 0:
        return f"a worker process ended with status {exit_code} in the middle of the training"
    name = signal.Signals(-exit_code).name
    return (
        f"a worker process was ended by {name}; if nobody sent it, memory ran out: train with "
        f"fewer threads, or free some memory"
    )
