from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import small_text


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a small text, the only file in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(small_text())
    return "text.txt"
