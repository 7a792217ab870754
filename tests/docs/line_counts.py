"""``python -m tests.docs.line_counts``: write the line counts of docs/reading.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reading.md"
ROW = re.compile(r"^\| `(tinygrad_w2v/[\w/]+\.py)` \| ([\d,]*) \|", re.MULTILINE)
TOTAL = re.compile(r"^\*([\d,]+) lines\.\*$", re.MULTILINE)


def lines_of(path: str) -> int:
    """Return the number of lines of a file of the package."""
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def number(text: str) -> int:
    """Return a count as the page writes it as an integer."""
    return int(text.replace(",", ""))


def parts(page: str) -> list[str]:
    """Return the sections of the page; joined, they are the page."""
    return re.split(r"(?m)^(?=## )", page)


def stated(page: str) -> dict[str, int]:
    """Return the counts that a page or a section states, by file."""
    return {path: number(count) for path, count in ROW.findall(page)}


def updated(page: str) -> str:
    """Return the page with the present counts, and their sum in each section."""
    page = ROW.sub(lambda row: f"| `{row[1]}` | {lines_of(row[1]):,} |", page)
    return "".join(
        TOTAL.sub(f"*{sum(stated(part).values()):,} lines.*", part) for part in parts(page)
    )


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
