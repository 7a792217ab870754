"""FastText compared with fastText itself: speed, and agreement on words it has not seen.

The text is the beginning of ``enwiki100mb.txt.gz`` of the data folder, ``BENCHMARK_MEGABYTES`` (5)
of it, without the words that occur fewer than 50 times, so that many words of the evaluation are
unseen. 100 dimensions, 200,000 buckets, ``BENCHMARK_EPOCHS`` (3) epochs, one thread; ours has the
preset ``fasttext``. The agreement is Spearman's correlation with the human judgements of
WordSim-353 and SimLex-999: of all pairs, and of pairs with an unseen word. Times are processor
times of the whole training from the text file, one run each.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.timing import table
from tests.benchmarks.word2vec_runs import DATA, unpacked_corpus
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.word2vec import Corpus, Settings, Word2Vec, prepare

MEGABYTES = int(os.environ.get("BENCHMARK_MEGABYTES", "5"))
EPOCHS = int(os.environ.get("BENCHMARK_EPOCHS", "3"))
BUCKETS, MIN_COUNT = 200_000, 50


def main() -> None:
    try:
        fasttext: Any = importlib.import_module("fasttext")
        stats: Any = importlib.import_module("scipy.stats")
    except ImportError:
        raise InputError("this benchmark needs fasttext and scipy") from None
    set_backend("auto")
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "part.txt"
        data = Path(unpacked_corpus(Path(folder))).read_bytes()[: MEGABYTES * 1_000_000]
        text.write_bytes(data[: data.rfind(b"\n") + 1])
        rows = []
        for model in ("cbow", "skipgram"):
            results = [_ours(text, model, folder), _theirs(fasttext, text, model)]
            for name, (seconds, vector, known) in zip(
                ("tinygrad_w2v", "fastText"), results, strict=True
            ):
                rows.append([model, name, f"{seconds:.1f}", *_agreement(stats, vector, known)])
            rows.append(
                [
                    model,
                    "fastText / tinygrad_w2v",
                    f"{results[1][0] / results[0][0]:.1f}",
                    "",
                    "",
                    "",
                    "",
                ]
            )
    header = ["model", "", "s", "WordSim", "unseen", "SimLex", "unseen"]
    table(f"Subwords, {MEGABYTES} MB, {EPOCHS} epochs", header, rows)


def _ours(text: Path, model: Any, folder: str) -> tuple[float, Any, Any]:
    settings = Settings.preset("fasttext", model=model, buckets=BUCKETS, epochs=EPOCHS)
    prepare(settings)
    start = time.process_time()
    job = Word2Vec(Corpus.from_text(text, min_count=MIN_COUNT, cache_directory=folder), settings)
    job.fit()
    seconds = time.process_time() - start
    vectors = job.vectors()
    return seconds, vectors.get_vector, vectors.key_to_index


def _theirs(fasttext: Any, text: Path, model: str) -> tuple[float, Any, Any]:
    start = time.process_time()
    found = fasttext.train_unsupervised(
        str(text),
        model=model,
        minCount=MIN_COUNT,
        bucket=BUCKETS,
        epoch=EPOCHS,
        thread=1,
        verbose=0,
    )
    return time.process_time() - start, found.get_word_vector, set(found.words)


def _agreement(stats: Any, vector: Any, known: Any) -> list[str]:
    """Return the correlations for each file: of all pairs, and of those with an unseen word."""
    folder, cells = DATA / "eval", []
    for name in ("wordsim353.tsv", "simlex999.txt"):
        scores, cosines, unseen = [], [], []
        for line in (folder / name).read_text().splitlines():
            parts = line.lower().split("\t")
            if line.startswith("#") or len(parts) < 3 or not parts[2].replace(".", "").isdigit():
                continue
            a, b = vector(parts[0]), vector(parts[1])
            scores.append(float(parts[2]))
            cosines.append(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))
            unseen.append(parts[0] not in known or parts[1] not in known)
        mask = np.array(unseen)
        for chosen in (np.ones(len(mask), bool), mask):
            found = stats.spearmanr(np.array(scores)[chosen], np.array(cosines)[chosen])[0]
            cells.append(f"{found:.3f}")
    return cells
