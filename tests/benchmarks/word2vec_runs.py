"""Shared by the benchmarks of trainings: the corpus, a training in a process, its quality."""

from __future__ import annotations

import dataclasses
import gzip
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.word2vec_job import Job
from tinygrad_w2v.word2vec import python_docs_path
from tinygrad_w2v.word2vec.vectors import KeyedVectors, evaluate_analogies, evaluate_pairs

if TYPE_CHECKING:
    from tests.benchmarks.cluster_simulation import Simulation

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("TINYGRAD_W2V_DATA") or ROOT.parent / "shared" / "data")
MEASURES = ("WS-353", "SimLex", "analogies")


def installed(trainers: list[str]) -> list[str]:
    """Return the trainers that are installed; ``numpy`` always is."""
    return [name for name in trainers if name == "numpy" or importlib.util.find_spec(name)]


def unpacked_corpus(folder: Path) -> Path:
    """Return a text file: ``enwiki100mb`` if available, else the documentation of this Python."""
    packed = DATA / "enwiki100mb.txt.gz"
    if not packed.exists():
        return python_docs_path()
    plain = folder / "enwiki.txt"
    with gzip.open(packed) as source, open(plain, "wb") as target:
        shutil.copyfileobj(source, target)
    return plain


def run(
    job: Job | Simulation, folder: Path, module: str = "tests.benchmarks.word2vec_job"
) -> dict[str, float]:
    """Return the report of a training in a process of its own, which runs a module.

    Compiled kernels are cached in `folder`; the text is encoded again, as by the other trainers.
    """
    cache = folder / "cache"
    shutil.rmtree(cache, ignore_errors=True)
    settings = {
        "OPENBLAS_NUM_THREADS": "1",  # BLAS threads would compete with the trainers' threads
        "TINYGRAD_W2V_CACHE": str(cache),
        "NUMBA_CACHE_DIR": str(folder / "numba"),
    }
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            module,
            json.dumps(dataclasses.asdict(job)),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **settings},
    )
    if done.returncode:
        raise SystemExit(f"{job} failed:\n{done.stderr}")
    report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return report


def quality(path: str | os.PathLike[str]) -> dict[str, float]:
    """Return the scores of a file of vectors; empty without the evaluation files."""
    folder = DATA / "eval"
    if not folder.exists():
        return {}
    vectors = KeyedVectors.load(path)
    scores = [
        evaluate_pairs(vectors, folder / "wordsim353.tsv").spearman,
        evaluate_pairs(vectors, folder / "simlex999.txt").spearman,
        evaluate_analogies(vectors, folder / "questions-words.txt").accuracy,
    ]
    return dict(zip(MEASURES, scores, strict=True))
