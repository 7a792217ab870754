"""Cost per word of a CBOW step as the vocabulary grows, with negative sampling and with a softmax.

Ids are drawn by Zipf's law, 100 dimensions, window 5. Negative sampling (5 negatives, 40 shared by
64 tokens) and the full softmax use batches of 1,024 words; the one-hot product uses 128, since its
input has a vector of the vocabulary's length for each context word. Times are processor times, one
thread, medians. With matplotlib the figure ``docs/vocabulary.svg`` is drawn (``BENCHMARK_SVG``
names another file). ``BENCHMARK_TURNS`` (5) sets the number of repetitions, ``BENCHMARK_LARGEST``
(1000000) the largest vocabulary.
"""

from __future__ import annotations

import importlib.util
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.benchmarks.plot import COLOURS, Line, draw, pyplot, save
from tests.benchmarks.timing import table
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.models.windows import Windows
from tinygrad_w2v.runtime.allocator import retain_freed_memory
from tinygrad_w2v.runtime.blas import single_threaded_blas

TURNS = int(os.environ.get("BENCHMARK_TURNS", "5"))
LARGEST = int(os.environ.get("BENCHMARK_LARGEST", "1000000"))
SVG = Path(os.environ.get("BENCHMARK_SVG") or Path(__file__).parents[2] / "docs/vocabulary.svg")
DIM, WINDOW = 100, 5
SIZES = {
    "negative sampling, Numba": (10**3, 10**4, 10**5, 10**6),
    "negative sampling, NumPy": (10**3, 10**4, 10**5, 10**6),
    "Embedding, softmax": (10**3, 10**4, 10**5),
    "one-hot, softmax": (10**3, 10**4),
}
STYLES: dict[str, dict[str, Any]] = {
    "negative sampling, Numba": {"color": COLOURS["blue"], "marker": "o"},
    "negative sampling, NumPy": {"color": COLOURS["green"], "marker": "s"},
    "Embedding, softmax": {"color": COLOURS["orange"], "marker": "^", "ls": "--"},
    "one-hot, softmax": {"color": COLOURS["vermilion"], "marker": "D", "ls": ":"},
}


def main() -> None:
    retain_freed_memory()  # as in a training of word vectors
    names = [name for name in SIZES if "Numba" not in name or importlib.util.find_spec("numba")]
    costs: dict[str, dict[int, float]] = {}
    for name in names:
        sizes = [size for size in SIZES[name] if size <= LARGEST]
        costs[name] = {size: microseconds_a_word(name, size) for size in sizes}
    sizes = sorted({size for found in costs.values() for size in found})
    table(
        "processor time of a CBOW step, in µs per word",
        ("vocabulary", *(f"{size:,}" for size in sizes)),
        [
            (name, *(f"{found[size]:,.2f}" if size in found else "" for size in sizes))
            for name, found in costs.items()
        ],
    )
    if importlib.util.find_spec("matplotlib"):
        picture(costs)
    else:
        print("no figure: matplotlib is not installed (extra plot)")


def microseconds_a_word(name: str, size: int) -> float:
    """Return the time per word of steps of the Trainer."""
    set_backend("numba" if "Numba" in name else "numpy")
    rng = np.random.default_rng(0)
    share = 1.0 / np.arange(1, size + 1)
    counts = np.maximum(share / share.sum() * 1e8, 1).astype(np.int64)
    one_hot = name.startswith("one-hot")
    negative = name.startswith("negative")
    words = 128 if one_hot else 1024
    batches = [run_of_text(rng, share, words) for _ in range(32 if negative else 1)]
    if one_hot:
        model: Any = tg.models.OneHotCBOW(size, DIM, rng=0)
        ids = rng.choice(size, (words, 2 * WINDOW + 1), p=share / share.sum())
        batches = [(ids[:, 1:], ids[:, 0])]
    elif negative:
        model = tg.models.CBOW(counts, DIM, shared=40, straight_through=True, rng=0)
    else:
        model = tg.models.CBOW(counts, DIM, loss="softmax", straight_through=True, rng=0)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.01, clip_row=0.5 if negative else None)
    trainer = tg.training.Trainer(model, optimizer, predictions=model.predictions)
    with single_threaded_blas():
        taken = processor_seconds(lambda: fit(trainer, batches))
    return taken / (len(batches) * words) * 1e6


def fit(trainer: Any, batches: list[Any]) -> None:
    trainer.positions = []  # start again
    trainer.fit(batches)


def processor_seconds(function: Callable[[], object]) -> float:
    """Return the median over the turns, after one to warm up; fewer turns if they are slow."""
    function()
    times: list[float] = []
    while len(times) < TURNS and sum(times) < 20:
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def run_of_text(rng: np.random.Generator, share: Any, words: int) -> Any:
    """Return a run of one line, with windows drawn as in word2vec.c."""
    position = np.arange(words)
    radius = rng.integers(1, WINDOW + 1, words)
    return Windows(
        rng.choice(len(share), words, p=share / share.sum()).astype(np.intp),
        np.minimum(radius, position),
        np.minimum(radius, position[::-1]),
        words,
    )


def picture(costs: dict[str, dict[int, float]]) -> None:
    plt = pyplot()
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.set(xscale="log", yscale="log", xlabel="words in the vocabulary")
    axes.set_title("Processor time of a CBOW step, µs a word")
    lines: dict[str, Line] = {
        name: (list(found), list(found.values()), STYLES[name]) for name, found in costs.items()
    }
    axes.grid(alpha=0.25)
    every = [cost for found in costs.values() for cost in found.values()]
    axes.set_ylim(min(every) / 2, max(every) * 5)  # space for the labels of lines that end early
    draw(axes, lines, above=["Embedding, softmax", "one-hot, softmax"])
    save(figure, SVG)
