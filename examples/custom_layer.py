"""A layer and a loss of your own: checked, used in a spec, trained, saved and loaded.

Run it: ``python examples/custom_layer.py``.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v import nn, optim, testing
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.training import Trainer


@nn.register("GatedBag")  # without this line its name in specs is its import path
class GatedBag(nn.Module):
    """A bag of embeddings, each weighed by a gate that its own vector opens."""

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: Any = None) -> None:
        self.table = nn.Embedding(num_embeddings, embedding_dim, scale=0.5, rng=rng)
        self.gate = nn.Linear(embedding_dim, 1, rng=rng)

    def forward(self, words: Any) -> Any:
        """Sum each bag of words, (B, N) → (B, embedding_dim)."""
        rows = self.table(words)  # (B, N, embedding_dim)
        return (F.sigmoid(self.gate(rows)) * rows).sum(axis=1)


@nn.register("HingeLoss")
class HingeLoss(nn.Module):
    """The mean of max(0, 1 − score · sign)."""

    def forward(self, scores: Any, signs: Any) -> Any:
        """Return the loss of scores and signs, (B,) each."""
        return F.relu(1 - scores * signs).mean()


@nn.register("BagClassifier")
class BagClassifier(nn.Module):
    """A bag of words, a score, and the loss of the score: what a Trainer takes."""

    def __init__(self, bag: nn.Module, score: nn.Module, loss: nn.Module) -> None:
        self.bag, self.score, self.loss = bag, score, loss

    def forward(self, words: Any, signs: Any) -> Any:
        """Return the loss of bags of words, (B, N), and their signs, (B,)."""
        return self.loss(self.score(self.bag(words))[:, 0], signs)


SPEC = {
    "type": "BagClassifier",
    "bag": {"type": "GatedBag", "num_embeddings": 20, "embedding_dim": 4},
    "score": {"type": "Linear", "in_features": 4, "out_features": 1},
    "loss": {"type": "HingeLoss"},
}


def main() -> None:
    """Check, build, train, save and load."""
    rng = np.random.default_rng(0)
    testing.gradcheck_module(GatedBag(6, 3, rng=rng), rng.integers(6, size=(2, 4)))

    # Bags of words; those with more words below 10 than above are the positive ones.
    words = rng.integers(20, size=(512, 7))
    signs = np.sign((words < 10).sum(axis=1) - 3.5).astype(np.float32)
    batches = list(zip(np.split(words, 16), np.split(signs, 16), strict=True))

    model = nn.build(SPEC, nn.Module, given={"rng": rng})
    trainer = Trainer(model, optim.SparseAdam(model, lr=0.01))
    for _ in range(3):
        trainer.fit(batches, epochs=trainer.progress.epochs + 4)
        print(f"loss {model(words, signs).item():.3f}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bags.npz"
        nn.save(model, path)
        loaded = nn.load(path)
    print("loaded:", loaded(words, signs).item() == model(words, signs).item())


if __name__ == "__main__":
    main()
