"""Helpers that run the command line, in this process or in another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from tinygrad_w2v.cli import main

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tinygrad_w2v"]
QUICK = ["--dim", "8", "--epochs", "2", "--sample", "0", "--min-count", "1"]


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], *argv: object) -> Outcome:
    """Run a command in this process."""
    capsys.readouterr()
    try:
        status = main([str(argument) for argument in argv])
    except SystemExit as error:
        status = error.code
    return Outcome(status, *capsys.readouterr())


def environment(**variables: str) -> dict[str, str]:
    """Return an environment in which a process imports this package."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path, **variables}


def run(*argv: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in another process."""
    return subprocess.run(
        [*PROGRAM, *map(str, argv)], capture_output=True, text=True, env=environment(), **options
    )


def assert_refused(outcome: Outcome, *parts: str) -> None:
    """Assert exit status 2 and one line on standard error that contains the parts."""
    assert outcome.status == 2
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("tinygrad-w2v")
    for part in parts:
        assert part in lines[0]


def small_text(lines: int = 80, seed: int = 0) -> str:
    """Return lines of 12 words each, from a vocabulary of 12 words."""
    words = "king queen man woman array list the and of to is in".split()  # noqa: SIM905
    rng = np.random.default_rng(seed)
    return "".join(" ".join(rng.choice(words, 12)) + "\n" for _ in range(lines))
