"""docs/extending.md: its run file is valid. Its code runs as a doctest."""

from __future__ import annotations

import re
from pathlib import Path

from tinygrad_w2v.word2vec import Recipe

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"


def test_run_file_is_valid(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (run_file,) = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "run.toml").write_text(run_file, encoding="utf-8")
    corpus, settings = Recipe.read(tmp_path / "run.toml").resolve()
    assert (list(corpus.text), corpus.min_count) == (["corpus.txt.gz"], 5)
    assert (settings.model, settings.window, settings.epochs) == ("cbow", 5, 5)
