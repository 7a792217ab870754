"""docs/mutants.md lists every mutant with its verdict."""

from __future__ import annotations

import re
from pathlib import Path

from tests.mutants.all_mutants import MUTANTS

PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"


def test_page_lists_the_mutants_with_their_verdicts() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## All mutants")[2]
    rows = re.findall(r"^\| (\w+) \| .* \| ([\w, ]+) \|$", table, flags=re.MULTILINE)
    listed = dict(row for row in rows if row[0] != "mutant")
    assert listed == {name: str(mutant.verdict) for name, mutant in MUTANTS.items()}
