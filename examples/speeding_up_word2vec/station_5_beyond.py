"""Station 5: beyond the chapter, and the table of all stations.

Runs of text, shared negatives, compiled kernels and processes, each added to the one before. For
every station it measures steps of training and prints the seconds of one epoch, on a text
(``--text ptb.train.txt``; default: random words by Zipf's law) and with a vocabulary of a million
words. gensim is measured too if it is installed.

    python examples/speeding_up_word2vec/station_5_beyond.py --text ptb.train.txt
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from batches import WINDOW, pairs, read, runs, words_per_second
from measuring import figure, parser, save, table

from tinygrad_w2v import models
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.runtime.allocator import retain_freed_memory

DIM, NEGATIVES = 100, 5
EPOCH = 929_589  # words of the Penn Treebank, ends of sentences included
HAS_NUMBA = importlib.util.find_spec("numba") is not None


def stations(ids: Any, counts: Any) -> dict[str, Callable[[], float]]:
    """Return a function that measures each station, the slowest first."""
    large = len(counts) > 100_000
    few, batches = (2, 2) if large else (100, 4)  # words in a slow batch, and batches

    def on(backend: Any, batches: Any, workers: int = 1, epochs: int = 1, **loss: Any) -> float:
        set_backend(backend)
        model = models.CBOW(counts, DIM, negative=NEGATIVES, rng=0, **loss)
        return words_per_second(model, batches, workers, epochs)

    found: dict[str, Callable[[], float]] = {
        "one-hot product and softmax": lambda: words_per_second(
            models.OneHotCBOW(len(counts), DIM, rng=0), pairs(ids, few)[:batches]
        ),
        "Embedding and softmax": lambda: on(
            "numpy", pairs(ids, 10 * few)[:batches], loss="softmax"
        ),
        "Embedding and negative sampling": lambda: on("numpy", pairs(ids, 1000)),
        "runs of text": lambda: on("numpy", runs(ids)),
        "shared negatives": lambda: on("numpy", runs(ids), shared=24),
    }
    if HAS_NUMBA:
        found["compiled kernels"] = lambda: on("numba", runs(ids), 1, 5, shared=24)
        found["two processes"] = lambda: on("numba", runs(ids), 2, 5, shared=24)
    return found


def gensim(ids: Any) -> float:
    """Return gensim's words per second on the same words, two threads."""
    from gensim.models import Word2Vec

    lines = [list(map(str, line)) for line in np.array_split(ids, len(ids) // 1000 + 1)]
    model = Word2Vec(vector_size=DIM, window=WINDOW, negative=NEGATIVES, min_count=1, workers=2)
    model.build_vocab(lines)
    start = time.perf_counter()
    model.train(lines, total_examples=len(lines), epochs=1)
    return len(ids) / (time.perf_counter() - start)


def main() -> None:
    """Measure all stations, print the table and draw the speeds."""
    arguments = parser(__doc__)
    arguments.add_argument("--text", type=Path, help="default: random words by Zipf's law")
    options = arguments.parse_args()
    retain_freed_memory()  # as every training of word vectors does
    length, largest = (20_000, 20_000) if options.short else (EPOCH, 10**6)
    texts = [read(options.text, 10_000, length), read(None, largest, length)]
    speeds = [{name: run() for name, run in stations(*text).items()} for text in texts]
    if importlib.util.find_spec("gensim"):
        speeds[0]["gensim, two threads"] = gensim(texts[0][0])
    print(f"seconds of an epoch of {EPOCH:,} words, and the speed-up so far:\n")
    header = ["", f"V = {len(texts[0][1]):,}", "", f"V = {len(texts[1][1]):,}", ""]
    rows = []
    for name in speeds[0]:
        cells = [name]
        for found in speeds:
            speed, start = found.get(name), next(iter(found.values()))
            cells += [f"{EPOCH / speed:,.2f}", f"{speed / start:,.0f} ×"] if speed else ["", ""]
        rows.append(cells)
    table(header, rows)
    drawn, axes = figure()
    axes.barh(list(speeds[0])[::-1], list(speeds[0].values())[::-1], color="#0072B2")
    axes.set(xscale="log", title=f"words per second, V = {len(texts[0][1]):,}")
    save(drawn, options.pictures, "beyond.svg")


if __name__ == "__main__":
    main()
