"""Station 4: training on real text.

With the Penn Treebank (``--text ptb.train.txt``), or without a file on the documentation of this
Python. It draws the loss and prints neighbours and analogies, next to what the course's two-layer
network reached with negative sampling.

    python examples/speeding_up_word2vec/station_4_real_text.py --text ptb.train.txt
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from measuring import figure, parser, save

from tinygrad_w2v.word2vec import (
    Corpus,
    KeyedVectors,
    Settings,
    Word2Vec,
    evaluate_analogies,
    evaluate_pairs,
    python_docs_path,
)

WORDS = ("you", "year", "car", "toyota"), ("array", "file", "class", "string")
ANALOGIES = (
    ("king man queen", "take took go", "car cars child", "good better bad"),
    ("list lists string", "read reading write", "open opened close"),
)
COURSE = "the course's figures: WordSim-353 .147, analogies 1.6 %, about half a day of training"


def train(text: Any, epochs: int) -> tuple[KeyedVectors, list[float], list[float]]:
    """Train CBOW; return the vectors, and words done and mean losses along the way."""
    words: list[float] = []
    losses: list[float] = []
    before = [0.0, 0.0]  # sum and number of the losses at the last point

    def on_step(progress: Any) -> None:
        if progress.steps % 50 == 0:
            count = progress.loss_count - before[1]
            words.append(progress.done)
            losses.append((progress.loss_sum - before[0]) / count)
            before[:] = progress.loss_sum, progress.loss_count

    corpus = Corpus.from_text(text, min_count=1)
    print(corpus)
    start = time.perf_counter()
    job = Word2Vec(
        corpus, Settings(epochs=epochs, sample=1e-4, shared=24, negative=5), on_step=on_step
    )
    job.fit()
    print(f"{epochs} epochs in {time.perf_counter() - start:.1f} s")
    return job.vectors(), words, losses


def show(vectors: KeyedVectors, words: tuple[str, ...], analogies: tuple[str, ...]) -> None:
    """Print the neighbours of words, and the answers to analogies."""
    for word in words:
        if word in vectors:
            near = vectors.most_similar(word, topn=5)
            print(f"{word:>8}: " + ", ".join(f"{other} {score:.2f}" for other, score in near))
    for a, b, c in map(str.split, analogies):
        if all(word in vectors for word in (a, b, c)):
            best = vectors.most_similar([b, c], [a], topn=3)
            print(f"{a} : {b} = {c} : " + ", ".join(word for word, _ in best))


def main() -> None:
    """Train, print, draw; evaluate if the test sets are given."""
    arguments = parser(__doc__)
    arguments.add_argument("--text", type=Path, help="default: the documentation of this Python")
    arguments.add_argument("--epochs", type=int, default=20)
    arguments.add_argument("--pairs", type=Path, help="word pairs with human judgements")
    arguments.add_argument("--analogies", type=Path, help="questions-words.txt")
    options = arguments.parse_args()
    vectors, words, losses = train(
        options.text or python_docs_path(), 1 if options.short else options.epochs
    )
    known = options.text is not None
    show(vectors, WORDS[not known], ANALOGIES[not known])
    if options.pairs:
        print(f"word pairs: {evaluate_pairs(vectors, options.pairs)}")
    if options.analogies:
        print(f"analogies: {evaluate_analogies(vectors, options.analogies).overall}")
    print(COURSE)
    drawn, axes = figure()
    axes.plot([done / 1e6 for done in words], losses, color="#0072B2")
    axes.set(xlabel="million words", title="loss per word")
    save(drawn, options.pictures, "real_text.svg")


if __name__ == "__main__":
    main()
