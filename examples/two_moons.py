"""Classify two interleaved half-circles with a small network that is described as data.

Run ``python examples/two_moons.py``. It prints the loss and the accuracy on unseen points; with the
name of a file, such as ``moons.svg``, it draws the boundary that the network has learned.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim
from tinygrad_w2v.training import Trainer

INNER = [
    {"type": "LayerNorm", "normalized_shape": 32},
    {"type": "Linear", "in_features": 32, "out_features": 32},
    {"type": "GELU"},
]
SPEC = {
    "type": "Sequential",
    "layers": [
        {"type": "Linear", "in_features": 2, "out_features": 32},
        {"type": "GELU"},
        {"type": "Residual", "inner": {"type": "Sequential", "layers": INNER}},
        {"type": "Linear", "in_features": 32, "out_features": 2},
    ],
}


class Classifier(nn.Module):
    """A network and the cross-entropy of its class scores."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
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


def draw(network: nn.Module, points: Any, classes: Any, path: str) -> None:
    """Draw points, and the probability of the second class around them. Needs matplotlib."""
    import matplotlib

    matplotlib.use("agg")
    matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "tinygrad_w2v"})
    from matplotlib import pyplot

    x, y = np.meshgrid(np.linspace(-1.7, 2.7, 60), np.linspace(-1.2, 1.7, 40))
    with no_grad():
        scores = network(np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32))
        share = np.asarray(scores.softmax(1))[:, 1].reshape(x.shape)
    figure, axes = pyplot.subplots(figsize=(5.5, 3.6), layout="constrained")
    axes.contourf(x, y, share, levels=np.linspace(0, 1, 11), cmap="RdBu_r", alpha=0.6)
    axes.scatter(*points[:200].T, c=classes[:200], cmap="RdBu_r", s=8, edgecolors="k", lw=0.3)
    axes.set(title="probability of the second class", xticks=[], yticks=[])
    figure.savefig(path, metadata={"Date": None})


def train(epochs: int = 40, seed: int = 0, picture: str = "") -> list[float]:
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
    if picture:
        draw(model.network, *unseen, picture)
    return losses


if __name__ == "__main__":
    train(picture="".join(sys.argv[1:]))
