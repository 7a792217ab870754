"""``tinygrad-w2v similar``: the words nearest to words."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator

from tinygrad_w2v.cli.options import PROGRAM
from tinygrad_w2v.cli.output import faint, print_json, stream
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import KeyedVectors, load_vectors

_FAILED = 2


def run(arguments: argparse.Namespace) -> int:
    """Print the neighbours, one a line with its cosine similarity."""
    if not arguments.words and not arguments.minus:
        return _answer_lines(arguments)
    vectors = load_vectors(stream(arguments.vectors))
    answer(vectors, arguments.words, arguments.minus, arguments)
    return 0


def answer(
    vectors: KeyedVectors,
    positive: list[str],
    negative: list[str],
    arguments: argparse.Namespace,
    method: str = "3cosadd",
) -> None:
    """Print the words nearest to a sum of words."""
    search = vectors.most_similar if method == "3cosadd" else vectors.most_similar_cosmul
    options = {"topn": arguments.topn, "restrict_vocab": arguments.restrict_vocab}
    found = search(positive, negative, **options)
    if arguments.json:
        neighbours = [{"word": word, "similarity": round(score, 6)} for word, score in found]
        print_json({"positive": positive, "negative": negative, "neighbours": neighbours})
        return
    width = max((len(word) for word, _ in found), default=0)
    for word, score in found:
        print(f"{word:<{width}}  {faint(f'{score:6.3f}')}")


def _answer_lines(arguments: argparse.Namespace) -> int:
    """Answer each line of standard input; on a terminal, ask for it. 2 if one has an error."""
    is_asking = sys.stdin.isatty()
    if arguments.vectors == "-":
        raise InputError("the vectors are read from standard input: name a WORD")
    vectors = load_vectors(stream(arguments.vectors))
    if is_asking:
        print(f"{vectors!r}. Type words, -word to subtract one, Ctrl-D to end.", file=sys.stderr)
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401  (optional: edits the line, recalls earlier ones)
    status = 0
    for line in _lines(is_asking):
        words = line.split()
        negative = [word[1:] for word in words if word.startswith("-") and len(word) > 1]
        positive = [word for word in words if not word.startswith("-") or len(word) == 1]
        if not words:
            continue
        try:
            answer(vectors, positive, negative, arguments)
        except InputError as error:
            print(f"{PROGRAM} similar: error: {error}", file=sys.stderr, flush=True)
            status = 0 if is_asking else _FAILED
        else:
            if not arguments.json:
                print(flush=True)
    return status


def _lines(is_asking: bool) -> Iterator[str]:
    if not is_asking:
        yield from sys.stdin
        return
    with contextlib.suppress(EOFError):  # Ctrl-D
        while True:
            yield input("> ")
    print()
