"""Train word vectors from Python: corpus, model, optimizer, trainer.

Run ``python examples/word_vectors.py corpus.txt``, or without a file to train on the documentation
of this Python. It prints the loss and the nearest neighbours of frequent words.
"""

from __future__ import annotations

import sys

from tinygrad_w2v import models, optim
from tinygrad_w2v.training import Trainer
from tinygrad_w2v.word2vec import Corpus, KeyedVectors, WindowBatches, python_docs_path


def train(corpus: Corpus, dim: int = 100, epochs: int = 10) -> KeyedVectors:
    """Train CBOW with negative sampling; return the vectors.

    ``tinygrad_w2v.word2vec.Word2Vec(corpus, Settings(...))`` does the same with all settings.
    """
    vocabulary = corpus.vocabulary
    model = models.CBOW(vocabulary.counts, dim, negative=5, shared=24, straight_through=True, rng=0)
    batches = WindowBatches(corpus, window=5, batch_tokens=1024, sample=1e-4)
    optimizer = optim.SGD(model, lr=0.05, clip_row=0.5)
    schedule = optim.LinearDecay(optimizer, total=epochs * batches.words_per_epoch)
    trainer = Trainer(
        model,
        optimizer,
        schedule=schedule,
        amount=lambda batch: batch.words,  # the schedule counts words
        predictions=model.predictions,  # a step descends on the sum of the losses
    )
    for epoch in range(1, epochs + 1):
        progress = trainer.fit(batches, epochs=epoch)
        print(f"epoch {epoch}: mean loss so far {progress.loss:.3f}")
    return KeyedVectors(vocabulary.words, model.vectors, vocabulary.counts)


def main() -> None:
    """Train and print neighbours."""
    text = sys.argv[1] if len(sys.argv) > 1 else python_docs_path()
    corpus = Corpus.from_text(text)
    print(corpus)
    vectors = train(corpus)
    for word in vectors.words[100:500:100]:  # words are sorted by frequency
        neighbours = vectors.most_similar(word, topn=5)
        print(f"{word}: " + ", ".join(f"{name} {score:.2f}" for name, score in neighbours))


if __name__ == "__main__":
    main()
