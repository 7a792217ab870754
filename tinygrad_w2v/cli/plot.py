"""``tinygrad-w2v plot``: words in two dimensions, analogies, or the loss of a training."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.pictures import plot_analogies, plot_training, plot_words
from tinygrad_w2v.word2vec.vectors import load_vectors

_TOP = 200


def run(arguments: argparse.Namespace) -> int:
    """Draw one picture."""
    chosen = [bool(arguments.words), arguments.top is not None, bool(arguments.analogy)]
    if sum(chosen) > 1:
        raise InputError("--words, --top and --analogy exclude each other; use one of them")
    name = "vectors" if arguments.input == "-" else Path(arguments.input).name
    output = arguments.output or f"{name}.png"
    path = stream(output, output=True)
    if arguments.input.endswith(".jsonl"):
        if any(chosen):
            raise InputError(f"{arguments.input} is the record of a training: it has no words")
        plot_training(arguments.input, path, arguments.title)
    else:
        _plot_vectors(arguments, path)
    print(f"drawn in {output}", file=sys.stderr)
    return 0


def _plot_vectors(arguments: argparse.Namespace, path: str) -> None:
    vectors = load_vectors(stream(arguments.input))
    if arguments.analogy:
        pairs = [tuple(pair.split(":")) for pair in arguments.analogy]
        wrong = next((pair for pair in arguments.analogy if pair.count(":") != 1), None)
        if wrong is not None:
            raise InputError(f"--analogy {wrong!r} is not a pair of words: write them as a:b")
        plot_analogies(vectors, path, [(a, b) for a, b in pairs], arguments.title)
        return
    plot_words(
        vectors,
        path,
        arguments.words,
        arguments.top or _TOP,
        arguments.method,
        arguments.seed,
        arguments.title,
    )
