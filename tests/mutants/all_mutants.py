"""All mutants, gathered from their files."""

from __future__ import annotations

from tests.mutants import (  # noqa: F401  (enter their mutants)
    arrays,
    conduct,
    elementwise,
    points,
    rows,
    second_order,
)
from tests.mutants.catalogue import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant"]
