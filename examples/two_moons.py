"""Classify two interleaved half-circles with a small network that is described as data.

Run ``python examples/two_moons.py``. It prints the loss and the accuracy on unseen points.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim
from tinygrad_w2v.training import Trainer

SPEC = {
    "type": "Sequential",
    "layers": [
        {"type": "Linear", "in_features": 2, "out_features": 32},
        {"type": "GELU"},
        {
            "type": "Residual",
            "inner": {
                "type": "Sequential",
                "layers": [
                    {"type": "LayerNorm", "normalized_shape": 32},
                    {"type": "Linear", "in_features": 32, "out_features": 32},
                    {"type": "GELU"},
                ],
            },
        },
        {"type": "Linear", "in_features": 32, "out_features": 2},
    ],
}


class Classifier(nn.Module):
    """A network and the cross-entropy of its class scores."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.loss = nn.CrossEntropyLoss()

    def forward(self, points: Any, classes: Any) -> Any:
        """Return the mean loss of points (N, 2) and classes (N,)."""
        return self.loss(self.network(points), classes)


def two_moons(rng: np.random.Generator, count: int = 1024, noise: float = 0.15) -> Any:
    """Return points (count, 2), float32, and their classes (count,), 0 or 1."""
    classes = rng.integers(2, size=count)
    angle = np.pi * (rng.random(count) + classes)
    points = np.stack([np.cos(angle) + classes, np.sin(angle) + 0.5 * classes], axis=1)
    return (points + noise * rng.normal(size=(count, 2))).astype(np.float32), classes


def train(epochs: int = 40, seed: int = 0) -> list[float]:
    """Train; return the loss on unseen points before training and after each quarter."""
    rng = np.random.default_rng(seed)
    points, classes = two_moons(rng)
    unseen = two_moons(rng)
    model = Classifier(nn.build(SPEC, nn.Module, given={"rng": rng}))
    batches = list(zip(np.split(points, 16), np.split(classes, 16), strict=True))
    optimizer = optim.AdamW(model, lr=0.01)
    schedule = optim.CosineLR(optimizer, total=epochs * len(batches), warmup=len(batches))
    trainer = Trainer(model, optimizer, schedule=schedule)
    losses = [model(*unseen).item()]
    for quarter in range(1, 5):
        trainer.fit(batches, epochs=epochs * quarter // 4)
        with no_grad():
            losses.append(model(*unseen).item())
            scores = np.asarray(model.network(unseen[0]))
        accuracy = (scores.argmax(axis=1) == unseen[1]).mean()
        print(f"epoch {epochs * quarter // 4}: loss {losses[-1]:.3f}, accuracy {accuracy:.1%}")
    return losses


if __name__ == "__main__":
    train()
