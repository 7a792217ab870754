"""One training of word vectors in a process of its own, for the benchmarks.

``python -m tests.benchmarks.word2vec_job JSON`` takes a :class:`Job` as JSON and prints one line of
JSON: seconds of training and in total, and peak memory in bytes.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

BEGAN = time.perf_counter()
DIM, WINDOW, MIN_COUNT = 100, 5, 5
RATES = {"cbow": 0.05, "skipgram": 0.025}  # the default rates of gensim and fastText


@dataclasses.dataclass(frozen=True)
class Job:
    """What to train. `trainer` is numpy or numba (this package), gensim or fasttext.

    `preset` and `more`, which are passed to ``Settings``, apply to this package; `negative` and
    `sample` apply to the others.
    """

    trainer: str
    corpus: str
    output: str
    model: str = "cbow"
    threads: int = 1
    epochs: int = 1
    negative: int = 5
    sample: float = 1e-4
    seed: int = 1
    preset: str = ""
    more: Mapping[str, Any] = dataclasses.field(default_factory=dict)


class WorkersMemory:
    """Peak memory of this process and its forked workers together, in bytes.

    It is the resident memory of this process plus the private memory of each worker, sampled
    between steps at most every 0.5 s.
    """

    def __init__(self) -> None:
        self.peak = 0
        self._sampled_at = 0.0

    def __call__(self, progress: object) -> None:
        now = time.perf_counter()
        if now - self._sampled_at < 0.5 or not os.path.exists("/proc/self/smaps_rollup"):
            return
        self._sampled_at = now
        workers = [str(process.pid) for process in multiprocessing.active_children()]
        memory = _memory("self", ("Rss",))
        memory += sum(_memory(worker, ("Private_Clean", "Private_Dirty")) for worker in workers)
        self.peak = max(self.peak, memory)


def _memory(process: str, kinds: tuple[str, ...]) -> int:
    """Return the sum of the given kinds of a process's memory; 0 if the process ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return 0
    sizes = dict(line.split(":", 1) for line in lines)
    return sum(int(sizes[kind].split()[0]) * 1024 for kind in kinds)


WORKERS = WorkersMemory()


def gensim(job: Job) -> float:
    """Train with gensim from a corpus file; return the seconds of training."""
    from gensim.models import Word2Vec

    trained = Word2Vec(
        vector_size=DIM,
        window=WINDOW,
        min_count=MIN_COUNT,
        negative=job.negative,
        sample=job.sample,
        sg=int(job.model == "skipgram"),
        alpha=RATES[job.model],
        epochs=job.epochs,
        workers=job.threads,
        seed=job.seed,
    )
    trained.build_vocab(corpus_file=job.corpus)
    start = time.perf_counter()
    trained.train(
        corpus_file=job.corpus,
        total_examples=trained.corpus_count,
        total_words=trained.corpus_total_words,
        epochs=job.epochs,
    )
    seconds = time.perf_counter() - start
    trained.wv.save_word2vec_format(job.output, binary=True)
    return seconds


def fasttext(job: Job) -> float:
    """Train with fastText without subwords; the seconds include counting the words.

    Its Python interface takes no seed.
    """
    import fasttext as peer

    from tinygrad_w2v.word2vec.vectors import write_vectors

    start = time.perf_counter()
    trained = peer.train_unsupervised(
        job.corpus,
        model=job.model,
        dim=DIM,
        ws=WINDOW,
        minCount=MIN_COUNT,
        neg=job.negative,
        t=job.sample,
        lr=RATES[job.model],
        epoch=job.epochs,
        thread=job.threads,
        minn=0,
        maxn=0,
        bucket=0,
        verbose=0,
    )
    seconds = time.perf_counter() - start
    words = trained.get_words()
    write_vectors(job.output, words, trained.get_input_matrix()[: len(words)], "binary")
    return seconds


def ours(job: Job) -> float:
    """Train with this package; return the seconds of training."""
    from tinygrad_w2v.kernels.backend import set_backend
    from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec, prepare

    set_backend(job.trainer)  # type: ignore[arg-type]
    settings: dict[str, Any] = {
        "model": job.model,
        "dim": DIM,
        "window": WINDOW,
        "epochs": job.epochs,
        "threads": job.threads,
        "seed": job.seed,
    }
    settings |= job.more
    chosen = Settings.preset(job.preset, **settings) if job.preset else Settings(**settings)
    prepare(chosen)  # the others load their compiled code when they are imported
    text = Corpus.from_text([job.corpus], min_count=MIN_COUNT)
    training = Word2Vec(text, chosen, on_step=WORKERS if job.threads > 1 else None)
    start = time.perf_counter()
    training.fit()
    seconds = time.perf_counter() - start
    training.vectors(copy=False).save(job.output)
    return seconds


TRAINERS: dict[str, Callable[[Job], float]] = {
    "numpy": ours,
    "numba": ours,
    "gensim": gensim,
    "fasttext": fasttext,
}


def main(arguments: list[str]) -> None:
    job = Job(**json.loads(arguments[0]))
    training = TRAINERS[job.trainer](job)
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, WORKERS.peak)
    report = {"training": training, "whole": time.perf_counter() - BEGAN, "peak": peak}
    print(json.dumps(report))


if __name__ == "__main__":
    main(sys.argv[1:])
