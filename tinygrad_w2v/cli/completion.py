"""``tinygrad-w2v completion``: a script that completes commands and options in a shell."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from typing import Any

from tinygrad_w2v.cli.arguments import build_parser
from tinygrad_w2v.cli.options import PATHS
from tinygrad_w2v.errors import InputError, MissingExtraError


def run(arguments: argparse.Namespace) -> int:
    """Print the script, made by the package shtab."""
    try:
        package: Any = importlib.import_module("shtab")  # optional: the extra `cli`
    except ImportError:
        raise MissingExtraError("shtab", "cli", "completion scripts") from None
    if arguments.shell not in package.SUPPORTED_SHELLS:
        raise InputError(
            f"shtab {package.__version__} has no scripts for {arguments.shell}: "
            f"pip install --upgrade shtab"
        )
    parser = build_parser()
    for command in _commands(parser):
        for action in command._actions:
            if action.metavar in PATHS:
                action.complete = package.FILE
    print(package.complete(parser, arguments.shell))
    return 0


def _commands(parser: argparse.ArgumentParser) -> Iterator[Any]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()
