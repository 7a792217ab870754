"""Workers that are killed, hang, are slow, or cannot do their part."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.training.cluster.test_trainer import trainer
from tests.training.tasks import INPUTS, TARGETS
from tinygrad_w2v.training.cluster.team import Member, Team
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer

EPOCHS, SOURCES = 4, 6
STEPS = EPOCHS * SOURCES * 10


class Slow:
    """Ten batches per epoch, each of which takes some milliseconds."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for k in range(start, 10):
            time.sleep(0.005)
            yield INPUTS[4 * k : 4 * k + 4], TARGETS[4 * k : 4 * k + 4]


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
        return result

    patch.setattr(Team, "call", patched)


METHODS = ["train", "changes", "statistics", "combine", "gather", "commit"]


@pytest.mark.parametrize("method", METHODS)
def test_worker_that_is_killed_is_restarted_and_nothing_counts_twice(
    ray: Any, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    messages: list[str] = []
    trained = trainer(on_message=messages.append)
    kill_at(monkeypatch, method, 2, "before" if method in METHODS[2:] else "after")
    fit(trained)
    assert_trained_once(trained)
    assert re.match(r"worker 1 on .* was lost \(its process has ended\)", messages[0])
    assert len([line for line in messages if "was lost" in line]) == 1
