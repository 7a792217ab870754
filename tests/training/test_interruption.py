"""A training that Ctrl-C ends counts every batch once, and resumes after the last one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled
from tinygrad_w2v.runtime.shared_memory import shared_array
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.training.processes import why_no_fork

WAYS = {
    "one worker": (1, {}),
    "threads": (2, {}),
    "processes": (2, {"processes": True}),
    "lockstep": (2, {"processes": True, "reproducible": True}),
}
EPOCHS = 10**6


class CountedSGD(tg.optim.SGD):
    """Counts the updates that began and those that ended, in this process and in another."""

    def __init__(self, model: tg.nn.Module) -> None:
        super().__init__(model, lr=1e-4)
        self.begun, self.ended = shared_array((2, 2), "i8")
        self.owner = os.getpid()

    def apply(self, gradients: object) -> None:
        process = int(os.getpid() != self.owner)
        self.begun[process] += 1
        super().apply(gradients)
        self.ended[process] += 1


@pytest.fixture(autouse=True)
def _interruptible() -> None:
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        pytest.skip("SIGINT is ignored, as in a job that a script started in the background")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[int, dict[str, bool]]:
    workers, options = WAYS[request.param]
    if options and why_no_fork():
        pytest.skip(str(why_no_fork()))
    return workers, options


def interrupted(trained: Trainer, workers: int, options: dict[str, bool], seconds: float) -> None:
    """Train until a signal arrives."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        trained.fit([Shuffled() for _ in range(workers)], EPOCHS, **options)
    timer.join()


def assert_consistent(trained: Trainer) -> None:
    steps = trained.progress.steps
    assert steps == sum(epoch * 10 + index for epoch, index in trained.positions)
    assert trained.progress.done == steps
    assert trained.schedule is not None
    assert trained.schedule.last_epoch == steps


def test_interruption_at_any_moment_counts_every_batch_once(
    way: tuple[int, dict[str, bool]],
) -> None:
    rng = np.random.default_rng(0)
    model = Line()
    optimizer = CountedSGD(model)
    trained = Trainer(model, optimizer, schedule=tg.optim.LinearDecay(optimizer, 1e9))
    for seconds in rng.uniform(0.03, 0.15, size=8):
        before = trained.progress.steps
        interrupted(trained, *way, seconds)
        assert trained.progress.steps >= before
        assert_consistent(trained)
        if way != WAYS["threads"]:  # which may count at the same time
            assert optimizer.begun.sum() == optimizer.ended.sum() == trained.progress.steps


def test_error_in_on_step_leaves_a_consistent_training(way: tuple[int, dict[str, bool]]) -> None:
    model = Line()
    optimizer = tg.optim.SGD(model, lr=1e-4)
    trained = Trainer(model, optimizer, schedule=tg.optim.LinearDecay(optimizer, 1e9))

    def fail(progress: object) -> None:
        raise KeyboardInterrupt

    trained.on_step = fail
    with pytest.raises(KeyboardInterrupt):
        trained.fit([Shuffled() for _ in range(way[0])], EPOCHS, **way[1])
    assert_consistent(trained)


class Stuck:
    """A source whose second batch does not arrive."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield INPUTS, TARGETS
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(60)


def test_second_interruption_ends_the_training_at_once() -> None:
    model = Line()
    trained = Trainer(model, tg.optim.SGD(model, lr=1e-4))
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        trained.fit(Stuck())
    assert time.monotonic() - began < 30
    assert trained.progress.steps == 1


@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_handler_of_the_program_stays(handler: Callable[..., object]) -> None:
    model = Line()
    during = []
    trained = Trainer(model, tg.optim.SGD(model, lr=1e-4))
    trained.on_step = lambda progress: during.append(signal.getsignal(signal.SIGINT))
    before = signal.signal(signal.SIGINT, handler)
    try:
        trained.fit(Shuffled())
    finally:
        signal.signal(signal.SIGINT, before)
    assert set(during) == {handler}
