"""Workers that are killed, hang, are slow, or cannot do their part."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.cluster.test_trainer import trainer
from tests.training.tasks import INPUTS, TARGETS
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training import TrainingError, load_checkpoint
from tinygrad_w2v.training.cluster import team
from tinygrad_w2v.training.cluster.driver import Driver
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.cluster.team import Member, Team
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer

EPOCHS, SOURCES = 4, 6
STEPS = EPOCHS * SOURCES * 10


class Slow:
    """Ten batches per epoch, each of which takes some milliseconds."""

    def __init__(self, seconds: float = 0.005) -> None:
        self.seconds = seconds

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for k in range(start, 10):
            time.sleep(self.seconds)
            yield INPUTS[4 * k : 4 * k + 4], TARGETS[4 * k : 4 * k + 4]


SLOWER = [Slow(0.05) for _ in range(SOURCES)]


def process_of(member: Member) -> int:
    found = re.search(r"process (\d+)", member.machine)
    assert found
    return int(found[1])


def fit(trained: ClusterTrainer, sources: Any = None) -> None:
    trained.fit(sources or [Slow() for _ in range(SOURCES)], EPOCHS, total=STEPS)


def assert_trained_once(trained: ClusterTrainer) -> None:
    assert trained.finished
    assert trained.progress.steps == trained.progress.done == STEPS
    assert trained.positions == [(EPOCHS, 0)] * SOURCES
    assert trained.model(INPUTS, TARGETS).item() < 0.05


def kill_at(
    patch: pytest.MonkeyPatch, method: str, merge: int, when: str, number: int = signal.SIGKILL
) -> None:
    """Send a signal to worker 1 before or after a method of a merge is called on it."""
    call, calls = Team.call, {"count": 0}

    def patched(self: Team, members: Any, name: str, *args: Any, **options: Any) -> Any:
        members = list(members)
        victim = next((m for m in members if m.rank == 1), None)
        is_it = name == method and victim is not None
        calls["count"] += is_it
        is_due = is_it and calls["count"] == merge
        if is_due and when == "before":
            os.kill(process_of(victim), number)
        result = call(self, members, name, *args, **options)
        if is_due and when == "after":
            time.sleep(0.01)
            os.kill(process_of(victim), number)
            if number == signal.SIGSTOP:
                resume_later(process_of(victim))
        return result

    patch.setattr(Team, "call", patched)


def resume_later(process: int) -> None:
    """Let a stopped process go on after a minute, so that a test fails and does not hang."""

    def resume() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)

    timer = threading.Timer(60, resume)
    timer.daemon = True
    timer.start()


METHODS = ["train", "pack", "changes", "statistics", "solve", "combine", "commit"]
FEW = [("train", 0.0), ("combine", 0.25)]  # the others take long, and are left to an exhaustive run


@pytest.fixture(autouse=True)
def no_process_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Check that all processes of actors, and the slots that they have forked, have ended."""
    seen: set[int] = set()
    admit = Team.admit

    def patched(self: Team) -> list[Member]:
        admitted = admit(self)
        seen.update(process_of(member) for member in admitted)
        return admitted

    monkeypatch.setattr(Team, "admit", patched)
    yield
    deadline = time.monotonic() + 30
    while left := [pid for pid in seen if is_running(pid)] + slots_of(seen):
        assert time.monotonic() < deadline, f"processes {left} are left"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def slots_of(parents: set[int]) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) in parents:
                found.append(int(stat.parent.name))
    return found


@pytest.mark.parametrize(
    ("method", "overlap"),
    [
        pytest.param(m, k, marks=[] if (m, k) in FEW else pytest.mark.exhaustive)
        for m in METHODS
        for k in (0.0, 0.25)
    ],
)
def test_worker_that_is_killed_is_restarted_and_nothing_counts_twice(
    ray: Any, monkeypatch: pytest.MonkeyPatch, method: str, overlap: float
) -> None:
    messages: list[str] = []
    trained = trainer(on_message=messages.append, overlap=overlap)
    kill_at(monkeypatch, method, 2, "before" if method in METHODS[2:] else "after")
    fit(trained)
    assert_trained_once(trained)
    assert re.match(r"worker 1 on .* was lost \(its process has ended\)", messages[0])
    assert len([line for line in messages if "was lost" in line]) == 1


