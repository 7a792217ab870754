from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import PROGRAM, QUICK, assert_refused, call, environment, run
from tinygrad_w2v.cli import similar

SLOW = ("models", "training", "word2vec.corpus", "word2vec.job", "word2vec.vectors")


@pytest.fixture
def vectors(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert call(capsys, "train", text, "-o", "v.txt", *QUICK, "--quiet").status == 0
    return "v.txt"


def test_package_runs_as_module() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert done.stdout.startswith("usage: tinygrad-w2v")
    assert done.stderr == ""


@pytest.mark.parametrize("argv", [["--help"], ["train", "--help"]])
def test_help_imports_no_slow_modules(argv: list[str]) -> None:
    code = (
        "import contextlib, json, sys\n"
        "from tinygrad_w2v.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({argv!r})\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert "tinygrad_w2v.cli.arguments" in loaded
    assert not loaded & {"rich", *(f"tinygrad_w2v.{name}" for name in SLOW)}


def test_closed_pipe_is_not_an_error(vectors: str) -> None:
    command = subprocess.Popen(
        [*PROGRAM, "similar", "king", "-v", vectors],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    command.stdout.close()
    assert command.stderr.read() == b""
    command.stderr.close()
    assert command.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_failed_output_is_one_line(vectors: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*PROGRAM, "similar", "king", "-v", vectors],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
    assert done.returncode == 2
    assert done.stderr == (
        "tinygrad-w2v similar: error: cannot write to standard output: No space left on device; "
        "redirect it elsewhere\n"
    )


def test_unprintable_word_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v.txt"
    path.write_text("2 2\nking 1 2\n東京 1 3\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = run("similar", "king", "-v", path)
    assert done.returncode == 0
    assert done.stdout.startswith(r"\u6771\u4eac")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (MemoryError("8 TiB"), "out of memory (8 TiB): choose fewer dimensions, or fewer words"),
        (MemoryError(), "error: out of memory: choose fewer dimensions, or fewer words"),
        (OSError(5, "Input/output error", "some/file"), "some/file: Input/output error; check"),
    ],
)
def test_system_error_is_one_line(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    message: str,
) -> None:
    def fail(arguments: object) -> int:
        raise error

    monkeypatch.setattr(similar, "run", fail)
    assert_refused(call(capsys, "similar", "king"), message)


def test_ctrl_c_is_one_line_and_status_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(similar, "run", interrupt)
    outcome = call(capsys, "similar", "king")
    assert outcome.status == 130
    assert outcome.err == "tinygrad-w2v similar: interrupted\n"
