"""docs/gradcheck.md: its code runs, and its output is what the code prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "gradcheck.md"


def without_numbers(text: str) -> list[str]:
    """Return the lines without numbers, whose last digits depend on the machine."""
    kept = [line for line in text.strip().splitlines() if "backends" not in line]
    return [re.sub(r"[-+−\d.e]+|\s+", " ", line).strip() for line in kept]


def test_code_prints_the_output_of_the_page() -> None:
    names: dict[str, Any] = {"__name__": "doc_gradcheck"}
    blocks = re.findall(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", PAGE.read_text(), re.S)
    assert len(blocks) == 5
    for code, expected in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, names)
        assert without_numbers(printed.getvalue()) == without_numbers(expected)
