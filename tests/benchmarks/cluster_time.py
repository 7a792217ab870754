"""A training on many machines: the rates of its parts, and the efficiency that follows.

The rates are measured on one core in processor time: words trained with the default settings on
``BENCHMARK_WORDS`` (2000000) words drawn from Zipf's distribution over a vocabulary of 10⁶, and
rows packed, unpacked and merged by direction, the best of several runs. The efficiency of 1 to 64
machines of 2 cores follows from the model of ``cluster_time_model``, for 100 dimensions
and 10 Gbit/s. Two figures are written to the folder ``BENCHMARK_SVG`` (``docs/pictures``), if
matplotlib is installed.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.cluster_time_model import Job, Rates, estimate
from tests.benchmarks.plot import COLOURS, Line, draw, pyplot, save
from tests.benchmarks.timing import table
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.nn import Linear
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.training.cluster.exchange import Exchange, Merge
from tinygrad_w2v.training.cluster.rounds import Rounds
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec, prepare
from tinygrad_w2v.word2vec.cluster import Cluster

WORDS = int(os.environ.get("BENCHMARK_WORDS", "2000000"))
ROWS, DIM, VOCABULARY = 1 << 16, 100, 10**6
RUNS = 15
MACHINES = (1, 2, 4, 8, 16, 32, 64)
TEXTS = {"10⁹ words": 1e9, "10¹⁰ words": 1e10, "10¹¹ words": 1e11}


def main() -> None:
    set_backend("auto")
    with single_threaded_blas():
        rates = Rates(words=_words(), **_rows(workers=16))
    table(
        "rates of one core, in processor time",
        ("part", "in a second"),
        [
            *((name, f"{getattr(rates, name) / 1e6:.2f} M rows") for name in ROW_RATES),
            ("words", f"{rates.words / 1e6:.2f} M words"),
            ("solve", f"{1 / rates.solve:.0f} tables"),
        ],
    )
    _efficiencies(rates)
    _parts(rates)
    if importlib.util.find_spec("matplotlib"):
        folder = Path(__file__).parents[2] / "docs" / "pictures"
        draw_figures(rates, Path(os.environ.get("BENCHMARK_SVG") or folder))
    else:
        print("no figures: matplotlib is not installed (extra plot)")


# --- rates ----------------------------------------------------------------------------------------

ROW_RATES = ("pack", "unpack", "statistics", "combine")


def _words() -> float:
    """Return the words that one core trains in a second, with a vocabulary of 10⁶."""
    weights = 1 / (np.arange(VOCABULARY) + 2.7)
    ends = np.cumsum(weights / weights.sum())
    ids = np.searchsorted(ends, np.random.default_rng(0).random((WORDS // 20, 20)) * ends[-1])
    lines = ([f"w{number}" for number in line] for line in ids.tolist())
    corpus = Corpus.from_sentences(lines, min_count=1)
    corpus = corpus.with_words([f"w{number}" for number in range(VOCABULARY)])
    settings = Settings(epochs=1)
    prepare(settings)
    job = Word2Vec(corpus, settings)
    return job.total / _seconds(job.fit, runs=1)


def _rows(workers: int) -> dict[str, float]:
    """Return the rates of packing and merging rows, and the seconds of solving."""
    model = Linear(DIM, ROWS, bias=False)
    exchange = Exchange(model, "spectral", "int8")
    (rule,), weight = exchange.rules, model.weight._data
    change = np.random.default_rng(0).normal(size=weight.shape).astype(np.float32)

    def merge() -> tuple[float, float, float]:
        """Merge as if all had sent the same; return the seconds of three parts."""
        weight[...] += change
        times = [time.process_time()]
        exchange.pack([ROWS])
        exchange.changes(Merge(0, workers))
        times.append(time.process_time())
        statistics = exchange.statistics([exchange._own] * workers)
        times.append(time.process_time())
        merged = exchange.combine(exchange.solve(slice(None), [statistics]))[1]
        begin = time.process_time()
        exchange.commit([merged] * workers)
        exchange.update()
        unpacked = time.process_time() - begin
        return times[1] - times[0], times[2] - times[1], unpacked

    pack, statistics, unpack = map(min, zip(*(merge() for _ in range(RUNS)), strict=True))
    exchange.pack([ROWS])
    exchange.changes(Merge(0, workers))
    summed, reduced = rule.reduce(exchange._own * workers)
    solution = rule.solve(summed, workers)
    return {
        "pack": ROWS / pack,
        "unpack": ROWS / unpack,
        "statistics": ROWS / statistics,
        "combine": ROWS / workers / _seconds(lambda: rule.combine(reduced, solution)),
        "solve": _seconds(lambda: rule.solve(summed, workers)),
    }


def _seconds(function: Callable[[], object], runs: int = RUNS) -> float:
    """Return the shortest processor time of a function."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


