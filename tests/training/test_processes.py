from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled, stop_after
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.training.processes import RemoteError, WorkerError, why_no_fork

pytestmark = pytest.mark.skipif(why_no_fork() is not None, reason=str(why_no_fork()))


def trainer(model: tg.nn.Module | None = None, lr: float = 0.1, **options: object) -> Trainer:
    model = model or Line()
    optimizer = tg.optim.SGD(model, lr=lr)
    schedule = tg.optim.LinearDecay(optimizer, 150)
    return Trainer(model, optimizer, schedule=schedule, **options)


def sources(count: int = 3) -> list[Shuffled]:
    return [Shuffled() for _ in range(count)]


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def test_workers_train_shared_parameters_and_are_counted() -> None:
    trained = trainer()
    progress = trained.fit(sources(), epochs=5, total=150, processes=True)
    assert trained.finished
    assert (progress.steps, progress.done, progress.epoch) == (150, 150.0, 4)
    assert progress.loss_count == 150
    assert trained.model(INPUTS, TARGETS).item() < 0.5
    assert trained.positions == [(5, 0)] * 3


def test_schedule_advances_by_work_of_all_workers() -> None:
    trained = trainer()
    trained.fit(sources(), epochs=5, total=150, processes=True)
    assert trained.progress.rate == pytest.approx(0.1 * 1e-4)
    assert trained.schedule.last_epoch == 150


def test_training_bumps_parameter_versions() -> None:
    trained = trainer()
    weight = trained.model.weight
    loss = (weight * weight).sum()
    trained.fit(sources(2), epochs=1, processes=True)
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_stopped_training_resumes_at_each_position() -> None:
    trained = trainer()
    stop_after(trained, 1)
    trained.fit(sources(), epochs=5000, processes=True)
    assert not trained.finished
    done = trained.progress.steps
    assert 1 <= done < 150_000
    assert done == sum(epoch * 10 + batch for epoch, batch in trained.positions)
    last = max(epoch for epoch, _ in trained.positions) + 1
    trained.on_step = None
    progress = trained.fit(sources(), epochs=last, processes=True)
    assert trained.finished
    assert progress.steps == 3 * 10 * last


class Broken:
    """A source whose second batch raises an error."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield INPUTS, TARGETS
        raise self.error


def test_error_of_a_worker_is_raised_with_its_traceback() -> None:
    with pytest.raises(KeyError, match="the second batch") as caught:
        trainer().fit(
            [Shuffled(), Broken(KeyError("the second batch"))], epochs=100_000, processes=True
        )
    assert isinstance(caught.value.__cause__, RemoteError)
    assert "raise self.error" in str(caught.value.__cause__)


def test_error_of_the_first_worker_stops_the_others() -> None:
    with pytest.raises(KeyError, match="the second batch"):
        trainer().fit(
            [Broken(KeyError("the second batch")), Shuffled()], epochs=100_000, processes=True
        )


def test_first_worker_is_this_process() -> None:
    model = Line()
    seen: list[int] = []

    class Telling(Shuffled):
        def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
            seen.append(os.getpid())
            return super().epoch(number, start)

    trainer(model).fit([Telling(), Telling()], epochs=2, processes=True)
    assert seen == [os.getpid()] * 2


def test_nonfinite_loss_raises_training_error() -> None:
    with pytest.raises(InputError, match=r"is inf at a learning rate of .*: lower the rate"):
        trainer(lr=1e200).fit(sources(2), epochs=5, processes=True)


class StubbornError(Exception):
    """Can be pickled, but not unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def test_error_that_cannot_be_pickled_is_named() -> None:
    with pytest.raises(WorkerError, match="StubbornError: 1 and 2"):
        trainer().fit([Shuffled(), Broken(StubbornError(1, 2))], epochs=2, processes=True)


class Deadly(Shuffled):
    """A source that kills its process."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from super().epoch(number, start)
        self.end()

    def end(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Leaving(Deadly):
    def end(self) -> None:
        os._exit(3)


def test_killed_worker_raises_worker_error() -> None:
    with pytest.raises(WorkerError) as caught:
        trainer().fit([Shuffled(), Deadly()], epochs=100_000, processes=True)
    assert str(caught.value) == (
        "a worker process was ended by SIGKILL; if nobody sent it, the machine ran out of memory: "
        "train with fewer workers, or free memory"
    )
    with pytest.raises(WorkerError, match="exited with status 3 during the training"):
        trainer().fit([Shuffled(), Leaving()], epochs=100_000, processes=True)


@pytest.mark.parametrize("error", [OSError("disk on fire"), KeyboardInterrupt()])
def test_error_in_on_step_stops_the_workers(error: BaseException) -> None:
    def fail(progress: object) -> None:
        raise error

    with pytest.raises(type(error)):
        trainer(on_step=fail).fit(sources(2), epochs=100_000, processes=True)


class Drawing(Line):
    """Writes the first random number of each worker into a shared buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.rng = np.random.default_rng(0)
        self.drawn = tg.nn.Buffer(np.zeros(3))

    def forward(self, inputs: np.ndarray, targets: np.ndarray) -> tg.Tensor:
        empty = np.flatnonzero(self.drawn.detach().numpy() == 0)
        if empty.size:
            self.drawn.detach().numpy()[empty[0]] = self.rng.random()
        return super().forward(inputs, targets)


class Waiting(Shuffled):
    """A source that waits until the workers before it have drawn."""

    def __init__(self, model: Drawing, others: int) -> None:
        self.model, self.others = model, others

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        while np.count_nonzero(self.model.drawn.detach().numpy()) < self.others:
            pass
        yield INPUTS, TARGETS


def test_each_worker_and_training_has_its_own_random_numbers() -> None:
    model = Drawing()
    seen = []
    for _ in range(2):
        model.drawn.detach().numpy()[:] = 0
        trainer(model).fit([Waiting(model, k) for k in range(3)], epochs=1, processes=True)
        seen += model.drawn.detach().numpy().tolist()
    assert 0 not in seen
    assert len(set(seen)) == 6


def test_why_not_processes() -> None:
    stateful = Trainer(model := Line(), tg.optim.Adam(model))
    with pytest.raises(InputError) as caught:
        stateful.fit(sources(2), processes=True)
    assert str(caught.value) == (
        "workers cannot be processes: Adam keeps state between steps, which is not shared; use "
        "processes=False"
    )
    assert Trainer(model, tg.optim.SGD(model, lr=1.0, momentum=0.5)).why_not_processes()
    assert trainer().why_not_processes() is None
    with tg.detect_anomaly(), pytest.raises(InputError, match="anomaly detection and profiles"):
        trainer().fit(sources(2), processes=True)


def test_workers_end_with_the_process_that_started_them() -> None:
    program = textwrap.dedent(
        """
        import os, signal
        from tests.training.test_processes import sources, trainer
        trainer(on_step=lambda progress: os.kill(os.getpid(), signal.SIGKILL)).fit(
            sources(2), epochs=10**9, processes=True
        )
        """
    )
    # run() returns when all processes have closed the standard output, the workers included.
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, timeout=60)
    assert done.returncode == -signal.SIGKILL
