"""A small training task: linear regression on shuffled batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.training import Trainer

INPUTS = np.random.default_rng(0).normal(size=(40, 3))
TARGETS = INPUTS @ np.array([1.0, -2.0, 0.5])


class Line(tg.nn.Module):
    """A linear model that returns its mean squared error."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = tg.nn.Parameter(np.zeros(3))

    def forward(self, inputs: np.ndarray, targets: np.ndarray) -> tg.Tensor:
        error = inputs @ self.weight - targets
        return (error * error).mean()


class Shuffled:
    """Ten batches per epoch, in another order each time."""

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = np.random.default_rng(number).permutation(40)
        for k in range(start, 10):
            rows = order[4 * k : 4 * k + 4]
            yield INPUTS[rows], TARGETS[rows]


def trainer(lr: float = 0.05, **options: object) -> Trainer:
    model = Line()
    optimizer = tg.optim.Adam(model.parameters(), lr=lr)
    return Trainer(model, optimizer, schedule=tg.optim.LinearDecay(optimizer, 50), **options)


def stop_after(trained: Trainer, steps: int) -> None:
    """Make the next fit stop when `steps` steps are done in total."""
    trained.on_step = lambda progress: trained.stop() if progress.steps >= steps else None
