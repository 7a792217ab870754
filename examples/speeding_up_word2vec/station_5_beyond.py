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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import figure, parser, save, table, zipf_counts

from tinygrad_w2v import models, optim
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.models import Windows, contexts_and_targets
from tinygrad_w2v.runtime.allocator import retain_freed_memory
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.training.loop import RepeatedBatches

DIM, WINDOW, NEGATIVES = 100, 5, 5
EPOCH = 929_589  # words of the Penn Treebank, ends of sentences included
HAS_NUMBA = importlib.util.find_spec("numba") is not None


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


def stations(ids: Any, counts: Any) -> dict[str, Callable[[], float]]:
    """Return a function that measures each station, the slowest first."""
    large = len(counts) > 100_000

    def cbow(**settings: Any) -> Any:
        return models.CBOW(counts, DIM, negative=NEGATIVES, rng=0, **settings)

    def on(backend: str, batches: Any, workers: int = 1, epochs: int = 1, **loss: Any) -> float:
        set_backend(backend)  # type: ignore[arg-type]
        return words_per_second(cbow(**loss), batches, workers, epochs)

    few = 2 if large else 100
    found: dict[str, Callable[[], float]] = {
        "one-hot product and softmax": lambda: words_per_second(
            models.OneHotCBOW(len(counts), DIM, rng=0), pairs(ids, few)[: 2 if large else 4]
        ),
        "Embedding and softmax": lambda: on(
            "numpy", pairs(ids, 10 * few)[: 2 if large else 4], loss="softmax"
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
    first = [next(iter(found.values())) for found in speeds]
    print(f"seconds of an epoch of {EPOCH:,} words, and the speed-up so far")
    header = ["", f"V = {len(texts[0][1]):,}", "", f"V = {len(texts[1][1]):,}", ""]
    rows = []
    for name in speeds[0]:
        cells = [name]
        for found, start in zip(speeds, first, strict=True):
            speed = found.get(name)
            cells += [f"{EPOCH / speed:,.2f}", f"{speed / start:,.0f} ×"] if speed else ["", ""]
        rows.append(cells)
    table(header, rows)
    drawn, axes = figure()
    names = list(speeds[0])
    axes.barh(names[::-1], [speeds[0][name] for name in names[::-1]], color="#0072B2")
    axes.set(xscale="log", title=f"words per second, V = {len(texts[0][1]):,}")
    save(drawn, options.pictures, "beyond.svg")


if __name__ == "__main__":
    main()
