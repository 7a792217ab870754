"""Train a small GPT on characters of the built-in text, and let it write.

Run ``python examples/small_gpt.py``, or with a text file. It prints the loss in bits per character
as it falls, and text that the model generates.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import numpy as np

from tinygrad_w2v import nn, no_grad, optim
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.word2vec import python_docs_path

CONTEXT, WIDTH, HEADS, BLOCKS, BATCH = 64, 64, 4, 2, 16


class Block(nn.Module):
    """Attention to earlier characters, then a two-layer network; each is added to its input."""

    def __init__(self, *, rng: Any) -> None:
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)])
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, rng=rng)
        wide, narrow = nn.Linear(WIDTH, 4 * WIDTH, rng=rng), nn.Linear(4 * WIDTH, WIDTH, rng=rng)
        self.network = nn.Sequential(wide, nn.GELU(), narrow)

    def forward(self, x: Any, mask: Any) -> Any:
        """Map (N, T, WIDTH) to the same shape; `mask` is True where attention is not allowed."""
        normed = self.norms[0](x)
        attended, _ = self.attention(normed, normed, normed, attn_mask=mask, need_weights=False)
        x = x + attended
        return x + self.network(self.norms[1](x))


class GPT(nn.Module):
    """Characters and positions to scores of the next character."""

    def __init__(self, characters: int, *, rng: Any) -> None:
        super().__init__()
        self.characters = nn.Embedding(characters, WIDTH, scale=0.02, rng=rng)
        self.positions = nn.Embedding(CONTEXT, WIDTH, scale=0.02, rng=rng)
        self.blocks = nn.ModuleList(Block(rng=rng) for _ in range(BLOCKS))
        self.norm, self.scores = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, characters, rng=rng)

    def forward(self, text: Any) -> Any:
        """Return the scores of the characters that follow each prefix of text (N, T)."""
        length = text.shape[1]
        mask = np.triu(np.ones((length, length), bool), 1)
        x = self.characters(text) + self.positions(np.arange(length))
        for block in self.blocks:
            x = block(x, mask)
        return self.scores(self.norm(x))


def write(model: GPT, start: Any, count: int, rng: np.random.Generator) -> list[int]:
    """Continue `start` by `count` characters drawn from the predicted distribution."""
    text = list(start)
    with no_grad():
        for _ in range(count):
            scores = model(np.array([text[-CONTEXT:]]))[0, -1]
            share = F.softmax(scores, -1).numpy().astype(np.float64)
            text.append(int(rng.choice(len(share), p=share / share.sum())))
    return text


def train(text: str, steps: int = 300, show: int = 50, seed: int = 0) -> list[float]:
    """Train; return the mean loss of every `show` steps in bits per character."""
    rng = np.random.default_rng(seed)
    letters, ids = np.unique(list(text), return_inverse=True)
    model = GPT(len(letters), rng=rng)
    optimizer = optim.AdamW(model.parameters(), lr=3e-3)
    losses: list[float] = []
    for step in range(steps):
        starts = rng.integers(len(ids) - CONTEXT - 1, size=BATCH)
        sequence = ids[starts[:, None] + np.arange(CONTEXT + 1)]
        scores = model(sequence[:, :-1])
        loss = F.cross_entropy(scores.reshape(-1, len(letters)), sequence[:, 1:].ravel())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() / math.log(2))
        if (step + 1) % show == 0:
            print(f"step {step + 1}: {np.mean(losses[-show:]):.3f} bits per character")
    print("".join(letters[write(model, ids[:20], 200, rng)]))
    return [float(np.mean(losses[at : at + show])) for at in range(0, steps, show)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, nargs="?", help="default: the documentation of Python")
    parser.add_argument("--steps", type=int, default=300)
    given = parser.parse_args()
    train((given.text or python_docs_path()).read_text(encoding="utf-8")[:500_000], given.steps)
