"""``tinygrad-w2v similar``: the words nearest to a word."""

from __future__ import annotations

import argparse

from tinygrad_w2v.word2vec.vectors import KeyedVectors


def run(arguments: argparse.Namespace) -> int:
    """Print the neighbours, one a line with its cosine similarity."""
    vectors = KeyedVectors.load(arguments.vectors)
    found = vectors.most_similar(arguments.words, arguments.minus, topn=arguments.topn)
    width = max((len(word) for word, _ in found), default=0)
    for word, similarity in found:
        print(f"{word:<{width}}  {similarity:6.3f}")
    return 0
