"""One training of word vectors in a process of its own, for the word2vec benchmark.

``python -m tests.benchmarks.word2vec_job TRAINER CORPUS OUTPUT THREADS EPOCHS MODEL`` prints one
line of JSON: seconds of training and in all, words a second, and peak memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

BEGAN = time.perf_counter()
DIM, WINDOW, MIN_COUNT, NEGATIVE, SAMPLE = 100, 5, 5, 5, 1e-4


def gensim(corpus: Path, output: Path, threads: int, epochs: int, model: str) -> float:
    """Train with gensim's compiled loops from a file; return the seconds of training."""
    from gensim.models import Word2Vec

    trained = Word2Vec(
        vector_size=DIM,
        window=WINDOW,
        min_count=MIN_COUNT,
        negative=NEGATIVE,
        sample=SAMPLE,
        sg=int(model == "skipgram"),
        alpha=0.025 if model == "skipgram" else 0.05,
        epochs=epochs,
        workers=threads,
        seed=1,
    )
    trained.build_vocab(corpus_file=str(corpus))
    start = time.perf_counter()
    trained.train(
        corpus_file=str(corpus),
        total_examples=trained.corpus_count,
        total_words=trained.corpus_total_words,
        epochs=epochs,
    )
    seconds = time.perf_counter() - start
    trained.wv.save_word2vec_format(str(output), binary=True)
    return seconds


def ours(backend: Any, corpus: Path, output: Path, threads: int, epochs: int, model: Any) -> float:
    """Train with this package; return the seconds of training."""
    from tinygrad_w2v.data import Corpus
    from tinygrad_w2v.kernels.backend import set_backend
    from tinygrad_w2v.word2vec import Settings, Word2Vec

    set_backend(backend)
    text = Corpus.from_text([corpus], min_count=MIN_COUNT)
    settings = Settings(
        model=model,
        dim=DIM,
        window=WINDOW,
        negative=NEGATIVE,
        sample=SAMPLE,
        epochs=epochs,
        threads=threads,
        lr=0.1,
    )
    job = Word2Vec(text, settings)
    start = time.perf_counter()
    job.fit()
    seconds = time.perf_counter() - start
    job.vectors().save(output)
    return seconds


def main(arguments: list[str]) -> None:
    trainer, corpus, output, threads, epochs, model = arguments
    options = (Path(corpus), Path(output), int(threads), int(epochs), model)
    training = gensim(*options) if trainer == "gensim" else ours(trainer, *options)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    report = {"training": training, "whole": time.perf_counter() - BEGAN, "peak": peak}
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
