"""Doc2Vec compared with gensim's on the Lee corpus, which is part of gensim.

300 documents, 50 dimensions, 40 epochs, 5 negatives, words that occur at least twice, one thread. A
vector is inferred for each document, and ranked by cosine among the trained vectors: the share of
documents that find themselves first, and the mean rank. Eight of the documents are duplicates, so
that about 97 % is the most. All figures are means over ``BENCHMARK_SEEDS`` (3) seeds, for which the
two take turns; times are processor times.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.timing import table
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.word2vec import Doc2Vec, Settings

EPOCHS, DIM = 40, 50
SEEDS = range(1, 1 + int(os.environ.get("BENCHMARK_SEEDS", "3")))
SETTINGS = Settings(
    dim=DIM, epochs=EPOCHS, negative=5, shared=24, sample=2e-4, lr=0.05, batch_tokens=2048
)
KINDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("PV-DM, mean", {"kind": "dm"}, {"dm": 1, "dm_mean": 1}),
    ("PV-DM, sum", {"kind": "dm", "combine": "sum"}, {"dm": 1, "dm_mean": 0}),
    ("PV-DBOW", {"kind": "dbow"}, {"dm": 0}),
    ("PV-DBOW, words", {"kind": "dbow", "words": True}, {"dm": 0, "dbow_words": 1}),
]


def main() -> None:
    try:
        gensim: Any = importlib.import_module("gensim")
        utils: Any = importlib.import_module("gensim.test.utils")
    except ImportError:
        raise InputError("this benchmark needs gensim, which holds the corpus") from None
    set_backend("auto")
    with open(utils.datapath("lee_background.cor"), encoding="iso-8859-1") as file:
        documents = [gensim.utils.simple_preprocess(line) for line in file]
    for _, options, _ in KINDS:
        _ours(documents[:20], 1, options)  # compiles
    rows = []
    for name, ours, theirs in KINDS:
        runs = [(_ours(documents, n, ours), _gensims(gensim, documents, n, theirs)) for n in SEEDS]
        found, expected = np.mean(runs, axis=0)
        for who, (train, infer, first, rank) in (("tinygrad_w2v", found), ("gensim", expected)):
            rows.append([name, who, f"{train:.2f}", f"{infer:.2f}", f"{first:.1%}", f"{rank:.3f}"])
        ratios = [f"{ratio:.1f}" for ratio in expected[:2] / found[:2]]
        rows.append([name, "gensim / tinygrad_w2v", *ratios, "", ""])
    header = ["model", "", "train s", "infer s", "found first", "mean rank"]
    table("Documents that find themselves (Lee corpus)", header, rows)


def _ours(documents: Any, seed: int, options: dict[str, Any]) -> tuple[float, ...]:
    settings = dataclasses.replace(SETTINGS, seed=seed)
    job = Doc2Vec(documents, settings, min_count=2, **options)
    train = _processor_seconds(job.fit)
    inferred: Any = None

    def infer() -> None:
        nonlocal inferred
        inferred = job.infer(documents)

    return (train, _processor_seconds(infer), *_ranks(inferred, job.dv.vectors))


def _gensims(gensim: Any, documents: Any, seed: int, options: dict[str, Any]) -> tuple[float, ...]:
    module = importlib.import_module("gensim.models.doc2vec")
    tagged = [module.TaggedDocument(words, [n]) for n, words in enumerate(documents)]
    model = module.Doc2Vec(
        vector_size=DIM, min_count=2, epochs=EPOCHS, workers=1, seed=seed, **options
    )
    model.build_vocab(tagged)
    count = {"total_examples": model.corpus_count, "epochs": model.epochs}
    train = _processor_seconds(lambda: model.train(tagged, **count))
    inferred: list[Any] = []
    infer = _processor_seconds(lambda: inferred.extend(map(model.infer_vector, documents)))
    return (train, infer, *_ranks(np.array(inferred), model.dv.vectors))


def _ranks(inferred: Any, trained: Any) -> tuple[float, float]:
    """Return the share of documents that are nearest to themselves, and the mean rank from 0."""
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (inferred, trained))
    cosines = a @ b[: len(a)].T
    ranks = (cosines > np.diag(cosines)[:, None]).sum(axis=1)
    return float(np.mean(ranks == 0)), float(ranks.mean())


def _processor_seconds(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start
