"""docs/extending.md: its code runs from top to bottom, and its run file is valid."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

from tinygrad_w2v.word2vec import Recipe

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BLOCKS) >= 8
    module = types.ModuleType("page_on_extending")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        exec(compile(block, "docs/extending.md", "exec"), module.__dict__)


def test_each_part_takes_fewer_than_40_lines() -> None:
    assert all(len(block.splitlines()) < 40 for block in BLOCKS)


def test_run_file_is_valid(tmp_path: Path) -> None:
    (run_file,) = re.findall(r"```toml\n(.*?)```", TEXT, flags=re.DOTALL)
    (tmp_path / "run.toml").write_text(run_file, encoding="utf-8")
    corpus, settings = Recipe.read(tmp_path / "run.toml").resolve()
    assert (list(corpus.text), corpus.min_count) == (["corpus.txt.gz"], 5)
    assert (settings.model, settings.window, settings.epochs) == ("cbow", 5, 5)
