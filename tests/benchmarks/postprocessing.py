"""What post-processing changes: the scores of vectors after each method of ``KeyedVectors``.

CBOW with the defaults on the beginning of ``enwiki100mb.txt.gz`` of the data folder, which has the
test sets too. ``BENCHMARK_MEGABYTES`` (40) and ``BENCHMARK_THREADS`` (1) set the size and threads.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import DATA, MEASURES, quality, unpacked_corpus
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec import Corpus, KeyedVectors, Settings, Word2Vec

MEGABYTES = int(os.environ.get("BENCHMARK_MEGABYTES", "40"))
THREADS = int(os.environ.get("BENCHMARK_THREADS", "1"))


def main() -> None:
    if not (DATA / "eval").exists():
        raise InputError(f"this benchmark needs the test sets in {DATA / 'eval'}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = unpacked_corpus(folder).read_bytes()[: MEGABYTES * 1_000_000]
        text = folder / "part.txt"
        text.write_bytes(data[: data.rfind(b"\n") + 1])
        corpus = Corpus.from_text(text, min_count=5, cache_directory=folder)
        job = Word2Vec(corpus, Settings(threads=THREADS))
        job.fit()
        rows = []
        for label, method in methods(job).items():
            method(job.vectors()).save(folder / "vectors.npz")
            scores = quality(folder / "vectors.npz")
            rows.append((label, *(f"{scores[measure]:.3f}" for measure in MEASURES)))
    table(f"CBOW, {corpus.word_count:,} words", ("vectors", *MEASURES), rows)


def methods(job: Word2Vec) -> dict[str, Callable[[KeyedVectors], Any]]:
    """Return what is done to the vectors of a job, by the code that does it."""
    return {
        "as trained": lambda vectors: vectors,
        '`quantized("float16")`, half the size': lambda vectors: vectors.quantized("float16"),
        '`quantized("int8")`, a quarter': lambda vectors: vectors.quantized("int8"),
        "`averaged(job.output_vectors())`": lambda vectors: vectors.averaged(job.output_vectors()),
        "`whitened(0.25)`": lambda vectors: vectors.whitened(0.25),
        "`without_top_components(1)`": lambda vectors: vectors.without_top_components(1),
        "`without_top_components(3)`": lambda vectors: vectors.without_top_components(3),
    }
