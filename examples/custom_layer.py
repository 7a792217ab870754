"""Define a layer and a loss, describe a model with them as data, train, save and load it.

Run ``python examples/custom_layer.py``. It prints the loss as it falls.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v import nn, optim, testing
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.training import Trainer


@nn.register("GatedBag")  # its name in specs
class GatedBag(nn.Module):
    """The sum of embeddings, each multiplied by a gate computed from it."""

    def __init__(self, num_embeddings: int, embedding_dim: int, *, rng: Any = None) -> None:
        super().__init__()
        self.table = nn.Embedding(num_embeddings, embedding_dim, scale=0.5, rng=rng)
        self.gate = nn.Linear(embedding_dim, 1, rng=rng)

    def forward(self, words: Any) -> Any:
        """Map bags of words (B, N) to vectors (B, embedding_dim)."""
        rows = self.table(words)  # (B, N, embedding_dim)
        return (F.sigmoid(self.gate(rows)) * rows).sum(axis=1)


@nn.register("HingeLoss")
class HingeLoss(nn.Module):
    """The mean of max(0, 1 − score · sign)."""

    def forward(self, scores: Any, signs: Any) -> Any:
        """Return the mean loss of scores (B,) and signs (B,)."""
        return F.relu(1 - scores * signs).mean()


@nn.register("BagClassifier")
class BagClassifier(nn.Module):
    """Bags of words to scores to a loss."""

    def __init__(self, bag: nn.Module, score: nn.Module, loss: nn.Module) -> None:
        super().__init__()
        self.bag, self.score, self.loss = bag, score, loss

    def forward(self, words: Any, signs: Any) -> Any:
        """Return the mean loss of bags of words (B, N) and signs (B,)."""
        return self.loss(self.score(self.bag(words))[:, 0], signs)


SPEC = {
    "type": "BagClassifier",
    "bag": {"type": "GatedBag", "num_embeddings": 20, "embedding_dim": 4},
    "score": {"type": "Linear", "in_features": 4, "out_features": 1},
    "loss": {"type": "HingeLoss"},
}


def main() -> None:
    """Check the layer, then train the model, save it and load it."""
    rng = np.random.default_rng(0)
    testing.gradcheck_module(GatedBag(6, 3, rng=rng), rng.integers(6, size=(2, 4)))

    # A bag of 7 words is positive if most of its words are below 10.
    words = rng.integers(20, size=(512, 7))
    signs = np.sign((words < 10).sum(axis=1) - 3.5).astype(np.float32)
    batches = list(zip(np.split(words, 16), np.split(signs, 16), strict=True))

    model = nn.build(SPEC, nn.Module, given={"rng": rng})
    trainer = Trainer(model, optim.SparseAdam(model, lr=0.01))
    for epochs in (4, 8, 12):
        trainer.fit(batches, epochs=epochs)
        print(f"epoch {epochs}: loss {model(words, signs).item():.3f}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bags.npz"
        nn.save(model, path)
        loaded = nn.load(path)
    print("loaded model agrees:", loaded(words, signs).item() == model(words, signs).item())


if __name__ == "__main__":
    main()
