"""Trained word vectors: queries, evaluation, post-processing and file formats."""

from tinygrad_w2v.word2vec.vectors.approximate import ApproximateIndex
from tinygrad_w2v.word2vec.vectors.clustering import CategoriesResult, evaluate_categories, k_means
from tinygrad_w2v.word2vec.vectors.evaluation import (
    AnalogiesResult,
    AnalogySection,
    PairsResult,
    evaluate_analogies,
    evaluate_pairs,
)
from tinygrad_w2v.word2vec.vectors.formats import Format, read_vectors, write_vectors
from tinygrad_w2v.word2vec.vectors.keyed_vectors import KeyedVectors
from tinygrad_w2v.word2vec.vectors.report import Report, evaluate_sets
from tinygrad_w2v.word2vec.vectors.subword_vectors import SubwordVectors, load_vectors
from tinygrad_w2v.word2vec.vectors.summary import Summary, summarize
from tinygrad_w2v.word2vec.words import UnknownWordError

__all__ = [
    "AnalogiesResult",
    "AnalogySection",
    "ApproximateIndex",
    "CategoriesResult",
    "Format",
    "KeyedVectors",
    "PairsResult",
    "Report",
    "SubwordVectors",
    "Summary",
    "UnknownWordError",
    "evaluate_analogies",
    "evaluate_categories",
    "evaluate_pairs",
    "evaluate_sets",
    "k_means",
    "load_vectors",
    "read_vectors",
    "summarize",
    "write_vectors",
]
