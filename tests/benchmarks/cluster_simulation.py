"""A training on several machines, simulated in two processes: each worker has its own model.

``python -m tests.benchmarks.cluster_simulation JSON`` takes a :class:`Simulation` as JSON and
prints one line of JSON: the scores of the vectors, the number of merges, the float-equivalents
(bytes / 4) sent for each word trained, and seconds.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.word2vec_runs import quality
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.runtime import allocator
from tinygrad_w2v.runtime.blas import set_blas_threads
from tinygrad_w2v.runtime.shared_memory import shared_array
from tinygrad_w2v.training import Progress
from tinygrad_w2v.training.cluster.merging import merge_rule
from tinygrad_w2v.training.cluster.packing import Kind, pack, unpack
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.training.loop import generators
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec, prepare
from tinygrad_w2v.word2vec.cluster import Cluster

_PROCESSES = 2
_WAIT = 600  # seconds for the other process, unless it died


@dataclasses.dataclass(frozen=True)
class Simulation:
    """What to simulate. With one worker, it is an ordinary training of one thread."""

    corpus: str
    workers: int
    seed: int
    model: str = "cbow"
    rule: str = Cluster.merge
    first: float = Cluster.first
    growth: float | None = Cluster.growth
    levels: int = Cluster.levels
    early: float = Cluster.early
    kind: Kind = Cluster.packing
    overlap: float = 0.0  # part of the next round after which a merge arrives
    more: dict[str, Any] = dataclasses.field(default_factory=dict)  # passed to Settings

    def rounds(self) -> Rounds:
        """Return when the workers merge."""
        options = ("workers", "first", "growth", "levels", "early")
        return Cluster(**{name: getattr(self, name) for name in options}).rounds()


class Workers:
    """The workers of a simulation; both processes have a copy of this, and share the tables."""

    def __init__(self, chosen: Simulation) -> None:
        self.chosen, count = chosen, chosen.workers
        settings = Settings(
            model=chosen.model,  # type: ignore[arg-type]
            threads=count,
            seed=chosen.seed,
            **chosen.more,
        )
        prepare(settings)
        corpus = Corpus.from_text([chosen.corpus], min_count=5)
        self.jobs = [Word2Vec(corpus, settings) for _ in range(count)]
        self.total = self.jobs[0].total
        for k, job in enumerate(self.jobs):
            job.model.share_memory()
            job.model.train()
            job.trainer.progress = Progress(self.total, settings.epochs)
            for generator in generators(job.model) if count > 1 else ():
                kind: Any = type(generator.bit_generator)
                generator.bit_generator.state = kind([chosen.seed, k]).state
        self.tables = [[p._data for p in job.model.parameters()] for job in self.jobs]
        self.merged = [shared_array(table.shape, "f4") for table in self.tables[0]]
        for merged, table in zip(self.merged, self.tables[0], strict=True):
            merged[...] = table
        self.residuals = [[np.zeros_like(t) for t in tables] for tables in self.tables]
        self.merged_residuals = [np.zeros_like(table) for table in self.tables[0]]
        self.sent = shared_array((len(self.merged),), "f8")
        self.late: dict[int, list[Any]] = {}
        self.training = [self._train(k) for k in range(count)]
        self.done = [0.0] * count

    def _train(self, worker: int) -> Iterator[float]:
        """Train on a worker's shard; yield the words of each batch."""
        loop = self.jobs[worker].trainer
        # Its schedule follows the whole training: the others are assumed to be as far.
        loop.amount = lambda batch: batch.words * self.chosen.workers
        for epoch in range(loop.progress.epochs):
            for batch in self.jobs[worker].sources[worker].epoch(epoch):
                with np.errstate(over="ignore", invalid="ignore"):
                    loop._step(loop.progress, epoch, batch, None)
                yield batch.words

    def train(self, worker: int, end: float) -> None:
        """Train a worker until it has done `end` words in total, or all."""
        while self.done[worker] < end:
            self.done[worker] += next(self.training[worker], np.inf)

    def merge(self, table: int, rows: int) -> None:
        """Merge the first rows of a table."""
        merged, kind, count = self.merged[table][:rows], self.chosen.kind, self.chosen.workers
        changes = [
            pack(tables[table][:rows] - merged, kind, residuals[table][:rows])
            for tables, residuals in zip(self.tables, self.residuals, strict=True)
        ]
        rule = merge_rule(self.chosen.rule)
        statistics, reduced = rule.reduce(changes)
        total = rule.combine(reduced, rule.solve(statistics, count))
        packed = pack(total, kind, self.merged_residuals[table][:rows])
        merged += unpack(packed)
        self.late[table] = [merged - tables[table][:rows] for tables in self.tables]
        sent = changes[0].nbytes  # (count - 1) / count of each change: a worker is an owner itself
        self.sent[table] += (sent + packed.nbytes) * (count - 1)

    def apply(self, table: int) -> None:
        """Add to the tables what the last merge changes, which may arrive during the next round."""
        for tables, change in zip(self.tables, self.late.pop(table, []), strict=False):
            tables[table][: len(change)] += change


def simulate(chosen: Simulation) -> dict[str, float]:
    """Train; return the report."""
    set_backend("numba")
    workers = Workers(chosen)
    plan = list(chosen.rounds().plan(workers.total, len(workers.merged[0])))
    allocator.retain_freed_memory()
    start, seconds = time.perf_counter(), {"training": 0.0, "merging": 0.0}
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(min(_PROCESSES, chosen.workers))

    def run(process: int) -> None:
        def timed(name: str, do: Callable[[int], object], count: int) -> None:
            began = time.perf_counter()
            for number in range(process, count, _PROCESSES):
                do(number)
            barrier.wait(_WAIT)
            seconds[name] += time.perf_counter() - began

        def train(end: float) -> None:
            until = np.inf if end == workers.total else end / chosen.workers
            timed("training", lambda worker: workers.train(worker, until), chosen.workers)

        begin, tables = 0.0, len(workers.merged)
        for end, rows in plan if chosen.workers > 1 else [(workers.total, 0)]:
            if chosen.overlap:
                train(begin + chosen.overlap * (end - begin))
                timed("merging", workers.apply, tables)
            train(end)
            begin = end
            if rows:
                timed("merging", functools.partial(workers.merge, rows=rows), tables)
            if not chosen.overlap or end == workers.total:
                timed("merging", workers.apply, tables)

    others = [fork.Process(target=run, args=(k,), daemon=True) for k in range(1, barrier.parties)]
    for process in others:
        process.start()
    run(0)
    for process in others:
        process.join()
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "vectors.bin"
        workers.jobs[0].vectors(copy=False).save(output)
        scores = quality(output)
    return {
        **scores,
        "merges": len(plan) if chosen.workers > 1 else 0,
        "floats": float(workers.sent.sum()) / 4 / workers.total,
        "words": workers.total,
        "seconds": time.perf_counter() - start,
        **seconds,
    }


def main(arguments: list[str]) -> None:
    set_blas_threads(1)
    print(json.dumps(simulate(Simulation(**json.loads(arguments[0])))))


if __name__ == "__main__":
    main(sys.argv[1:])
