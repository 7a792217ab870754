"""``tinygrad-w2v convert``: vectors in another format, post-processed if wanted."""

from __future__ import annotations

import argparse
import os
import sys

from tinygrad_w2v.cli.output import stream
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.word2vec.vectors import load_vectors
from tinygrad_w2v.word2vec.vectors.formats import format_by_suffix


def run(arguments: argparse.Namespace) -> int:
    """Read, post-process and write."""
    source, target = stream(arguments.input), stream(arguments.output, output=True)
    _check(arguments)
    options = {"limit": arguments.limit, "errors": arguments.errors}
    if arguments.mmap:
        options["mmap"] = os.path.dirname(target) or "."
    vectors = load_vectors(source, arguments.from_format, **options)
    if arguments.remove_top is not None:
        vectors = vectors.without_top_components(arguments.remove_top)
    if arguments.whiten is not None:
        vectors = vectors.whitened(arguments.whiten)
    if arguments.unit:
        vectors = vectors.normalized()
    options = {"header": not arguments.no_header, "spaces": arguments.spaces}
    vectors.save(target, arguments.to_format, dtype=arguments.dtype, **options)
    form = arguments.to_format or format_by_suffix(target)
    size = f"{len(vectors):,} vectors of {vectors.dim}"
    print(f"{size} in {arguments.output}, format {form}", file=sys.stderr)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Raise InputError for an option that reads all vectors into memory."""
    computed = "remove_top", "whiten", "unit"
    if arguments.mmap and (
        arguments.dtype != "float32" or any(vars(arguments)[name] for name in computed)
    ):
        raise InputError("--mmap changes the format alone: omit --dtype and the post-processing")
