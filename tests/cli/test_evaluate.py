from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.commands import call

VECTORS = "5 2\nking 1 1\nman 1 0\nqueen 0.1 1\nwoman 0.1 0.1\nother -1 -1\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("vectors.txt").write_text(VECTORS)
    Path("p.tsv").write_text("king\tqueen\t9\nking\tman\t8\nking\tother\t1\nking\tzebra\t1\n")
    Path("a.txt").write_text(": royal\nman king woman queen\nman king woman zebra\n")
    return tmp_path


def test_every_file_is_scored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = call(
        capsys, "evaluate", "--pairs", "p.tsv", "--pairs", "p.tsv", "--analogies", "a.txt"
    )
    assert outcome.status == 0
    assert outcome.out.count("p.tsv: Spearman 1.000, ") == 2
    assert "(3 of 4 pairs; 1 unknown: zebra)" in outcome.out
    assert "royal" in outcome.out
    assert "1 (in the file 2)" in outcome.out


def test_vocabulary_of_analogies_can_be_restricted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcome = call(capsys, "evaluate", "--analogies", "a.txt", "--restrict-vocab", 3)
    assert "0 of 0 (in the file 2)" in outcome.out
