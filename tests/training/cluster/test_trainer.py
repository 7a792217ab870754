from __future__ import annotations

from typing import Any

import tinygrad_w2v as tg
from tests.training.tasks import INPUTS, TARGETS, Line, Shuffled
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
