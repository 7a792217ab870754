"""Trained word vectors: similarity, evaluation and the file formats of word2vec."""

from tinygrad_w2v.word2vec.vectors.evaluation import (
    AnalogiesResult,
    AnalogySection,
    PairsResult,
    evaluate_analogies,
    evaluate_pairs,
)
from tinygrad_w2v.word2vec.vectors.formats import Format, read_vectors, write_vectors
from tinygrad_w2v.word2vec.vectors.keyed_vectors import KeyedVectors
from tinygrad_w2v.word2vec.words import UnknownWordError

__all__ = [
    "AnalogiesResult",
    "AnalogySection",
    "Format",
    "KeyedVectors",
    "PairsResult",
    "UnknownWordError",
    "evaluate_analogies",
    "evaluate_pairs",
    "read_vectors",
    "write_vectors",
]
