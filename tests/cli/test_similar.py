from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import call

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    path = tmp_path / "v.txt"
    path.write_text("4 2\nking 1 1\nman 1 0\nqueen 0.1 1\nwoman 0 0.1\n")
    return path


def test_nearest_words_are_first_with_cosines(vectors: Path, capsys: Capture) -> None:
    outcome = call(capsys, "similar", "king", "-v", vectors)
    assert outcome.out == "queen   0.774\nman     0.707\nwoman   0.707\n"


def test_words_are_subtracted_and_topn_limits(vectors: Path, capsys: Capture) -> None:
    outcome = call(capsys, "similar", "king", "woman", "--minus", "man", "-n", 1, "-v", vectors)
    assert outcome.out.split()[0] == "queen"
    assert len(outcome.out.splitlines()) == 1
