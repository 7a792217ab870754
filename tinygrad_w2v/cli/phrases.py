"""``tinygrad-w2v phrases``: join words that often occur together."""

from __future__ import annotations

import argparse
import os
import sys

from tinygrad_w2v.cli.output import print_json, print_rows, stream
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.text import TextSource
from tinygrad_w2v.word2vec.text.phrases import ENGLISH_CONNECTOR_WORDS, join_phrases

_THRESHOLDS = {"default": 10.0, "npmi": 0.5}


def run(arguments: argparse.Namespace) -> int:
    """Write the text with its phrases joined, and print those of the highest scores."""
    if "-" in arguments.text:
        raise InputError("standard input can be read only once: name a file")
    if arguments.output is None:
        raise InputError("no file for the text with phrases joined: name one with -o")
    output = stream(arguments.output, output=True)
    for file in TextSource(arguments.text).files if os.path.isfile(output) else ():
        if os.path.isfile(file) and os.path.samefile(file, output):
            raise InputError(
                f"cannot write the phrases to {output}: it is part of the text that is read; "
                "name another file with -o"
            )
    threshold = arguments.threshold
    passes = join_phrases(
        arguments.text,
        output,
        arguments.passes,
        errors=arguments.errors,
        min_count=arguments.min_count,
        threshold=_THRESHOLDS[arguments.scoring] if threshold is None else threshold,
        scoring=arguments.scoring,
        connector_words=ENGLISH_CONNECTOR_WORDS if arguments.connectors == "en" else (),
    )
    scores = {phrase: score for each in passes for phrase, score in each.phrasegrams.items()}
    ranked = sorted(scores.items(), key=lambda item: -item[1])[: arguments.top]
    if arguments.output == "-":
        return 0
    if arguments.json:
        print_json([{"phrase": phrase, "score": score} for phrase, score in ranked])
        return 0
    print(f"{len(scores):,} phrases joined in {arguments.output}", file=sys.stderr)
    if ranked:
        rows = [(phrase, f"{score:.4g}") for phrase, score in ranked]
        print_rows(rows, ("phrase", "score"))
    return 0
