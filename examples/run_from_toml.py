"""Train from a TOML file: the model, loss, optimizer and settings as data.

Run ``python examples/run_from_toml.py``, or with a run file of your own. It prints the trained
model and the neighbours of frequent words. ``tinygrad-w2v train --config FILE`` does the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tinygrad_w2v.word2vec import Corpus, KeyedVectors, Recipe, Word2Vec, python_docs_path


def train(file: Path, corpus: Corpus | None = None) -> tuple[Word2Vec, KeyedVectors]:
    """Train as the run file states; `corpus` replaces its text."""
    recipe = Recipe.read(file)
    text, settings = recipe.resolve()
    if corpus is None:
        paths = text.text or [python_docs_path()]
        corpus = Corpus.from_text(paths, min_count=text.min_count, max_vocab=text.max_vocab)
    job = Word2Vec(corpus, settings, recipe=recipe)
    job.fit()
    return job, job.vectors()


def main() -> None:
    """Train, print the model and neighbours."""
    default = Path(__file__).with_name("training_run.toml")
    job, vectors = train(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    print(job.model)
    for word in vectors.words[100:500:100]:
        neighbours = vectors.most_similar(word, topn=5)
        print(f"{word}: " + ", ".join(f"{name} {score:.2f}" for name, score in neighbours))


if __name__ == "__main__":
    main()
