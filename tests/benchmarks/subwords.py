"""FastText compared with fastText itself: speed, and agreement with human judgements.

The text is the beginning of ``enwiki100mb.txt.gz`` of the data folder, ``BENCHMARK_MEGABYTES``
(10) of it, without the words that occur fewer than 5 times. 100 dimensions, 500,000 buckets,
``BENCHMARK_EPOCHS`` (3) epochs, one thread; ours has the preset ``fasttext``, fastText its
defaults. The agreement is Spearman's correlation of cosines with the scores of WordSim-353,
SimLex-999 and, if ``BENCHMARK_RARE_WORDS`` names it, a file ``word word score`` such as Stanford's
Rare Words: of all pairs, and of pairs with a word that is not in the vocabulary. Times are
processor times of the whole training from the text file. All figures are means over
``BENCHMARK_SEEDS`` (3) runs, for which the text begins at another line, as fastText's package takes
no seed.
"""

from __future__ import annotations

import importlib
import itertools
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

MEGABYTES = int(os.environ.get("BENCHMARK_MEGABYTES", "10"))
EPOCHS = int(os.environ.get("BENCHMARK_EPOCHS", "3"))
SEEDS = range(1, 1 + int(os.environ.get("BENCHMARK_SEEDS", "3")))
BUCKETS, MIN_COUNT = 500_000, 5
FILES = [DATA / "eval" / "wordsim353.tsv", DATA / "eval" / "simlex999.txt"]
TITLES = ["WordSim", "SimLex"]
if RARE_WORDS := os.environ.get("BENCHMARK_RARE_WORDS"):
    FILES.append(Path(RARE_WORDS))
    TITLES.append("rare words")
FEWEST = 50  # pairs of which a correlation is shown


def main() -> None:
    try:
        fasttext: Any = importlib.import_module("fasttext")
        stats: Any = importlib.import_module("scipy.stats")
    except ImportError:
        raise InputError("this benchmark needs fasttext and scipy") from None
    set_backend("auto")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(unpacked_corpus(Path(folder))).read_bytes()[: MEGABYTES * 1_000_000]
        lines = data[: data.rfind(b"\n") + 1].splitlines(keepends=True)
        rows = []
        for model in ("cbow", "skipgram"):
            runs = []
            for seed in SEEDS:
                first = seed * len(lines) // (len(SEEDS) + 1)
                text = Path(folder) / f"{seed}.txt"
                text.write_bytes(b"".join([*lines[first:], *lines[:first]]))
                both = _ours(text, model, seed, folder), _theirs(fasttext, text, model)
                runs.append([[s, *_agreement(stats, *found)] for s, *found in both])
            means = np.mean(runs, axis=0)
            for name, (seconds, *scores) in zip(("tinygrad_w2v", "fastText"), means, strict=True):
                shown = ["" if np.isnan(score) else f"{score:.3f}" for score in scores]
                rows.append([model, name, f"{seconds:.1f}", *shown])
            ratio = f"{means[1, 0] / means[0, 0]:.1f}"
            rows.append([model, "fastText / tinygrad_w2v", ratio, *[""] * (2 * len(FILES))])
    header = ["model", "", "s", *itertools.chain.from_iterable((t, "unseen") for t in TITLES)]
    table(f"Subwords, {MEGABYTES} MB, {EPOCHS} epochs, {len(SEEDS)} runs", header, rows)


def _ours(text: Path, model: Any, seed: int, folder: str) -> tuple[float, Any, Any]:
    settings = Settings.preset("fasttext", model=model, buckets=BUCKETS, epochs=EPOCHS, seed=seed)
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


def _agreement(stats: Any, vector: Any, known: Any) -> list[float]:
    """Return the correlations for each file: of all pairs, and of those with an unseen word."""
    found = []
    for path in FILES:
        pairs = [line.lower().split() for line in path.read_text().splitlines()]
        pairs = [pair for pair in pairs if len(pair) > 2 and pair[2].replace(".", "").isdigit()]
        scores = np.array([float(pair[2]) for pair in pairs])
        cosines = np.array([_cosine(vector(a), vector(b)) for a, b, *_ in pairs])
        unseen = np.array([a not in known or b not in known for a, b, *_ in pairs])
        for chosen in (np.ones(len(pairs), bool), unseen):
            is_shown = chosen.sum() >= FEWEST
            found.append(
                stats.spearmanr(scores[chosen], cosines[chosen])[0] if is_shown else np.nan
            )
    return found


def _cosine(a: Any, b: Any) -> float:
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-12))
