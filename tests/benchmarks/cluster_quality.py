"""Quality of vectors trained on several machines, compared with one, and what is sent.

The machines are simulated; see ``cluster_simulation``. Each point is a simulation in a process of
its own. Its report is written to a JSON file when it ends, and points in the file are not run
again. The table shows means over the seeds. Environment variables select what is run:

``BENCHMARK_JSON``
    The file of the points (``cluster.json``).
``BENCHMARK_MODELS``, ``BENCHMARK_WORKERS``, ``BENCHMARK_SEEDS``
    Models (cbow,skipgram), numbers of workers (1,4,8) and seeds (10,11,12).
``BENCHMARK_MORE``
    Fields of ``Simulation`` as JSON, such as ``{"rule": "adasum", "growth": 0.05}``.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.cluster_simulation import Simulation
from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import MEASURES, run, unpacked_corpus
from tinygrad_w2v.runtime.files import atomic_write

FIELDS = ("rule", "kind", "growth", "levels", "early", "overlap")

Points = dict[str, dict[str, Any]]


def main() -> None:
    path = Path(os.environ.get("BENCHMARK_JSON", "cluster.json"))
    points: Points = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus = str(unpacked_corpus(folder))
        for chosen in _wanted():
            key = json.dumps(_fields(chosen))
            if key in points:
                continue
            job = dataclasses.replace(chosen, corpus=corpus)
            points[key] = run(job, folder, "tests.benchmarks.cluster_simulation")
            with atomic_write(path) as temporary:
                temporary.write_text(json.dumps(points, indent=1), encoding="utf-8")
            print(f"{key}: {points[key]['seconds']:.0f} s", flush=True)
    report(points)


def _wanted() -> list[Simulation]:
    def values(name: str, default: str) -> list[str]:
        return os.environ.get(f"BENCHMARK_{name}", default).split(",")

    more = json.loads(os.environ.get("BENCHMARK_MORE", "{}"))
    grid = itertools.product(
        values("SEEDS", "10,11,12"), values("MODELS", "cbow,skipgram"), values("WORKERS", "1,4,8")
    )
    return [
        Simulation("", workers=int(workers), seed=int(seed), model=model, **more)
        for seed, model, workers in grid
    ]


def _fields(chosen: Simulation) -> dict[str, Any]:
    """Return what distinguishes a point: one worker alone does not merge."""
    fields = dataclasses.asdict(chosen) | {"growth": chosen.rounds().growth}
    kept = ("workers", "seed", "model", "more") if chosen.workers == 1 else fields
    return {name: fields[name] for name in kept if name != "corpus"}


def report(points: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the means over the seeds, and the differences from one worker."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for key, point in points.items():
        fields = json.loads(key)
        del fields["seed"]
        groups.setdefault(json.dumps(fields), []).append(point)
    means = {
        key: {name: statistics.fmean(run[name] for run in runs) for name in (*MEASURES, "floats")}
        for key, runs in groups.items()
    }
    alone = {json.loads(key)["model"]: mean for key, mean in means.items() if _is_alone(key)}
    rows = []
    for key, mean in sorted(means.items(), key=lambda item: json.loads(item[0])["workers"]):
        fields = json.loads(key)
        base = alone.get(fields["model"])
        rows.append(
            (
                fields["model"],
                fields["workers"],
                *(fields.get(name, "") for name in FIELDS),
                len(groups[key]),
                f"{mean['floats']:.1f}",
                *(f"{mean[name]:.3f}" for name in MEASURES),
                *(f"{mean[name] - base[name]:+.3f}" if base else "" for name in MEASURES),
            )
        )
    header = ("model", "workers", *FIELDS, "runs", "floats / word")
    table(
        "quality by the number of workers, means over the seeds, and differences from one worker",
        (*header, *MEASURES, *("difference" for _ in MEASURES)),
        rows,
    )


def _is_alone(key: str) -> bool:
    return bool(json.loads(key)["workers"] == 1)