def delay_restarts(patch: pytest.MonkeyPatch, folder: Path, seconds: float) -> None:
    """Delay the start of all processes of actors but the first two."""
    make = team._remote_class

    def delayed(ray: Any) -> type:
        class Delayed(make(ray)):  # type: ignore[misc]
            def __init__(self) -> None:
                for number in range(2):
                    with contextlib.suppress(FileExistsError):
                        os.close(os.open(folder / f"started_{number}", os.O_CREAT | os.O_EXCL))
                        break
                else:
                    time.sleep(seconds)
                super().__init__()

        return Delayed

    patch.setattr(team, "_remote_class", delayed)


def test_worker_that_restarts_slowly_is_lost_once(
    ray: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages: list[str] = []
    delay_restarts(monkeypatch, tmp_path, 3)
    kill_at(monkeypatch, "train", 2, "after")
    trained = trainer(on_message=messages.append)
    fit(trained, SLOWER)
    assert_trained_once(trained)
    assert len([line for line in messages if "was lost" in line]) == 1


class Killer:
    """Kills a random worker every few seconds of a training, as its `on_step`."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng, self.kills, self.due = rng, 0, 0.0
        self.members: list[Member] = []

    def __call__(self, progress: Any) -> None:
        if not self.members or time.monotonic() < self.due:
            return
        if self.due:
            victim = self.members[self.rng.integers(len(self.members))]
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_of(victim), signal.SIGKILL)
                self.kills += 1
        self.due = time.monotonic() + self.rng.uniform(1, 4)


@pytest.mark.exhaustive
def test_workers_killed_at_random_moments_do_not_change_the_result(
    ray: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = trainer(workers=3)
    fit(undisturbed, SLOWER)
    rng, kills, start = np.random.default_rng(0), 0, Team.start
    while kills < 20:
        trained = trainer(on_message=lambda line: None, workers=3)
        trained.on_step = killer = Killer(rng)

        def started(self: Team, wait: Any, killer: Killer = killer) -> None:
            start(self, wait)
            killer.members = self.members

        monkeypatch.setattr(Team, "start", started)
        fit(trained, SLOWER)
        kills += killer.kills
        assert_trained_once(trained)
        np.testing.assert_allclose(
            trained.model.weight.detach(), undisturbed.model.weight.detach(), atol=0.1
        )


def test_worker_that_hangs_is_restarted_after_the_time_limit(
    ray: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    trained = trainer(on_message=messages.append, timeout=3.0)
    monkeypatch.setattr(team, "_START_TIMEOUTS", 100)
    kill_at(monkeypatch, "train", 2, "after", signal.SIGSTOP)
    fit(trained)
    assert_trained_once(trained)
    assert "was lost (it did nothing for 3 seconds)" in messages[0]


def test_others_finish_the_sources_of_a_worker_that_does_not_come_back(
    ray: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    messages: list[str] = []
    trained = trainer(on_message=messages.append, timeout=3.0)
    monkeypatch.setattr(team, "_START_TIMEOUTS", 100)
    delay_restarts(monkeypatch, tmp_path, 1e6)
    kill_at(monkeypatch, "train", 2, "after", signal.SIGSTOP)
    fit(trained, SLOWER)
    assert_trained_once(trained)
    assert len(messages) == 1
    assert "was lost (it did nothing for 3 seconds)" in messages[0]


class SlowInOneWorker(Slow):
    """Five times as slow in the process that has created a file first."""

    def __init__(self, path: Path) -> None:
        super().__init__(0.01)
        self.path = path

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL))
            self.path.write_text(str(os.getppid()))
        is_slow = self.path.read_text() == str(os.getppid())
        for batch in super().epoch(number, start):
            time.sleep(4 * self.seconds if is_slow else 0)
            yield batch


def test_round_does_not_wait_for_a_slow_worker_whose_sources_others_finish(
    ray: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rounds: list[dict[int, tuple[float, float, set[int]]]] = []  # planned, done, sources
    advance = Driver._advance

    def recorded(self: Driver, plans: Any, reports: Any) -> None:
        rounds.append(
            {
                m.rank: (plans[m].amount, r.totals["done"], {*plans[m].held})
                for m, r in reports.items()
            }
        )
        advance(self, plans, reports)

    monkeypatch.setattr(Driver, "_advance", recorded)
    trained = trainer(rounds=Rounds(60, 0.1))
    fit(trained, [SlowInOneWorker(tmp_path / "slow") for _ in range(SOURCES)])
    assert_trained_once(trained)
    slow = min(rounds[0], key=lambda rank: rounds[0][rank][1])
    planned, done, sources = rounds[0][slow]
    assert planned == 30
    assert done < planned
    assert rounds[0][1 - slow][1] >= planned
    assert sources & set().union(*(reports[1 - slow][2] for reports in rounds[1:]))
    totals = [sum(reports[rank][1] for reports in rounds) for rank in (slow, 1 - slow)]
    assert totals[0] < 0.5 * totals[1]


class Unreadable:
    """A source whose file is missing on the machine of a worker."""

    def epoch(self, number: int, start: int = 0) -> Iterator[object]:
        raise InputError("no such file: /data/text.txt; check the path")


def test_worker_that_cannot_read_its_files_is_named(ray: Any) -> None:
    trained = trainer()
    with pytest.raises(InputError) as caught:
        fit(trained, [Slow(), Slow(), Slow(), Unreadable(), Slow(), Slow()])
    assert re.fullmatch(
        rf"worker [01] on {socket.gethostname()} \(process \d+\): no such file: "
        r"/data/text.txt; check the path",
        str(caught.value),
    )


def test_diverging_training_names_the_worker(ray: Any) -> None:
    trained = trainer()
    trained.schedule = None
    trained.optimizer.param_groups[0]["lr"] = 1e200
    with pytest.raises(TrainingError, match=r"^worker \d on .*: the loss of batch .* is (nan|inf)"):
        fit(trained)


def test_worker_with_another_version_is_refused(ray: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "version", lambda: "tinygrad_w2v 9.9")
    with pytest.raises(InputError) as caught:
        fit(trainer())
    assert re.fullmatch(
        r"worker \d on .*: it has tinygrad_w2v \S+ \(\w+\), Python 3\.\d+, and the training was "
        r"started with tinygrad_w2v 9.9: install the same on all machines",
        str(caught.value),
    )


def test_training_that_cannot_be_sent_is_refused(ray: Any) -> None:
    lock: Any = threading.Lock()
    with pytest.raises(InputError, match=r"cannot be sent to workers .*must be picklable"):
        trainer().fit([lock, lock])


def test_too_small_cluster_is_refused(ray: Any) -> None:
    with pytest.raises(InputError, match=r"need 900 processors .*the cluster has 8"):
        trainer(workers=3, threads=300).fit([Slow()] * 3)


DRIVER = """
import sys
from tests.training.cluster.test_failures import SLOWER
from tests.training.cluster.test_trainer import trainer
from tinygrad_w2v.training import save_checkpoint

if __name__ == "__main__":
    trained = trainer(save_seconds=0.0)
    trained.on_save = lambda: (save_checkpoint(sys.argv[1], trained), print("saved", flush=True))
    trained.fit(SLOWER, 4, total=240)
"""


def test_training_continues_from_the_last_merge_after_the_driver_was_killed(
    ray: Any, tmp_path: Path
) -> None:
    checkpoint, script = tmp_path / "checkpoint.npz", tmp_path / "driver.py"
    script.write_text(DRIVER)
    root = str(Path(__file__).parents[3])
    driver = subprocess.Popen(
        [sys.executable, script, checkpoint],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert driver.stdout is not None
    for _ in range(3):
        assert driver.stdout.readline() == b"saved\n"
    driver.kill()
    driver.communicate()
    trained = trainer(workers=3)
    load_checkpoint(checkpoint, trained)
    assert 0 < trained.progress.steps < STEPS
    assert trained.progress.steps == sum(epoch * 10 + n for epoch, n in trained.positions)
    fit(trained)
    assert_trained_once(trained)
