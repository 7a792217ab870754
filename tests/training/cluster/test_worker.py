from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled
from tinygrad_w2v.training import TrainingError
from tinygrad_w2v.training.cluster.worker import Plan, Worker
from tinygrad_w2v.training.processes import WorkerError, why_no_fork

EPOCHS = 3
KINDS = [False] if why_no_fork() else [False, True]


def worker(sources: int = 4, **options: object) -> Worker:
    model = Line()
    optimizer = tg.optim.SGD(model, lr=0.05)
    schedule = tg.optim.LinearDecay(optimizer, 1000)
    every = [Shuffled() for _ in range(sources)]
    return Worker(model, optimizer, every, EPOCHS, schedule=schedule, **options)


@pytest.fixture(params=KINDS, ids=["threads", "processes"][: len(KINDS)])
def in_processes(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = threading.active_count()
    yield
    assert multiprocessing.active_children() == []
    assert threading.active_count() == before


def test_round_ends_when_its_work_is_done(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes)
    report = trained.train(Plan(amount=7, held=[0, 2], positions=[(0, 0), (1, 5)]))
    assert report.positions == [(0, 7), (1, 5)]
    assert report.totals["steps"] == report.totals["done"] == 7
    report = trained.train(Plan(amount=5, held=[0, 2], positions=report.positions))
    assert report.positions == [(1, 2), (1, 5)]  # the earliest epoch first
    trained.close()


def test_all_work_is_done_once_by_several_slots(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes, slots=3)
    positions = [(0, 0)] * 4
    steps = 0.0
    while positions != [(EPOCHS, 0)] * 4:
        report = trained.train(Plan(amount=17, held=range(4), positions=positions))
        assert report.totals["steps"] >= 17 or report.positions == [(EPOCHS, 0)] * 4
        positions, steps = report.positions, steps + report.totals["steps"]
    assert steps == 4 * EPOCHS * 10
    assert trained.model(INPUTS, TARGETS).item() < 0.1
    trained.close()


def test_rounds_change_nothing_in_a_single_slot(in_processes: bool) -> None:
    weights = []
    for amounts in ([1000], [1, 2, 30, 3, 1000]):
        trained = worker(in_processes=in_processes)
        positions, done = [(0, 0)] * 2, 0.0
        for amount in amounts:
            report = trained.train(Plan(amount, [0, 1], positions, done_by_all=done))
            positions, done = report.positions, done + report.totals["done"]
        weights.append(trained.model.weight.detach().numpy().copy())
        trained.close()
    assert weights[0].tobytes() == weights[1].tobytes()


def test_source_that_is_taken_away_is_left(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes)
    trained.train(Plan(amount=3, held=[0], positions=[(0, 0)]))
    report = trained.train(Plan(amount=4, held=[1], positions=[(2, 1)]))
    assert report.positions == [(2, 5)]
    report = trained.train(Plan(amount=2, held=[0, 1], positions=[(0, 3), (2, 5)]))
    assert report.positions == [(0, 3), (2, 7)]  # which the slot has begun
    trained.close()


def test_schedule_follows_the_work_of_all_workers() -> None:
    trained = worker(in_processes=False)
    assert trained.schedule is not None
    trained.train(Plan(amount=10, held=[0], positions=[(0, 0)], pace=4))
    assert trained.schedule.last_epoch == 40
    # The others were slower than assumed: it does not go back, and waits for them.
    trained.train(Plan(5, [0], [(1, 0)], done_by_all=30, pace=1))
    assert trained.schedule.last_epoch == 40
    trained.train(Plan(5, [0], [(1, 5)], done_by_all=100, pace=2))
    assert trained.schedule.last_epoch == 110
    trained.close()


def test_slots_of_a_round_with_unlimited_work_return_when_none_is_left() -> None:
    trained = worker(slots=2, in_processes=False)
    report = trained.train(Plan(np.inf, [3], [(2, 8)]))
    assert report.positions == [(EPOCHS, 0)]
    assert report.totals["steps"] == 2
    assert trained.train(Plan(np.inf, [], [])).totals["steps"] == 0
    trained.close()


def test_pause_ends_a_round(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes)
    trained.gate.epochs = 10**9
    timer = threading.Timer(0.2, trained.pause)
    timer.start()
    report = trained.train(Plan(1e12, [0], [(0, 0)]))
    timer.join()
    assert report.totals["steps"] > 0
    again = trained.train(Plan(5, [0], report.positions, number=1))
    assert again.totals["steps"] == 5
    trained.pause(number=2)  # before the round begins
    assert trained.train(Plan(5, [0], report.positions, number=2)).totals["steps"] <= 1
    trained.close()


@pytest.mark.parametrize("limit", [3, 1e9])
def test_slots_wait_while_a_merge_is_applied_within_a_round(
    in_processes: bool, limit: float
) -> None:
    trained, seen = worker(in_processes=in_processes, slots=2), []

    def apply() -> None:
        before = trained.totals()["done"]
        time.sleep(0.1)
        seen.append((before, trained.totals()["done"]))

    timer = threading.Timer(0.2, trained.between_batches, [apply])
    timer.start()
    trained.gate.epochs = 10**9
    plan = Plan(20_000, [0, 1], [(0, 0)] * 2, unmerged=limit)
    report = trained.train(plan)
    timer.join()
    ((before, after),) = seen
    assert before == after
    assert 3 <= before <= (4 if limit == 3 else 20_000)
    assert 20_000 <= report.totals["done"] <= 20_001
    trained.close()


class Failing:
    """A source whose third batch raises an error."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield INPUTS, TARGETS
        yield INPUTS, TARGETS
        raise OSError("the disk is gone")


def test_error_of_a_slot_is_raised_and_ends_the_worker(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes, slots=2)
    trained.sources = [Failing(), *trained.sources]
    with pytest.raises(OSError, match="the disk is gone"):
        trained.train(Plan(1000, [0, 1], [(0, 0)] * 2))


def test_nonfinite_loss_is_reported(in_processes: bool) -> None:
    trained = worker(in_processes=in_processes)
    trained.optimizer.param_groups[0]["lr"] = 1e200
    trained.schedule = None
    with pytest.raises(TrainingError, match="lower the rate"):
        trained.train(Plan(1000, [0], [(0, 0)]))


@pytest.mark.skipif(True not in KINDS, reason="no processes")
def test_killed_slot_is_reported() -> None:
    trained = worker(in_processes=True, slots=2)
    trained.gate.epochs = 10**9

    def kill() -> None:
        os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)

    timer = threading.Timer(0.3, kill)
    timer.start()
    began = time.monotonic()
    with pytest.raises(WorkerError, match="SIGKILL"):
        trained.train(Plan(1e12, [0, 1], [(0, 0)] * 2))
    assert time.monotonic() - began < 30
    timer.join()


@pytest.mark.skipif(True not in KINDS, reason="no processes")
def test_slots_have_different_random_numbers() -> None:
    class Noisy(Line):
        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(0)
            self.drawn = tg.nn.Buffer(np.zeros(2))

        def forward(self, slot: int) -> tg.Tensor:
            self.drawn._data[slot] = self.rng.random()
            while not self.drawn._data[1 - slot]:  # each slot has a source
                time.sleep(0.001)
            return (self.weight * self.weight).sum()

    drawn = []
    for seed in (1, 2, 1):
        model = Noisy()
        sources = [tg.training.loop.RepeatedBatches([slot]) for slot in range(2)]
        trained = Worker(
            model, tg.optim.SGD(model, lr=0.1), sources, 1, slots=2, seeds=[seed], in_processes=True
        )
        trained.train(Plan(np.inf, [0, 1], [(0, 0)] * 2))
        trained.close()
        drawn.append(sorted(model.drawn._data))
    assert drawn[0] == drawn[2] != drawn[1]
    assert drawn[0][0] != drawn[0][1]
