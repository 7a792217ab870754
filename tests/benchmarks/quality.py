"""Quality against training time: this package with several settings, gensim and fastText.

A point is one training in a process of its own, with one series, number of epochs and seed. Its
times and scores are written to a JSON file when it ends, and points in the file are not run again,
so the benchmark can be interrupted and extended. The figure shows medians over the seeds.
Environment variables select what is run:

``BENCHMARK_JSON``
    The file of the points (``quality.json``).
``BENCHMARK_SERIES``
    Names of series, with ``*`` and ``?``, separated by semicolons (``*``).
``BENCHMARK_EPOCHS``, ``BENCHMARK_SEEDS``, ``BENCHMARK_THREADS``
    Numbers of epochs (1,2,5,10), seeds (1,2,3), and the number of threads (2).
``BENCHMARK_SVG``
    The figure (``docs/quality.svg``), drawn where matplotlib is installed.
``BENCHMARK_LIST``
    If set, print the points that would be run and run none.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import itertools
import json
import os
import statistics
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.plot import COLOURS, Line, draw, pyplot, save
from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_job import Job
from tests.benchmarks.word2vec_runs import MEASURES, installed, quality, run, unpacked_corpus
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.runtime.files import atomic_write

# The fields of the Job of each series.
SERIES: dict[str, dict[str, Any]] = {
    "ours": {"trainer": "numba"},
    "ours, fast": {"trainer": "numba", "preset": "fast"},
    "ours, fast, NumPy": {"trainer": "numpy", "preset": "fast"},
    "ours, accurate": {"trainer": "numba", "preset": "accurate"},
    "ours, fast, skip-gram": {"trainer": "numba", "model": "skipgram", "preset": "fast"},
    "ours, accurate, skip-gram": {
        "trainer": "numba",
        "model": "skipgram",
        "preset": "accurate",
    },
    "gensim": {"trainer": "gensim"},
    "gensim, 10 negatives": {"trainer": "gensim", "negative": 10},
    "gensim, skip-gram": {"trainer": "gensim", "model": "skipgram"},
    "fastText": {"trainer": "fasttext"},
}
# Solid lines with filled markers for this package, dashed lines with hollow ones for the others.
_OURS: dict[str, Any] = {"ls": "-", "lw": 1.8, "ms": 5}
_PEERS: dict[str, Any] = {"ls": "--", "lw": 1.2, "ms": 6, "mfc": "white"}
STYLES: dict[str, dict[str, Any]] = {
    "ours": {**_OURS, "color": COLOURS["blue"], "marker": "o"},
    "ours, fast": {**_OURS, "color": COLOURS["blue"], "marker": "^"},
    "ours, fast, NumPy": {**_OURS, "color": COLOURS["sky"], "marker": "s"},
    "ours, accurate": {**_OURS, "color": COLOURS["green"], "marker": "D"},
    "ours, fast, skip-gram": {**_OURS, "color": COLOURS["black"], "marker": "^"},
    "ours, accurate, skip-gram": {**_OURS, "color": COLOURS["black"], "marker": "D"},
    "gensim": {**_PEERS, "color": COLOURS["vermilion"], "marker": "o"},
    "gensim, 10 negatives": {**_PEERS, "color": COLOURS["orange"], "marker": "D"},
    "gensim, skip-gram": {**_PEERS, "color": COLOURS["purple"], "marker": "P"},
    "fastText": {**_PEERS, "color": COLOURS["grey"], "marker": "s"},
}
Points = dict[str, dict[str, Any]]


class Point(NamedTuple):
    """One training: a series, a number of epochs, a seed and a number of threads."""

    series: str
    epochs: int
    seed: int
    threads: int

    @property
    def key(self) -> str:
        """Its key in the file."""
        return f"{self.series}; {self.epochs} epochs; seed {self.seed}; {self.threads} threads"


def main() -> None:
    path = Path(os.environ.get("BENCHMARK_JSON", "quality.json"))
    points: Points = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [point for point in wanted() if point.key not in points]
    if os.environ.get("BENCHMARK_LIST"):
        print("\n".join(point.key for point in missing))
        return
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            _train(missing, points, path, Path(folder))
    middle = medians(points)
    _report(middle)
    if importlib.util.find_spec("matplotlib"):
        svg = Path(__file__).parents[2] / "docs" / "quality.svg"
        picture(middle, Path(os.environ.get("BENCHMARK_SVG") or svg))
    else:
        print("no figure: matplotlib is not installed (extra plot)")


def wanted() -> Iterator[Point]:
    """Yield the selected points, all of a seed before the next one.

    Raises
    ------
    InputError
        If a pattern matches no series.
    """
    patterns = [p.strip() for p in os.environ.get("BENCHMARK_SERIES", "*").split(";")]
    for pattern in patterns:
        if not fnmatch.filter(SERIES, pattern):
            hint = nearest_names(pattern, SERIES) or f"known are {'; '.join(SERIES)}"
            raise InputError(f"BENCHMARK_SERIES: no series is named {pattern!r}; {hint}")
    here = installed([series["trainer"] for series in SERIES.values()])
    chosen = [
        name
        for name, series in SERIES.items()
        if series["trainer"] in here and any(fnmatch.fnmatch(name, p) for p in patterns)
    ]
    threads = int(os.environ.get("BENCHMARK_THREADS", "2"))
    seeds, epochs = _numbers("BENCHMARK_SEEDS", "1,2,3"), _numbers("BENCHMARK_EPOCHS", "1,2,5,10")
    for seed, count, name in itertools.product(seeds, epochs, chosen):
        yield Point(name, count, seed, threads)


def _numbers(variable: str, default: str) -> list[int]:
    text = os.environ.get(variable, default)
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise InputError(
            f"{variable} is {text!r}: it must be integers separated by commas"
        ) from None


def _train(missing: list[Point], points: Points, path: Path, folder: Path) -> None:
    corpus, output = unpacked_corpus(folder), folder / "vectors.bin"
    for backend in installed(["numba"]):  # compile the kernels before the first point
        if any(SERIES[point.series]["trainer"] == backend for point in missing):
            for model in ("cbow", "skipgram"):
                run(Job(backend, str(corpus), str(output), model, 1, 1), folder)
    for number, point in enumerate(missing, start=1):
        job = Job(
            corpus=str(corpus),
            output=str(output),
            threads=point.threads,
            epochs=point.epochs,
            seed=point.seed,
            **SERIES[point.series],
        )
        report = run(job, folder)
        points[point.key] = {**point._asdict(), **report, **quality(output)}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(points, indent=1), encoding="utf-8")
        print(f"{number} of {len(missing)}: {point.key}: {report['training']:.1f} s", flush=True)


def medians(points: Points) -> dict[str, dict[int, dict[str, float]]]:
    """Return the medians over the seeds, by series, then by epochs, then by quantity."""
    found: dict[str, dict[int, dict[str, float]]] = {}
    for series in SERIES:
        mine = [point for point in points.values() if point["series"] == series]
        for epochs in sorted({point["epochs"] for point in mine}):
            runs = [point for point in mine if point["epochs"] == epochs]
            figures = [name for name in ("training", "whole", "peak", *MEASURES) if name in runs[0]]
            found.setdefault(series, {})[epochs] = {
                name: statistics.median(run[name] for run in runs) for name in figures
            } | {"runs": len(runs)}
    return found


def _report(middle: Mapping[str, Mapping[int, Mapping[str, float]]]) -> None:
    rows = [
        (
            series.replace("ours", "tinygrad_w2v"),
            epochs,
            f"{figures['runs']:.0f}",
            f"{figures['training']:.1f}",
            f"{figures['whole']:.1f}",
            f"{figures['peak'] / 1e6:,.0f}",
            *(f"{figures[name]:.3f}" if name in figures else "" for name in MEASURES),
        )
        for series, by_epochs in middle.items()
        for epochs, figures in by_epochs.items()
    ]
    header = ("series", "epochs", "runs", "training s", "whole s", "peak MB", *MEASURES)
    table("quality against time, medians over the seeds", header, rows)


def picture(middle: Mapping[str, Mapping[int, Mapping[str, float]]], path: Path) -> None:
    plt = pyplot()
    figure, panels = plt.subplots(3, 1, figsize=(7, 11), sharex=True, layout="constrained")
    for axes, measure in zip(panels, MEASURES, strict=True):
        axes.set(xscale="log")
        axes.set_title(measure)
        axes.grid(alpha=0.25)
        lines: dict[str, Line] = {
            series: (
                [figures["training"] for figures in by_epochs.values()],
                [figures[measure] for figures in by_epochs.values()],
                STYLES[series],
            )
            for series, by_epochs in middle.items()
            if all(measure in figures for figures in by_epochs.values())
        }
        draw(axes, lines)
    panels[-1].set_xlabel(
        "seconds of training; the points of a line are for increasing numbers of epochs"
    )
    save(figure, path)
