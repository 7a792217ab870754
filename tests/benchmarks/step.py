"""Where the time of a CBOW step goes: each routine of ``kernels``, and the rest.

Steps of the Trainer on precomputed batches, Numba backend, one thread. Each routine is timed around
its call, including its Python code. The rest is the engine, the modules, the optimizer and the
Trainer. The whole is measured in turns without these timers, whose cost would count as the rest.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import unpacked_corpus
from tinygrad_w2v.kernels import backend, dispatch
from tinygrad_w2v.nn import negative_sampling
from tinygrad_w2v.runtime.allocator import retain_freed_memory
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.word2vec import Corpus, Settings, WindowBatches, Word2Vec

DIM, WINDOW, SAMPLE = 100, 5, 1e-4
WORDS, TURNS = 250_000, 12
CASES = {
    "defaults, 1,024": ("", 1024),
    "accurate, 2,048": ("accurate", 2048),
    "fast, 1,024": ("fast", 1024),
    "fast, 2,048": ("fast", 2048),
}


def main() -> None:
    backend.set_backend("numba")
    retain_freed_memory()  # as in every training of word vectors
    with tempfile.TemporaryDirectory() as folder:
        text = unpacked_corpus(Path(folder))
        corpus = Corpus.from_text([text], min_count=5, cache_directory=Path(folder) / "cache")
        parts = {name: budget(corpus, *case) for name, case in CASES.items()}
    rows = dict.fromkeys(itertools.chain.from_iterable(parts.values()))
    table(
        "a step of CBOW, ns per token kept by subsampling 1e-4; µs a step outside the routines",
        ("part", *parts),
        [(row, *(f"{found.get(row, 0):,.1f}" for found in parts.values())) for row in rows],
    )


def budget(corpus: Corpus, preset: str, batch_tokens: int) -> dict[str, float]:
    """Return the time of each part of a step, medians over the turns."""
    options: dict[str, Any] = {"dim": DIM, "window": WINDOW, "sample": SAMPLE, "epochs": 1}
    options["batch_tokens"] = batch_tokens
    settings = Settings.preset(preset, **options) if preset else Settings(**options)
    source = WindowBatches(
        corpus, window=WINDOW, batch_tokens=batch_tokens, sample=SAMPLE, seed=settings.seed
    )
    batches = list(itertools.islice(source.epoch(0), WORDS // batch_tokens))
    words = sum(map(len, batches))
    trainer = Word2Vec(corpus, settings).trainer
    clock = Clock()

    def turn() -> float:
        trainer.positions = []  # start again
        start = time.perf_counter()
        trainer.fit(batches)
        return time.perf_counter() - start

    turns = []
    with single_threaded_blas():
        for _ in range(TURNS + 1):  # the first to warm up
            clock.spent.clear()
            with clock:
                turn()
            turns.append({**clock.spent, "whole": turn()})
    found = {
        name: statistics.median(turn.get(name, 0.0) for turn in turns[1:]) / words * 1e9
        for name in turns[-1]
    }
    whole = found.pop("whole")
    outside = whole - sum(found.values())
    return {
        **dict(sorted(found.items())),
        "outside": outside,
        "whole": whole,
        "outside, %": outside / whole * 100,
        "outside, µs a step": outside * words / len(batches) / 1e3,
    }


class Clock:
    """Context manager that times the compiled routines and the drawing of negatives."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    def __enter__(self) -> Clock:
        self._forms, self._draw = dict(dispatch.compiled_kernels), negative_sampling.draw_alias
        for name, form in self._forms.items():
            if name != "choose_alias":  # called by draw_alias
                timed = form._replace(function=self._timed(name, form.function))
                dispatch.compiled_kernels[name] = timed
        negative_sampling.draw_alias = self._timed("draw_alias", self._draw)
        return self

    def __exit__(self, *exc_info: object) -> None:
        dispatch.compiled_kernels.update(self._forms)
        negative_sampling.draw_alias = self._draw

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            start = time.perf_counter()
            result = function(*args)
            self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - start
            return result

        return run
