"""A short benchmark of this machine: training, the engine, search and files."""

from __future__ import annotations

import importlib.util
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tinygrad_w2v.kernels.backend import Backend, get_backend, set_backend
from tinygrad_w2v.nn import Linear
from tinygrad_w2v.runtime.blas import single_threaded_blas
from tinygrad_w2v.word2vec.corpus import Corpus
from tinygrad_w2v.word2vec.job import Word2Vec, prepare
from tinygrad_w2v.word2vec.settings import Settings
from tinygrad_w2v.word2vec.vectors import KeyedVectors

_WORDS, _LINES, _LINE = 20_000, 2_000, 100  # of the generated text
_VECTORS, _DIM, _QUERIES = 50_000, 100, 256


class Measurement(NamedTuple):
    """What was measured, with its value in a unit; larger values are faster."""

    name: str
    value: float
    unit: str


def machine() -> str:
    """Return the platform, the number of processors, and the versions used."""
    return (
        f"{platform.platform()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def measure(seconds: float = 2.0) -> list[Measurement]:
    """Measure the speed of this machine on generated data, with one thread.

    `seconds` is the approximate time of each measurement. The result is the best of the
    repetitions that fit in it, at least one. Words are drawn by Zipf's law, so that the speed of a
    training is about that on a real text.
    """
    with single_threaded_blas():
        return [
            *_training(seconds),
            _engine(seconds),
            *_vectors(seconds),
        ]


def _training(seconds: float) -> Iterator[Measurement]:
    corpus = _corpus()
    before = get_backend()
    backends: list[Backend] = ["numpy"]
    backends += ["numba"] if importlib.util.find_spec("numba") else []
    try:
        for backend in backends:
            set_backend(backend)
            for model in ("cbow", "skipgram"):
                settings = Settings(model=model, epochs=1)
                prepare(settings)
                best = _best(seconds, lambda: Word2Vec(corpus, settings).fit())  # noqa: B023
                name = f"training, {model}, {backend}"
                yield Measurement(name, corpus.word_count / best, "words/s")
    finally:
        set_backend(before)


def _corpus() -> Corpus:
    rng = np.random.default_rng(0)
    share = 1 / np.arange(1, _WORDS + 1)
    ids = rng.choice(_WORDS, (_LINES, _LINE), p=share / share.sum())
    return Corpus.from_sentences([[f"word{n}" for n in line] for line in ids.tolist()])


def _engine(seconds: float) -> Measurement:
    layer = Linear(64, 64, rng=0)
    inputs = np.ones((32, 64), np.float32)
    steps = 200

    def train() -> None:
        for _ in range(steps):
            layer.zero_grad()
            (layer(inputs).tanh() ** 2).mean().backward()

    return Measurement("a linear layer, forward and backward", steps / _best(seconds, train), "1/s")


def _vectors(seconds: float) -> Iterator[Measurement]:
    values = np.random.default_rng(0).standard_normal((_VECTORS, _DIM), dtype=np.float32)
    kv = KeyedVectors([f"word{n}" for n in range(_VECTORS)], values)
    queries = kv.unit_vectors[:_QUERIES]
    best = _best(seconds, lambda: kv.nearest(queries, 10))
    yield Measurement(f"10 neighbours of {_VECTORS:,} words", _QUERIES / best, "queries/s")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("vectors.bin", "vectors.txt", "vectors.npz"):
            path = Path(folder) / name
            kv.save(path)
            best = _best(seconds, lambda: KeyedVectors.load(path))  # noqa: B023
            yield Measurement(f"loading {name}", path.stat().st_size / best / 1e6, "MB/s")


def _best(seconds: float, function: Callable[[], object]) -> float:
    """Return the least time of a call, from calls of about `seconds` in total."""
    end = time.perf_counter() + seconds
    times: list[float] = []
    while not times or time.perf_counter() + times[-1] < end:
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)
