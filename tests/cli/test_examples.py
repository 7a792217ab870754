"""The examples in the help of every command run as printed."""

from __future__ import annotations

import bz2
import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import call, environment, small_text
from tests.cli.test_arguments import COMMANDS
from tinygrad_w2v.cli import train
from tinygrad_w2v.cli.arguments import build_parser


def examples(epilog: str) -> list[str]:
    """Return the command lines of an epilog, without the comments beside them."""
    lines = epilog.partition("examples:\n")[2].partition("\n\n")[0].splitlines()
    return [re.split(r"\s{2,}", line.strip())[0] for line in lines if line.strip()]


ALL = examples(build_parser().epilog) + [
    example
    for name in (
        "train",
        "similar",
        "analogy",
        "evaluate",
        "plot",
        "explore",
        "convert",
        "info",
        "phrases",
    )
    for example in examples(COMMANDS[name].epilog)
]
SHELL = ("|", "<", ">")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every file that the examples name."""
    monkeypatch.chdir(tmp_path)
    text = small_text()
    Path("corpus.txt.gz").write_bytes(gzip.compress(text.encode()))
    Path("more.txt.bz2").write_bytes(bz2.compress(text.encode()))
    Path("folder").mkdir()
    Path("folder", "a.txt").write_text(text)
    Path("wordsim353.tsv").write_text("king\tqueen\t8\nman\tlist\t1\nking\tman\t5\n")
    Path("questions-words.txt").write_text(": family\nking queen man woman\n")
    Path("words.txt").write_text("king\nqueen -man\n")
    for name in ("vectors.txt", "vectors.bin", "vectors.txt.gz"):
        assert train_quietly("corpus.txt.gz", name) == 0
    # The default text takes a minute; tests/word2vec/text checks that it can be read.
    monkeypatch.setattr(train, "python_docs_path", lambda progress: Path("folder", "a.txt"))
    return tmp_path


def train_quietly(text: str, output: str) -> int:
    from tinygrad_w2v.cli import main

    return main(["train", text, "-o", output, "--epochs", "1", "--dim", "8", "--quiet"])


@pytest.mark.parametrize("name", list(COMMANDS))
def test_help_has_an_example(name: str) -> None:
    assert any(f"tinygrad-w2v {name}" in example for example in examples(COMMANDS[name].epilog))


@pytest.mark.parametrize("example", [e for e in ALL if not set(SHELL) & set(e)])
def test_example_runs(
    request: pytest.FixtureRequest,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    example: str,
) -> None:
    if "--cluster" in example:
        request.getfixturevalue("ray")
    program, *argv = shlex.split(example.replace("COMMAND", "train"))
    if argv[0] in ("plot", "explore"):
        pytest.importorskip("matplotlib")
        argv = [*argv, "--method", "pca"]
    assert program == "tinygrad-w2v"
    outcome = call(capsys, *argv)
    assert outcome.status == 0, outcome.err
    assert outcome.out or outcome.err


@pytest.mark.skipif(os.name != "posix" or not shutil.which("zcat"), reason="needs sh and zcat")
@pytest.mark.parametrize("example", [e for e in ALL if set(SHELL) & set(e)])
def test_piped_example_runs(folder: Path, example: str) -> None:
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    script = bin_folder / "tinygrad-w2v"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m tinygrad_w2v "$@"\n')
    script.chmod(0o755)
    variables = environment(PATH=f"{bin_folder}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(["sh", "-c", example], capture_output=True, text=True, env=variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout or "vectors of" in done.stderr
