"""Workers in lockstep learn the same to the bit, whatever their timing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from functools import partial

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled, stop_after
from tests.training.test_processes import Broken, Deadly, no_process_is_left, trainer  # noqa: F401
from tinygrad_w2v.engine import leaf_gradients
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.training.lockstep import Lockstep
from tinygrad_w2v.training.processes import WorkerError, why_no_fork

pytestmark = pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))


def never() -> bool:
    return False


@pytest.mark.parametrize("parameters", [1, 2, 3, 5])
def test_updates_of_a_parameter_have_a_fixed_order(parameters: int) -> None:
    lockstep, log = Lockstep(3, parameters), []
    rng = np.random.default_rng(0)
    delays = rng.uniform(0, 2e-3, size=(3, 6))

    def work(worker: int) -> None:
        for k in range(4 if worker == 1 else 6):
            time.sleep(delays[worker, k])
            log.append((worker, None))
            updates = [partial(log.append, (worker, index)) for index in range(parameters)]
            assert lockstep.step(worker, never, updates)
            lockstep.end_step(worker, never)
        lockstep.leave(worker)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for workers in [[0, 1, 2]] * 4 + [[0, 2]] * 2:  # no worker waits for one that has left
        size = len(workers) * (1 + parameters)
        here, log = log[:size], log[size:]
        assert sorted(here[: len(workers)]) == [(k, None) for k in workers]
        updated = here[len(workers) :]
        for index in range(parameters):
            slots = max(3, parameters)
            expected = sorted(workers, key=lambda k: (index + k) % slots)
            assert [k for k, i in updated if i == index] == expected
    assert not log


def test_stop_during_wait_skips_updates() -> None:
    lockstep, updated = Lockstep(2, 1), []
    assert not lockstep.step(0, lambda: True, [lambda: updated.append(0)])
    assert not updated


def test_lock_of_killed_worker_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_w2v.training.lockstep._LOCK_TIMEOUT", 0.01)
    lockstep, updated = Lockstep(2, 1), []
    lockstep._locks[1].acquire()
    lockstep.leave(1)
    assert lockstep.step(0, never, [lambda: updated.append(0)])
    lockstep.end_step(0, never)
    assert updated == [0]


class Slow(Shuffled):
    """A source whose batches are sometimes late."""

    def __init__(self, number: int, batches: int, seed: int) -> None:
        self.number, self.batches, self.rng = number, batches, np.random.default_rng(seed)

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = np.random.default_rng([number, self.number]).permutation(40)
        for k in range(start, self.batches):
            time.sleep(self.rng.choice([0, 1e-3]))
            rows = order[4 * k : 4 * k + 4]
            yield INPUTS[rows], TARGETS[rows]


class Noisy(Line):
    """Adds random noise in each step."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)

    def forward(self, inputs: np.ndarray, targets: np.ndarray) -> tg.Tensor:
        return super().forward(inputs + 0.1 * self.rng.normal(size=inputs.shape), targets)


def slow_sources(seed: int) -> list[Slow]:
    return [Slow(k, batches, seed + k) for k, batches in enumerate((10, 7, 10))]


def test_result_and_counts_are_reproducible() -> None:
    seen = set()
    for seed in range(3):
        trained = trainer(Noisy(), amount=lambda batch: 1 + 1e-9 * batch[0][0, 0])
        progress = trained.fit(slow_sources(seed), epochs=3, processes=True, reproducible=True)
        assert progress.steps == 3 * 27
        seen.add((trained.model.weight.detach().numpy().tobytes(), progress.rate))
        assert trained.schedule is not None
        assert trained.schedule.last_epoch == pytest.approx(81)
    assert len(seen) == 1


def test_result_matches_sequential_steps() -> None:
    trained = trainer()
    trained.schedule = None
    trained.fit(slow_sources(0), epochs=2, processes=True, reproducible=True)

    model = Line()
    optimizer = tg.optim.SGD(model, lr=0.1)
    batches = [[b for e in range(2) for b in source.epoch(e)] for source in slow_sources(0)]
    for k in range(20):
        here = [found[k] for found in batches if k < len(found)]
        for gradients in [leaf_gradients(model(*batch)) for batch in here]:
            optimizer.apply(gradients)
    assert (
        trained.model.weight.detach().numpy().tobytes() == model.weight.detach().numpy().tobytes()
    )


def test_stopped_training_resumes() -> None:
    trained = trainer()
    stop_after(trained, 1)
    trained.fit(slow_sources(0), epochs=5000, processes=True, reproducible=True)
    assert not trained.finished
    assert trained.progress.steps < 27 * 5000
    trained.on_step = None
    last = max(epoch for epoch, _ in trained.positions) + 1
    trained.fit(slow_sources(0), epochs=last, processes=True, reproducible=True)
    assert trained.finished
    assert trained.progress.steps == 27 * last


@pytest.mark.parametrize("number", [0, 1])
def test_error_of_a_worker_stops_the_others(number: int) -> None:
    sources: list[object] = [Shuffled(), Shuffled()]
    sources[number] = Broken(KeyError("the second batch"))
    with pytest.raises(KeyError, match="the second batch"):
        trainer().fit(sources, epochs=100_000, processes=True, reproducible=True)


def test_killed_worker_stops_the_others() -> None:
    with pytest.raises(WorkerError, match="a worker process was ended by SIGKILL"):
        trainer().fit([Shuffled(), Deadly()], epochs=100_000, processes=True, reproducible=True)


def test_threads_are_not_reproducible() -> None:
    with pytest.raises(InputError, match="reproducible=True needs processes=True, or a single sou"):
        trainer().fit([Shuffled(), Shuffled()], reproducible=True)
    stateful = Trainer(model := Line(), tg.optim.Adam(model))
    with pytest.raises(InputError, match="which is not shared; use one worker"):
        stateful.fit([Shuffled(), Shuffled()], processes=True, reproducible=True)
    assert trainer().fit(Shuffled(), reproducible=True).steps == 10
