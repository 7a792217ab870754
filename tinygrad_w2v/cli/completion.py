"""``tinygrad-w2v completion``: a script that completes commands and options in a shell."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.errors import MissingExtraError


def run(arguments: argparse.Namespace) -> int:
    """Print the script, made by the package shtab."""
    try:
        package: Any = importlib.import_module("shtab")  # optional: the extra `cli`
    except ImportError:
        raise MissingExtraError("shtab", "cli", "completion scripts") from None
    print(package.complete(build_parser(), arguments.shell))
    return 0
