"""Loading vectors and finding neighbours, beside gensim and FAISS, on one core.

Ratios of times, larger than 1 where tinygrad_w2v is faster: the medians over alternating turns.
The backend is Numba if it is installed; peers that are not installed are left out.
``BENCHMARK_WORDS`` (400000) and ``BENCHMARK_DIM`` (300) set the size of the table,
``BENCHMARK_QUERIES`` (1000) the number of queries, ``BENCHMARK_TURNS`` (3) the repetitions. The
words have the lengths of English words, the vectors are random: a search cannot skip any of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.timing import table
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.word2vec.vectors import ApproximateIndex, KeyedVectors

WORDS = int(os.environ.get("BENCHMARK_WORDS", "400000"))
DIM = int(os.environ.get("BENCHMARK_DIM", "300"))
QUERIES = int(os.environ.get("BENCHMARK_QUERIES", "1000"))
TURNS = int(os.environ.get("BENCHMARK_TURNS", "3"))
TOPN = 10
FEW = 50  # queries of gensim, which answers one at a time


def main() -> None:
    set_backend("auto")
    kv = some_vectors()
    with single_threaded_blas(), tempfile.TemporaryDirectory() as folder:
        title = f"{WORDS:,} vectors of {DIM}, processor time on one core, medians of {TURNS}"
        rows = [*loading(kv, Path(folder)), *searching(kv)]
        table(title, ("", "s", "ratio to tinygrad_w2v"), rows)


def some_vectors() -> KeyedVectors:
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(rng.choice(letters, rng.integers(4, 13)))] = None
    return KeyedVectors(words, rng.standard_normal((WORDS, DIM), dtype=np.float32))


def seconds(functions: dict[str, Callable[[], Any]], turns: int = TURNS) -> dict[str, float]:
    """Return the median processor time of each function, over alternating turns."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(turns):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def compared(title: str, found: dict[str, float]) -> list[tuple[str, str, str]]:
    own = found["tinygrad_w2v"]
    return [
        (f"{title}: {name}", f"{taken:.3f}", "" if taken == own else f"{taken / own:.2f}")
        for name, taken in found.items()
    ]


def gensim_vectors() -> Any:
    if importlib.util.find_spec("gensim") is None:
        return None
    return importlib.import_module("gensim.models").KeyedVectors


def loading(kv: KeyedVectors, folder: Path) -> list[tuple[str, str, str]]:
    rows = []
    peer = gensim_vectors()
    for name, is_binary in (("binary", True), ("text", False)):
        path = folder / ("v.bin" if is_binary else "v.txt")
        kv.save(path)
        functions = {"tinygrad_w2v": lambda: KeyedVectors.load(path)}  # noqa: B023
        if peer:
            functions["gensim"] = lambda: peer.load_word2vec_format(path, binary=is_binary)  # noqa: B023
        rows += compared(f"loading {name}", seconds(functions, TURNS if is_binary else 1))
        path.unlink()
    kv.save(folder / "v.npz")
    functions = {
        "tinygrad_w2v": lambda: KeyedVectors.load(folder / "v.npz"),
        "memory-mapped": lambda: KeyedVectors.load(folder / "v.npz", mmap=True),
    }
    return rows + compared("loading .npz", seconds(functions))


def searching(kv: KeyedVectors) -> list[tuple[str, str, str]]:
    queries = np.ascontiguousarray(kv.unit_vectors[:: max(1, WORDS // QUERIES)][:QUERIES])
    functions: dict[str, Callable[[], Any]] = {"tinygrad_w2v": lambda: kv.nearest(queries, TOPN)}
    if importlib.util.find_spec("faiss"):
        faiss: Any = importlib.import_module("faiss")
        faiss.omp_set_num_threads(1)
        flat = faiss.IndexFlatIP(DIM)
        flat.add(kv.unit_vectors)
        functions["FAISS, flat"] = lambda: flat.search(queries, TOPN)
    title = f"{TOPN} neighbours of {len(queries):,} queries"
    rows = compared(title, seconds(functions))
    words = kv.words[:: max(1, WORDS // QUERIES)][:FEW]
    functions = {"tinygrad_w2v": lambda: [kv.most_similar(word, topn=TOPN) for word in words]}
    if peer := gensim_vectors():
        other = peer(DIM)
        other.index_to_key, other.vectors = list(kv.words), kv.vectors
        other.key_to_index = {word: row for row, word in enumerate(kv.words)}
        other.fill_norms()
        functions["gensim"] = lambda: [other.most_similar(word, topn=TOPN) for word in words]
    rows += compared(f"{TOPN} neighbours of {len(words)} words, one at a time", seconds(functions))
    return rows + approximate(kv, queries)


def approximate(kv: KeyedVectors, queries: Any) -> list[tuple[str, str, str]]:
    """Measure an approximate index of the first words."""
    if importlib.util.find_spec("hnswlib") is None:
        return []
    first = KeyedVectors(kv.words[:20_000], kv.vectors[:20_000])
    index = ApproximateIndex(first)
    exact, _ = first.nearest(queries, TOPN)
    found, _ = index.nearest(queries, TOPN)
    share = np.mean([len({*a} & {*b}) / TOPN for a, b in zip(exact, found, strict=True)])
    times = seconds(
        {
            "tinygrad_w2v": lambda: first.nearest(queries, TOPN),
            f"approximate, {share:.0%} found": lambda: index.nearest(queries, TOPN),
        }
    )
    return compared("of 20,000 words", times)


if __name__ == "__main__":
    main()
