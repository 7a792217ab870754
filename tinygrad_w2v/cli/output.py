"""What commands print: JSON, tables with colors on a terminal; streams named ``-``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from tinygrad_w2v.cli.options import DEFAULT_VECTORS, PROGRAM
from tinygrad_w2v.errors import MissingFileError

_BOLD, _FAINT, _PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def stream(path: str, output: bool = False) -> str:
    """Return the path of a file; for ``-`` that of standard input or output.

    InputError if the default file of vectors is to be read and does not exist.
    """
    if path == DEFAULT_VECTORS and not output and not os.path.exists(path):
        raise MissingFileError(
            f"no such file: {path}; run `{PROGRAM} train`, which writes it, or name another file "
            f"of vectors"
        )
    return path if path != "-" else "/dev/stdout" if output else "/dev/stdin"


def print_json(value: Any) -> None:
    """Print a value as one line of JSON."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def print_rows(rows: Sequence[Sequence[str]], titles: Sequence[str] = ()) -> None:
    """Print columns of text, the last one unpadded, under titles."""
    lines = [*([titles] if titles else []), *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)][:-1]
    for number, line in enumerate(lines):
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        text = "  ".join([*cells, line[-1]]).rstrip()
        print(bold(text) if titles and not number else text)


def bold(text: str) -> str:
    """Return text in bold on a terminal."""
    return f"{_BOLD}{text}{_PLAIN}" if has_colors() else text


def faint(text: str) -> str:
    """Return text in a faint color on a terminal."""
    return f"{_FAINT}{text}{_PLAIN}" if has_colors() else text


def has_colors() -> bool:
    """Return whether standard output is a terminal, and NO_COLOR is not set."""
    is_dumb = os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not is_dumb
