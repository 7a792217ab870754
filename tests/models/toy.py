"""A toy sentence as contexts and targets, and its training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.models.windows import Windows, contexts_and_targets
from tinygrad_w2v.nn import Module
from tinygrad_w2v.word2vec import Corpus, WindowBatches

SENTENCE = ["you", "say", "goodbye", "and", "i", "say", "hello", "."]
CORPUS = Corpus.from_sentences([SENTENCE])
CONTEXTS, TARGETS = contexts_and_targets(CORPUS.ids[CORPUS.ids >= 0], window=1)
COUNTS = CORPUS.vocabulary.counts


def train(model: Module, *batch: object, steps: int = 200, lr: float = 0.05) -> list[float]:
    """Train and return the loss before each step."""
    optimizer = tg.optim.Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(*batch)
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
    return losses


def random_batch(seed: int, words: int = 30, window: int = 4) -> Windows:
    """Return a batch of random lines from a vocabulary of `words` words."""
    rng = np.random.default_rng(seed)
    lines = [
        [str(w) for w in rng.integers(words, size=size)] for size in rng.integers(2, 40, size=9)
    ]
    corpus = Corpus.from_sentences(lines)
    batches: Iterator[Windows] = WindowBatches(
        corpus, window=window, batch_tokens=10_000, sample=0, seed=seed
    ).epoch(0)
    return next(batches)
