"""docs/gradcheck.md: its code runs, and its output is what the code prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "gradcheck.md"


def words(text: str) -> list[str]:
    """Return the lines without their numbers, which differ in their last digits by machine."""
    kept = [line for line in text.strip().splitlines() if "backends" not in line]
    return [re.sub(r"[-+−\d.e]+|\s+", " ", line).strip() for line in kept]


def test_the_pages_output_is_what_its_code_prints() -> None:
    names: dict[str, Any] = {"__name__": "doc_gradcheck"}
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE.read_text(), re.S)
    assert len(blocks) == 5
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert words(printed.getvalue()) == words(expected)
