"""Train a character-level language model, an LSTM, with the same Trainer as word2vec.

Run ``python examples/char_lstm.py``, or with a text file. It prints the loss in bits per character
and, at the end, text that the model generates.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim
from tinygrad_w2v.training import Progress, Trainer
from tinygrad_w2v.word2vec import python_docs_path

LENGTH, WIDTH = 48, 32  # characters in a sequence, sequences in a batch


class CharModel(nn.Module):
    """Embedding, LSTM and a softmax over characters."""

    def __init__(self, characters: int, width: int = 32, hidden: int = 128, *, rng: Any) -> None:
        super().__init__()
        self.embedding = nn.Embedding(characters, width, scale=0.1, rng=rng)
        self.lstm = nn.LSTM(width, hidden, rng=rng)
        self.scores = nn.Linear(hidden, characters, rng=rng)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, text: Any, following: Any) -> Any:
        """Return the mean cross-entropy of the next characters; both arguments are (T, N)."""
        output, _ = self.lstm(self.embedding(text))
        scores = self.scores(output)
        return self.loss(scores.reshape(-1, scores.shape[2]), following.reshape(-1))

    def sample(self, start: Any, count: int, rng: np.random.Generator) -> list[int]:
        """Continue `start` by `count` characters, each drawn from the predicted distribution."""
        text, state, given = list(start), None, np.asarray(start)[:, None]
        with no_grad():
            for _ in range(count):
                output, state = self.lstm(self.embedding(given), state)
                expected = np.asarray(self.scores(output[-1]).softmax(), np.float64)[0]
                text.append(int(rng.choice(len(expected), p=expected / expected.sum())))
                given = np.array([[text[-1]]])
        return text


def batches(ids: Any, count: int, rng: np.random.Generator) -> Any:
    """Yield random sequences and the same ones shifted by one, (LENGTH, WIDTH) each."""
    for _ in range(count):
        starts = rng.integers(len(ids) - LENGTH - 1, size=WIDTH)
        sequence = ids[starts + np.arange(LENGTH + 1)[:, None]]
        yield sequence[:-1], sequence[1:]


def train(text: str, steps: int = 300, seed: int = 0, show: int = 25) -> list[float]:
    """Train on a text; return the mean loss of every `show` steps, in bits per character."""
    rng = np.random.default_rng(seed)
    characters, ids = np.unique(list(text), return_inverse=True)
    model = CharModel(len(characters), rng=rng)
    optimizer = optim.Adam(model, lr=5e-3)
    schedule = optim.CosineLR(optimizer, total=steps, warmup=steps / 20)
    bits: list[float] = []
    reported = [0.0, 0.0]  # the sum and the number of losses that were printed

    def report(progress: Progress) -> None:
        if progress.steps % show == 0:
            loss = (progress.loss_sum - reported[0]) / (progress.loss_count - reported[1])
            reported[:] = progress.loss_sum, progress.loss_count
            bits.append(loss / math.log(2))
            speed = progress.speed * LENGTH * WIDTH
            print(f"step {progress.steps}: {bits[-1]:.3f} bits, {speed:,.0f} characters/s")

    trainer = Trainer(model, optimizer, schedule=schedule, on_step=report)
    trainer.fit(batches(ids, steps, rng))
    print("".join(characters[model.sample(ids[:20], 200, rng)]))
    return bits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, nargs="?", help="default: the documentation of Python")
    parser.add_argument("--steps", type=int, default=300)
    given = parser.parse_args()
    train((given.text or python_docs_path()).read_text(encoding="utf-8")[:500_000], given.steps)
