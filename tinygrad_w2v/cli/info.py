"""``tinygrad-w2v info``: a description of a file of vectors."""

from __future__ import annotations

import argparse
import os

from tinygrad_w2v.cli.output import bold, print_json, print_rows, stream
from tinygrad_w2v.word2vec.vectors import load_vectors, summarize


def run(arguments: argparse.Namespace) -> int:
    """Print a line for each property."""
    path = stream(arguments.vectors)
    found = summarize(load_vectors(path))._asdict()
    size = os.path.getsize(path) if os.path.isfile(path) else None
    if arguments.json:
        print_json({"file": arguments.vectors, "bytes": size, **found})
        return 0
    print(bold(arguments.vectors) + ("" if size is None else f", {size:,} bytes"))
    rows = [(name.replace("_", " "), _shown(value)) for name, value in found.items()]
    print_rows(rows)
    return 0


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "known" if value else "unknown"
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(value) if isinstance(value, list) else f"{value:,}"
