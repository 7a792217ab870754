"""Texts as batches, and the speed of a model on them; for station 5."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import zipf_counts

from tinygrad_w2v import models, optim
from tinygrad_w2v.models import Windows, contexts_and_targets
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.training.loop import RepeatedBatches

WINDOW = 5


def read(path: Path | None, num_words: int, length: int) -> tuple[Any, Any]:
    """Return word ids, the most frequent first, and the counts of the words."""
    if path is None:
        counts = zipf_counts(num_words)
        rng = np.random.default_rng(0)
        return rng.choice(num_words, length, p=counts / counts.sum()), counts
    text = path.read_text(encoding="utf-8").replace("\n", " <eos> ").split()
    _, ids, counts = np.unique(text, return_inverse=True, return_counts=True)
    order = np.argsort(-counts)
    return np.argsort(order)[ids], counts[order]


def pairs(ids: Any, words: int) -> list[Any]:
    """Return batches of contexts and targets: what the chapter's models take."""
    contexts, targets = contexts_and_targets(ids[: 64 * words], WINDOW)
    starts = range(0, len(targets), words)
    return [(contexts[at : at + words], targets[at : at + words]) for at in starts]


def runs(ids: Any, words: int = 2048) -> list[Any]:
    """Return batches of consecutive words with random windows, as in word2vec.c."""
    rng, place = np.random.default_rng(0), np.arange(words)
    found = []
    for start in range(0, len(ids) - words, words):
        radius = rng.integers(1, WINDOW + 1, words)
        ends = np.minimum(radius, place), np.minimum(radius, place[::-1])
        found.append(Windows(ids[start : start + words].astype(np.intp), *ends, words))
    return found


def words_per_second(
    model: Any, batches: Sequence[Any], workers: int = 1, epochs: int = 1
) -> float:
    """Train on the batches, after one to warm up; return words per second."""
    clip = None if isinstance(model, models.OneHotCBOW) else 0.5
    optimizer = optim.SGD(model.parameters(), lr=0.01, clip_row=clip)
    trainer = Trainer(model, optimizer, predictions=model.predictions)
    with single_threaded_blas():
        trainer.fit(batches[:1])
        words = sum(len(batch[-1] if type(batch) is tuple else batch) for batch in batches)
        sources = [RepeatedBatches(batches[worker::workers]) for worker in range(workers)]
        trainer = Trainer(model, optimizer, predictions=model.predictions)
        start = time.perf_counter()
        trainer.fit(sources, epochs, processes=workers > 1)
    return epochs * words / (time.perf_counter() - start)