# --- the model ------------------------------------------------------------------------------------


def _job(words: float, overlap: float = 0.0) -> Job:
    def rounds(machines: int) -> Rounds:
        return Cluster(workers=machines).rounds()

    return Job(words, VOCABULARY, DIM, rounds, bytes_per_row=DIM + 4, overlap=overlap)


def _efficiencies(rates: Rates) -> None:
    rows = []
    for name, words in TEXTS.items():
        job = _job(words)
        variants = {
            "waiting for merges": job,
            "overlapping a quarter of a round": dataclasses.replace(job, overlap=0.25),
            "merging on one core": dataclasses.replace(job, merge_cores=1),
            "float32, every 5 M words, all rows": dataclasses.replace(
                job, bytes_per_row=4 * DIM, rounds=lambda machines: Rounds(5e6, 0)
            ),
        }
        for variant, job in variants.items():
            found = [f"{estimate(n, job, rates).efficiency:.3f}" for n in MACHINES]
            rows.append((f"{name}, {variant}", *found))
    table("efficiency by the number of machines", ("training", *map(str, MACHINES)), rows)


def _parts(rates: Rates) -> None:
    rows = []
    for (name, words), machines in itertools.product(TEXTS.items(), (8, 16, 64)):
        found = estimate(machines, _job(words), rates)
        parts = (found.training, found.packing, found.merging, found.transfer, found.waiting)
        shares = [f"{part / found.total:.3f}" for part in parts]
        title = f"{name}, {machines} machines"
        rows.append((title, f"{found.total:,.0f}", *shares, found.merges, f"{found.sent:.2f}"))
    header = ("training", "packing", "merging", "transfer", "waiting", "merges", "floats / word")
    table("parts of the time", ("", "seconds", *header), rows)


def draw_figures(rates: Rates, folder: Path) -> None:
    plt = pyplot()
    colours = itertools.cycle(COLOURS[name] for name in ("sky", "blue", "black"))
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    axes.set(xscale="log", xlabel="machines", ylim=(0, 1.03))
    axes.set_xticks(MACHINES, MACHINES)
    axes.minorticks_off()
    axes.set_title("Efficiency by the number of machines (10⁶ words, 100 dimensions, 10 Gbit/s)")
    axes.grid(alpha=0.25)
    lines: dict[str, Line] = {}
    for name, words in TEXTS.items():
        colour = next(colours)
        for suffix, overlap, style in (("", 0.0, "-"), (", overlapping", 0.25, ":")):
            job = _job(words, overlap)
            found = [estimate(n, job, rates).efficiency for n in MACHINES]
            lines[name + suffix] = (MACHINES, found, {"color": colour, "ls": style, "marker": "."})
    draw(axes, lines)
    save(figure, folder / "cluster_efficiency.svg")

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    axes.set(xscale="log", yscale="log", xlabel="words of the training, all epochs")
    axes.set_title("Float-equivalents (bytes / 4) sent for each word trained")
    axes.grid(alpha=0.25)
    texts = np.logspace(7.5, 12, 40)
    lines = {}
    for rows, machines, colour in ((78_000, 8, "sky"), (10**6, 8, "blue"), (10**6, 64, "black")):
        job = dataclasses.replace(_job(0), rows=rows)
        sent = [estimate(machines, dataclasses.replace(job, words=w), rates).sent for w in texts]
        lines[f"{machines} machines, {rows:,} rows"] = (texts, sent, {"color": COLOURS[colour]})
    draw(axes, lines)
    save(figure, folder / "cluster_traffic.svg")
