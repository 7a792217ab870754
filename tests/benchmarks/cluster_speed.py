"""Two workers of a cluster on this machine, beside two processes of one training.

The trainings take turns. Besides words per second, which other programs on the machine disturb, the
table has words per second of processor time; waiting is not in it. Needs Ray, and
enwiki100mb or another text, of whose first lines ``CLUSTER_SPEED_WORDS`` words (all) are used in
``CLUSTER_SPEED_EPOCHS`` (5) epochs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import unpacked_corpus
from tinygrad_w2v.training.cluster.session import connected
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec
from tinygrad_w2v.word2vec.cluster import Cluster

WORDS = int(os.environ.get("CLUSTER_SPEED_WORDS", 10**12))
EPOCHS = int(os.environ.get("CLUSTER_SPEED_EPOCHS", Settings.epochs))
TURNS = int(os.environ.get("CLUSTER_SPEED_TURNS", 3))
SAMPLE_SECONDS = 1.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclasses.dataclass
class Measured:
    words: float
    seconds: float
    processor_seconds: float
    merges: int = 0


def main() -> None:
    os.environ.update(RAY_worker_niceness="0")  # otherwise other programs take precedence
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "text.txt")
        with open(unpacked_corpus(Path(folder))) as source, open(text, "w") as target:
            target.writelines(first_words(source, WORDS))
        corpus = Corpus.from_text(text, cache_directory=folder)
        settings = Settings(epochs=EPOCHS)
        found: dict[str, list[Measured]] = {"--threads 2": [], "--workers 2": []}
        with connected("local", 2):
            for _ in range(TURNS):
                found["--threads 2"].append(in_processes(corpus, settings))
                found["--workers 2"].append(on_cluster(corpus, settings))
    speeds = {
        name: [(m.words / m.seconds / 1e3, m.words / m.processor_seconds / 1e3) for m in measured]
        for name, measured in found.items()
    }
    rows = [
        [
            name,
            *(f"{statistics.median(values):,.0f}" for values in zip(*pairs, strict=True)),
            found[name][-1].merges,
        ]
        for name, pairs in speeds.items()
    ]
    ratios = [
        [ours / theirs for ours, theirs in zip(mine, other, strict=True)]
        for mine, other in zip(speeds["--workers 2"], speeds["--threads 2"], strict=True)
    ]
    medians = [statistics.median(values) for values in zip(*ratios, strict=True)]
    rows.append(["ratio", *(f"{value:.2f}" for value in medians), ""])
    header = ["", "thousand words/s", "of processor time", "merges"]
    table(
        f"cluster, {corpus.word_count:,} words, {EPOCHS} epochs, medians of {TURNS}", header, rows
    )


def first_words(lines: Iterable[str], count: int) -> Iterator[str]:
    for line in lines:
        if count <= 0:
            return
        count -= len(line.split())
        yield line


def in_processes(corpus: Corpus, settings: Settings) -> Measured:
    job = Word2Vec(corpus, dataclasses.replace(settings, threads=2))
    began, used = time.perf_counter(), processor_seconds()
    progress = job.fit()
    return Measured(progress.done, time.perf_counter() - began, processor_seconds() - used)


def on_cluster(corpus: Corpus, settings: Settings) -> Measured:
    job = Word2Vec(corpus, settings, cluster=Cluster(workers=2))
    samples: list[tuple[float, float, float]] = []

    def sample(progress: Any) -> None:
        is_due = not samples or progress.seconds > samples[-1][1] + SAMPLE_SECONDS
        if progress.done and is_due:  # the workers have started
            used = processor_seconds() + sum(map(processor_seconds_of, descendants()))
            samples.append((progress.done, progress.seconds, used))

    job.trainer.on_step = sample
    progress = job.fit()
    words, seconds, used = (
        last - first for first, last in zip(samples[0], samples[-1], strict=True)
    )
    return Measured(words, seconds, used, progress.merges)


def processor_seconds() -> float:
    """Return the processor time of this process and its children that have ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def descendants() -> set[int]:
    """Return the processes that this one has started, or they: Ray, its actors, and their slots."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int(stat_fields(int(folder.name))[1])
    found, before = {os.getpid()}, set[int]()
    while found != before:
        before = found
        found = found | {process for process, parent in parents.items() if parent in found}
    return found - {os.getpid()}


def processor_seconds_of(process: int) -> float:
    """Return the processor time of a process and its children that have ended; 0 if it has."""
    with contextlib.suppress(OSError):
        return sum(map(int, stat_fields(process)[11:15])) / TICKS
    return 0.0


def stat_fields(process: int) -> list[str]:
    """Return the fields of a process's ``/proc/…/stat`` after its name."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
