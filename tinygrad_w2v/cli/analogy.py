"""``tinygrad-w2v analogy``: A is to B as C is to the answer."""

from __future__ import annotations

import argparse

from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.cli.similar import answer
from tinygrad_w2v.word2vec.vectors import load_vectors


def run(arguments: argparse.Namespace) -> int:
    """Print the best answers, one a line with its score."""
    vectors = load_vectors(stream(arguments.vectors))
    a, b, c = arguments.a, arguments.b, arguments.c
    answer(vectors, [b, c], [a], arguments, arguments.method)
    return 0
