from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import assert_refused, call


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["com"], ["completion"]),
        (["train", "--pac"], ["--packing"]),
        (["train", "--packing", "b"], ["bfloat16"]),
        (["train", "te"], ["text.txt"]),
        (["train", "--config", "te"], ["text.txt"]),
        (["train", "--init", "te"], ["text.txt"]),
        (["info", "te"], ["text.txt"]),
        (["convert", "text.txt", "te"], ["text.txt"]),
        (["plot", "--title", "te"], []),
    ],
)
def test_bash_completes_commands_options_choices_and_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    pytest.importorskip("shtab")
    if not (bash := shutil.which("bash")):
        pytest.skip("needs bash")
    (tmp_path / "script").write_text(call(capsys, "completion", "bash").out)
    (tmp_path / "text.txt").touch()
    line = " ".join(["tinygrad-w2v", *words])
    program = (
        f"source ./script; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _shtab_tinygrad_w2v; "
        f"printf '%s\\n' ${{COMPREPLY[@]}}"
    )
    done = subprocess.run([bash, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.split() == expected


@pytest.mark.parametrize("shell", ["zsh", "fish", "tcsh"])
def test_other_shells_have_a_script(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    shtab = pytest.importorskip("shtab")
    if shell not in shtab.SUPPORTED_SHELLS:
        pytest.skip(f"this shtab has none for {shell}")
    assert "packing" in call(capsys, "completion", shell).out


def test_shell_that_shtab_lacks_names_the_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shtab = pytest.importorskip("shtab")
    monkeypatch.setattr(shtab, "SUPPORTED_SHELLS", ["bash"])
    monkeypatch.setattr(shtab, "__version__", "1.7.0")
    assert call(capsys, "completion", "fish").err == (
        "tinygrad-w2v completion: error: shtab 1.7.0 has no scripts for fish: "
        "pip install --upgrade shtab\n"
    )


def test_completion_names_its_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert_refused(call(capsys, "completion", "zsh"), "pip install 'tinygrad-w2v[cli]'")
