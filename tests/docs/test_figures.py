"""docs/figures.py: blocks name commands that exist, are replaced by output, and feed the README."""

from __future__ import annotations

import importlib.util
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FIGURES: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "figures.py"), run_name="figures")
BLOCKS = list(FIGURES["blocks"]())


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.command)
def test_commands_exist(block: Any) -> None:
    script = re.search(r"python ([\w/]+\.py)", block.command)
    module = re.search(r"python -m (tests\.\w+)(.*)", block.command)
    assert script or module
    if script:
        assert (ROOT / script[1]).exists()
    if module:
        names = module[2].split() if module[1] == "tests.benchmarks" else ["__main__"]
        assert all(importlib.util.find_spec(f"{module[1]}.{name}") for name in names)


def test_readme_quotes_the_blocks() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert FIGURES["SPEEDS"].findall(text) == [FIGURES["speeds"]()], "run python docs/figures.py x"


def test_block_is_replaced_by_what_its_command_prints(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- figures: echo seven -->\nold\n<!-- end of figures -->\nafter\n")
    block = type(BLOCKS[0])(page, "figures", "echo seven", "old\n")
    FIGURES["replace"](block, FIGURES["written"]("figures", "echo seven"))
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!-- figures: echo seven -->\n\n`echo seven`, ")
    assert text.endswith("\n\n```text\nseven\n```\n\n<!-- end of figures -->\nafter\n")


def test_command_that_fails_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert FIGURES["written"]("figures", "exit 3") == ""
    assert "failed, the block is left as it is: exit 3" in capsys.readouterr().out
