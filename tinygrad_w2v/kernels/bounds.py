"""Refusing rows that a table does not have."""

from __future__ import annotations


def refuse_rows_outside(least: int, most: int, height: int) -> None:
    """Refuse rows, given by the least and the greatest, that a table does not have."""
    if least < 0 or most >= height:
        wrong = least if least < 0 else most
        raise IndexError(f"row {wrong} is not in a table of {height} rows: use 0 to {height - 1}")
