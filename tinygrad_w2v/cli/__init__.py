"""The command line. Thin: each command reads its options and calls the library."""

from tinygrad_w2v.cli.main import main

__all__ = ["main"]
