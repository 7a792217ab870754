"""docs/reading.md: its files exist and have about as many lines as it states."""

from __future__ import annotations

import pytest

from tests.docs.line_counts import PAGE, TOTAL, lines_of, number, parts, stated

TEXT = PAGE.read_text(encoding="utf-8")
COUNTS = stated(TEXT)


@pytest.mark.parametrize("path", COUNTS)
def test_count_is_within_ten_percent(path: str) -> None:
    assert COUNTS[path] == pytest.approx(lines_of(path), rel=0.1), (
        "run python -m tests.docs.line_counts"
    )


def test_part_totals_are_the_sums_of_the_counts() -> None:
    for part in parts(TEXT):
        counts = stated(part)
        assert [number(total) for total in TOTAL.findall(part)] == (
            [sum(counts.values())] if counts else []
        )
