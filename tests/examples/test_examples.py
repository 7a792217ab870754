"""The examples and the page on extending run, and what they train learns."""

from __future__ import annotations

import re
import runpy
import sys
import types
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name=f"example_{name}")


def test_the_code_of_the_page_on_extending_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) >= 8
    module = types.ModuleType("page_on_extending")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        exec(compile(block, "docs/extending.md", "exec"), module.__dict__)


def test_what_a_user_adds_takes_fewer_than_40_lines_each() -> None:
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    for block in re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL):
        assert len(block.splitlines()) < 40


def test_the_op_of_ones_own_passes_its_check(capsys: pytest.CaptureFixture[str]) -> None:
    example("custom_op")["main"]()
    assert "opcheck of swish: passed" in capsys.readouterr().out


def test_the_layer_of_ones_own_is_trained_saved_and_loaded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    example("custom_layer")["main"]()
    printed = capsys.readouterr().out
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert losses[-1] < losses[0]
    assert "loaded: True" in printed


def test_the_two_moons_are_told_apart() -> None:
    losses = example("two_moons")["train"](epochs=8)
    assert losses[-1] < 0.25 * losses[0]


def test_the_character_model_learns() -> None:
    text = "the quick brown fox jumps over the lazy dog\n" * 40
    bits = example("char_lstm")["train"](text, steps=40, show=10)
    assert bits == sorted(bits, reverse=True)
    assert bits[-1] < 0.85 * bits[0]
