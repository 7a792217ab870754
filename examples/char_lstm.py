"""A character-level LSTM language model, trained by the same Trainer as word2vec.

Run it: ``python examples/char_lstm.py ptb.train.txt``. It prints the loss in bits per character
as it falls, and some text of the model's own.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim
from tinygrad_w2v.training import Progress, Trainer


class CharModel(nn.Module):
    """Embedding, LSTM and a softmax over characters."""

    def __init__(self, characters: int, width: int = 32, hidden: int = 128, *, rng: Any) -> None:
        self.embedding = nn.Embedding(characters, width, scale=0.1, rng=rng)
        self.lstm = nn.LSTM(width, hidden, rng=rng)
        self.scores = nn.Linear(hidden, characters, rng=rng)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, text: Any, following: Any) -> Any:
        """Return the mean loss, in nats, of predicting each next character, (T, N) each."""
        output, _ = self.lstm(self.embedding(text))
        scores = self.scores(output)
        return self.loss(scores.reshape(-1, scores.shape[2]), following.reshape(-1))

    def sample(self, start: Any, count: int, rng: np.random.Generator) -> list[int]:
        """Return characters drawn one after another, each from what the model expects."""
        text, state, given = list(start), None, np.asarray(start)[:, None]
        with no_grad():
            for _ in range(count):
                output, state = self.lstm(self.embedding(given), state)
                expected = np.asarray(self.scores(output[-1]).softmax(), np.float64)[0]
                text.append(int(rng.choice(len(expected), p=expected / expected.sum())))
                given = np.array([[text[-1]]])
        return text


def batches(ids: Any, length: int, width: int, count: int, rng: np.random.Generator) -> Any:
    """Yield stretches of text, and the same one character on, (length, width) each."""
    for _ in range(count):
        starts = rng.integers(len(ids) - length - 1, size=width)
        stretch = ids[starts + np.arange(length + 1)[:, None]]
        yield stretch[:-1], stretch[1:]


def train(text: str, steps: int = 300, seed: int = 0, show: int = 25) -> list[float]:
    """Train on a text and return the loss of each stretch of `show` steps, in bits."""
    rng = np.random.default_rng(seed)
    characters, ids = np.unique(list(text), return_inverse=True)
    model = CharModel(len(characters), rng=rng)
    optimizer = optim.Adam(model, lr=5e-3)
    schedule = optim.CosineLR(optimizer, total=steps, warmup=steps / 20)
    bits: list[float] = []
    told = [0.0, 0.0]

    def tell(progress: Progress) -> None:
        if progress.steps % show == 0:
            loss = (progress.loss_sum - told[0]) / (progress.loss_count - told[1])
            told[:] = progress.loss_sum, progress.loss_count
            bits.append(loss / math.log(2))
            speed = progress.speed * 32 * 48
            print(f"step {progress.steps}: {bits[-1]:.3f} bits, {speed:,.0f} characters/s")

    trainer = Trainer(model, optimizer, schedule=schedule, on_step=tell)
    trainer.fit(batches(ids, 48, 32, steps, rng))
    print("".join(characters[model.sample(ids[:20], 200, rng)]))
    return bits


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, help="a plain text file, such as ptb.train.txt")
    parser.add_argument("--steps", type=int, default=300)
    given = parser.parse_args()
    train(given.text.read_text(encoding="utf-8"), given.steps)
