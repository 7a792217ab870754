"""``tinygrad-w2v evaluate``: similarity and analogy scores of vectors."""

from __future__ import annotations

import argparse

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, evaluate_analogies, evaluate_pairs


def run(arguments: argparse.Namespace) -> int:
    """Print the scores of every file named."""
    if not arguments.pairs and not arguments.analogies:
        raise InputError("nothing to evaluate on: name a file with --pairs or --analogies")
    vectors = KeyedVectors.load(arguments.vectors)
    for path in arguments.pairs:
        print(evaluate_pairs(vectors, path))
    if arguments.analogies:
        print(evaluate_analogies(vectors, arguments.analogies, arguments.restrict_vocab))
    return 0
