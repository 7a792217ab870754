"""Training of word vectors, compared with gensim and fastText where they are installed.

Trainers alternate, each run in a process of its own, on one corpus with equal dimensions, window,
negatives, subsampling, epochs and threads. The corpus is ``enwiki100mb.txt.gz`` of the
data folder (``TINYGRAD_W2V_DATA``, or ``../shared/data`` beside the repository), or else the
documentation of this Python. ``BENCHMARK_RUNS`` (3), ``BENCHMARK_EPOCHS`` (1) and
``BENCHMARK_MODEL`` (cbow) change the size of the job, ``BENCHMARK_TRAINERS`` (those installed of
numpy,numba,gensim,fasttext) and ``BENCHMARK_THREADS`` (1,2) what is run. ``BENCHMARK_PRESET``
(fast; empty for the defaults) is the preset of this package.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_job import Job
from tests.benchmarks.word2vec_runs import MEASURES, installed, quality, run, unpacked_corpus
from tinygrad_w2v.word2vec import Corpus

RUNS = int(os.environ.get("BENCHMARK_RUNS", "3"))
EPOCHS = int(os.environ.get("BENCHMARK_EPOCHS", "1"))
MODEL = os.environ.get("BENCHMARK_MODEL", "cbow")
TRAINERS = os.environ.get("BENCHMARK_TRAINERS", "numpy,numba,gensim,fasttext").split(",")
PRESET = os.environ.get("BENCHMARK_PRESET", "fast")
THREADS = [int(number) for number in os.environ.get("BENCHMARK_THREADS", "1,2").split(",")]
LABELS = {
    "numpy": "tinygrad_w2v, NumPy",
    "numba": "tinygrad_w2v, Numba",
    "fasttext": "fastText",
}


def main() -> None:
    trainers = installed(TRAINERS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = unpacked_corpus(folder)
        words = Corpus.from_text([corpus], cache_directory=folder / "words").word_count
        if "numba" in trainers:  # before the runs that are timed
            _compile(corpus, folder)
        rows = [
            row
            for threads in THREADS
            for row in _compared(trainers, corpus, folder, threads, words)
        ]
    table(
        f"{MODEL}, {words:,} words, {EPOCHS} epochs, medians of {RUNS} runs",
        (
            "threads",
            "trainer",
            "words/s",
            "/ gensim",
            "whole process, s",
            "/ gensim",
            "peak MB",
            *MEASURES,
        ),
        rows,
    )
    if "fasttext" in trainers:
        print("\nfastText's training time includes counting the words; the others' does not.")


def _compile(corpus: Path, folder: Path) -> None:
    """Train on the first lines twice and print the time of compiling."""
    beginning = folder / "beginning.txt"
    with open(corpus, "rb") as source:
        beginning.write_bytes(b"".join(itertools.islice(source, 2000)))
    job = Job("numba", str(beginning), str(folder / "beginning.bin"), MODEL)
    first, again = (run(job, folder)["whole"] for _ in range(2))
    print(
        f"\ncompiling the Numba kernels with an empty cache: {first - again:.1f} s "
        f"(a small training {first:.1f} s the first time, {again:.1f} s the second)."
    )


def _compared(
    trainers: list[str], corpus: Path, folder: Path, threads: int, words: int
) -> Iterator[tuple[object, ...]]:
    """Run the trainers in turns; yield the row of each."""
    reports: dict[str, list[dict[str, float]]] = {trainer: [] for trainer in trainers}
    for _ in range(RUNS):
        for trainer in trainers:
            output = str(folder / f"{trainer}.bin")
            job = Job(trainer, str(corpus), output, MODEL, threads, EPOCHS, preset=PRESET)
            reports[trainer].append(run(job, folder))
    middle = {
        trainer: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for trainer, runs in reports.items()
    }
    peer = middle.get("gensim")
    for trainer, figures in middle.items():
        speed = words * EPOCHS / figures["training"]
        scores = quality(folder / f"{trainer}.bin")  # of the last run
        yield (
            threads,
            LABELS.get(trainer, trainer),
            f"{speed / 1e6:.2f} M",
            f"{peer['training'] / figures['training']:.2f}" if peer else "",
            f"{figures['whole']:.1f}",
            f"{figures['whole'] / peer['whole']:.2f}" if peer else "",
            f"{figures['peak'] / 1e6:,.0f}",
            *(f"{scores[name]:.3f}" if scores else "" for name in MEASURES),
        )
