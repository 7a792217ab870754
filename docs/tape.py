"""Draw the tape of a CBOW step: ``python docs/tape.py`` writes docs/pictures/tape.svg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tinygrad_w2v as tg
from tinygrad_w2v import nn


class CBOW(nn.Module):
    """The README's model."""

    def __init__(self, counts: list[int], dim: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(counts), dim, rng=0)
        self.loss = nn.NegativeSamplingLoss(dim, counts, negative=5, rng=0)

    def forward(self, contexts: Any, targets: Any) -> Any:
        """Return the mean loss of targets (B,) given contexts (B, N)."""
        return self.loss(self.embedding(contexts).mean(axis=1), targets)


if __name__ == "__main__":
    loss = CBOW([1] * 10_000, dim=100)([[3, 5], [5, 8], [8, 3]], [4, 6, 7])
    tape = tg.graph(loss)
    print(tape)
    tape.save(Path(__file__).parent / "pictures" / "tape.svg")
