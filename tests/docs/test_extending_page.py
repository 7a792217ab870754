"""docs/extending.md: its code runs from top to bottom."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(BLOCKS) >= 8
    module = types.ModuleType("page_on_extending")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    for block in BLOCKS:
        exec(compile(block, "docs/extending.md", "exec"), module.__dict__)


def test_each_part_takes_fewer_than_40_lines() -> None:
    assert all(len(block.splitlines()) < 40 for block in BLOCKS)
