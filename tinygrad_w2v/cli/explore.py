"""``tinygrad-w2v explore``: a page to search and look around in."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.word2vec.pictures import write_explorer
from tinygrad_w2v.word2vec.vectors import load_vectors


def run(arguments: argparse.Namespace) -> int:
    """Write the page."""
    source = arguments.vectors
    vectors = load_vectors(stream(source), limit=max(arguments.words, 3))
    output = arguments.output or f"{Path(source).name if source != '-' else 'vectors'}.html"
    title = arguments.title or Path(source).name
    print("computing the map ...", file=sys.stderr, flush=True)
    page = write_explorer(
        vectors,
        stream(output, output=True),
        arguments.words,
        arguments.method,
        arguments.seed,
        title,
    )
    print(
        f"{page.words:,} words, map by {page.method}, in {output} ({page.size / 1e6:.1f} MB): open "
        "it in a browser",
        file=sys.stderr,
    )
    return 0
