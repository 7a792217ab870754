"""Training of word vectors, beside gensim where it is installed.

Trainers alternate, each run in a process of its own, on one corpus with the same dimensions,
window, negatives, subsampling, epochs and threads. The corpus is ``enwiki100mb.txt.gz`` of the
data folder (``TINYGRAD_W2V_DATA``, or ``../shared/data`` beside the repository), or else the
documentation of this Python. ``BENCHMARK_RUNS`` (3), ``BENCHMARK_EPOCHS`` (1) and
``BENCHMARK_MODEL`` (cbow) change the size of the job.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import table
from tinygrad_w2v.data import Corpus, python_docs_path
from tinygrad_w2v.vectors import KeyedVectors, evaluate_analogies, evaluate_pairs

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TINYGRAD_W2V_DATA") or ROOT.parent / "shared" / "data")
RUNS = int(os.environ.get("BENCHMARK_RUNS", "3"))
EPOCHS = int(os.environ.get("BENCHMARK_EPOCHS", "1"))
MODEL = os.environ.get("BENCHMARK_MODEL", "cbow")


def main() -> None:
    trainers = ["numpy"]
    trainers += ["numba"] if importlib.util.find_spec("numba") else []
    trainers += ["gensim"] if importlib.util.find_spec("gensim") else []
    with tempfile.TemporaryDirectory() as folder:
        corpus = _corpus(Path(folder))
        words = Corpus.from_text([corpus]).word_count
        if "numba" in trainers:  # so that no run pays for compiling
            _run("numba", corpus, Path(folder), 1, 1)
        for threads in (1, 2):
            _compare(trainers, corpus, Path(folder), threads, words)


def _corpus(folder: Path) -> Path:
    packed = DATA / "enwiki100mb.txt.gz"
    if not packed.exists():
        return python_docs_path()
    plain = folder / "enwiki.txt"
    with gzip.open(packed) as source, open(plain, "wb") as target:
        shutil.copyfileobj(source, target)
    return plain


def _run(trainer: str, corpus: Path, folder: Path, threads: int, epochs: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.word2vec_job", trainer, str(corpus)]
    command += [str(folder / f"{trainer}.bin"), str(threads), str(epochs), MODEL]
    # BLAS threads would fight with the trainers' own.
    settings = {"OPENBLAS_NUM_THREADS": "1", "TINYGRAD_W2V_CACHE": str(folder / "cache")}
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **settings}
    )
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def _compare(trainers: list[str], corpus: Path, folder: Path, threads: int, words: int) -> None:
    reports: dict[str, list[dict[str, float]]] = {trainer: [] for trainer in trainers}
    for _ in range(RUNS):
        for trainer in trainers:
            reports[trainer].append(_run(trainer, corpus, folder, threads, EPOCHS))
    middle = {
        trainer: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for trainer, runs in reports.items()
    }
    peer = middle.get("gensim")
    rows = []
    for trainer, figures in middle.items():
        speed = words * EPOCHS / figures["training"]
        rows.append(
            (
                trainer,
                f"{speed / 1e6:.2f} M",
                f"{peer['training'] / figures['training']:.2f}" if peer else "",
                f"{figures['whole']:.1f}",
                f"{figures['whole'] / peer['whole']:.2f}" if peer else "",
                f"{figures['peak'] / 1e6:,.0f}",
                *_quality(folder / f"{trainer}.bin"),
            )
        )
    table(
        f"{MODEL}, {words:,} words, {EPOCHS} epochs, {threads} threads, medians of {RUNS} runs",
        (
            "trainer",
            "words/s",
            "speed / gensim",
            "whole s",
            "whole / gensim",
            "peak MB",
            "WS-353",
            "SimLex",
            "analogies",
        ),
        rows,
    )


def _quality(path: Path) -> tuple[Any, ...]:
    """Return the scores of the last run's vectors, where the evaluation files are at hand."""
    folder = DATA / "eval"
    if not folder.exists():
        return ("", "", "")
    vectors = KeyedVectors.load(path)
    pairs = [
        f"{evaluate_pairs(vectors, folder / name).spearman:.3f}"
        for name in ("wordsim353.tsv", "simlex999.txt")
    ]
    return (*pairs, f"{evaluate_analogies(vectors, folder / 'questions-words.txt').accuracy:.3f}")
