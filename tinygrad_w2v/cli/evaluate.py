"""``tinygrad-w2v evaluate``: scores of vectors on similarity, analogies and categories."""

from __future__ import annotations

import argparse

from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import evaluate_sets, load_vectors


def run(arguments: argparse.Namespace) -> int:
    """Print the scores of every file named."""
    files = {
        "pairs": arguments.pairs,
        "analogies": arguments.analogies,
        "categories": arguments.categories,
        "others": arguments.set,
    }
    if not any(files.values()):
        raise InputError(
            "nothing to evaluate on: name a file with --set, --pairs, --analogies or --categories"
        )
    vectors = load_vectors(stream(arguments.vectors))
    report = evaluate_sets(vectors, **files, restrict_vocab=arguments.restrict_vocab)
    kind = "json" if arguments.json else arguments.format
    forms = {"table": report.__str__, "json": report.to_json, "csv": report.to_csv}
    print(forms[kind]().rstrip())
    return 0
