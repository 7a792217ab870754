from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.training.cluster import driver
from tinygrad_w2v.training.cluster.driver import Driver
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.cluster.trainer import ClusterTrainer


def trainer(**options: Any) -> ClusterTrainer:
    model = Line()
    optimizer = tg.optim.SGD(model, lr=0.05)
    options = {"rounds": Rounds(8, 0.1), "merge": "mean", "timeout": 20.0, **options}
    return ClusterTrainer(
        model, optimizer, schedule=tg.optim.LinearDecay(optimizer, 300), **options
    )


def test_workers_learn_together_and_are_counted(ray: Any) -> None:
    trained = trainer()
    progress = trained.fit([Shuffled() for _ in range(6)], epochs=5, total=300)
    assert trained.finished
    assert progress.steps == progress.done == 300
    assert trained.positions == [(5, 0)] * 6
    assert trained.model(INPUTS, TARGETS).item() < 1e-2
    assert progress.merges > 3
    assert progress.bytes_sent > 0
    assert len(progress.speeds) == 2
    assert trained.schedule is not None
    assert trained.schedule.last_epoch == 300


@pytest.mark.parametrize("threads", [1, 2])
def test_merges_that_are_overlapped_by_training_are_counted(
    ray: Any, monkeypatch: pytest.MonkeyPatch, threads: int
) -> None:
    overlapped, pack = [], Driver._pack
    # A merge is not overlapped if a source changes hands, as it does if one worker is slower.
    monkeypatch.setattr(driver, "assigned", lambda *_: [n % 2 for n in range(8)])

    def patched(self: Driver, *args: Any, is_overlapped: bool) -> None:
        overlapped.append(is_overlapped)
        pack(self, *args, is_overlapped=is_overlapped)

    monkeypatch.setattr(Driver, "_pack", patched)
    trained = trainer(overlap=0.25, threads=threads)
    progress = trained.fit([Shuffled() for _ in range(8)], epochs=5, total=400)
    assert trained.finished
    assert progress.steps == progress.done == 400
    assert progress.merges == len(overlapped)
    assert all(overlapped[:-1])
    assert not overlapped[-1]
    assert trained.model(INPUTS, TARGETS).item() < 1e-2


def test_overlap_beyond_a_round_is_refused() -> None:
    with pytest.raises(InputError, match=r"overlap is 1\.5: it must be a number from 0 to 1"):
        trainer(overlap=1.5)


def test_example_of_the_documentation_learns(
    ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(__file__).parents[3] / "docs" / "cluster.md"
    (code,) = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), flags=re.S)
    scope: dict[str, Any] = {"__name__": "__main__"}  # so that classes are sent by value
    exec(compile(code, str(page), "exec"), scope)
    assert scope["progress"].done == 8 * 3 * 60
    with tg.no_grad():
        data = [scope["Spirals"](part) for part in range(8)]
        scores = [scope["model"].layers(part.points).numpy() for part in data]
    correct = [s.argmax(axis=1) == part.classes for s, part in zip(scores, data, strict=True)]
    assert np.mean(correct) > 0.9
