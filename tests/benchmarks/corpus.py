"""Reading text, and saving and loading vectors, compared with gensim where it is installed.

Text: this package counts the words and writes them as ids; gensim's ``build_vocab`` only counts.
The text is ``enwiki100mb.txt.gz`` of the data folder, unpacked, or the documentation of this
Python. Vectors: 200,000 of 100 dimensions in word2vec's formats, compared with copying the file.
Times are processor times, medians of ``BENCHMARK_RUNS`` (3) in turns. ``BENCHMARK_VECTORS``
(200000) sets the number of vectors.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import unpacked_corpus
from tinygrad_w2v.word2vec import Corpus
from tinygrad_w2v.word2vec.vectors import KeyedVectors

RUNS = int(os.environ.get("BENCHMARK_RUNS", "3"))
VECTORS = int(os.environ.get("BENCHMARK_VECTORS", "200000"))
GENSIM = importlib.util.find_spec("gensim") is not None


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        _text(Path(folder))
        for name in ("vectors.bin", "vectors.txt"):
            _vectors(Path(folder) / name)


def processor_seconds(functions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median processor time of each function; the functions take turns."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(RUNS):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def _text(folder: Path) -> None:
    path = unpacked_corpus(folder)
    with open(path, "rb") as file:
        words = sum(len(line.split()) for line in file)

    def ours() -> None:
        with tempfile.TemporaryDirectory(dir=folder) as cache:
            Corpus.from_text(path, cache_directory=cache).close()

    def gensim() -> None:
        from gensim.models import Word2Vec

        Word2Vec(min_count=5).build_vocab(corpus_file=str(path))

    taken = processor_seconds({"tinygrad_w2v, counting and encoding": ours} | _if_gensim(gensim))
    table(
        f"reading {words:,} words",
        ("reader", "s", "words/s", "bytes/s"),
        [
            (
                name,
                f"{seconds:.2f}",
                f"{words / seconds / 1e6:.2f} M",
                f"{path.stat().st_size / seconds / 1e6:.0f} M",
            )
            for name, seconds in taken.items()
        ],
    )


def _if_gensim(counting: Callable[[], None]) -> dict[str, Callable[[], None]]:
    return {"gensim, counting": counting} if GENSIM else {}


def _vectors(path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(VECTORS, 100)).astype(np.float32)
    vectors = KeyedVectors([f"word{number}" for number in range(VECTORS)], values)
    vectors.save(path)
    copy = path.with_name("copy")
    functions: dict[str, Callable[[], object]] = {
        "copy of the file": lambda: _copy(path, copy),
        "tinygrad_w2v, save": lambda: vectors.save(path),
        "tinygrad_w2v, load": lambda: KeyedVectors.load(path),
    }
    if GENSIM:
        from gensim.models import KeyedVectors as Peer

        binary = path.suffix == ".bin"
        peer = Peer.load_word2vec_format(str(path), binary=binary)
        functions["gensim, save"] = lambda: peer.save_word2vec_format(str(copy), binary=binary)
        functions["gensim, load"] = lambda: Peer.load_word2vec_format(str(path), binary=binary)
    size = path.stat().st_size
    table(
        f"{VECTORS:,} vectors of 100 in {path.name}, {size / 1e6:.0f} MB",
        ("what", "s", "MB/s"),
        [
            (name, f"{seconds:.3f}", f"{size / seconds / 1e6:,.0f}")
            for name, seconds in processor_seconds(functions).items()
        ],
    )


def _copy(source: Path, target: Path) -> None:
    with open(source, "rb") as read, open(target, "wb") as write:
        shutil.copyfileobj(read, write, 1 << 20)
