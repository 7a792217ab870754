"""All mutants, gathered from their files."""

from __future__ import annotations

from tests.mutants import arrays, conduct, elementwise, rows  # noqa: F401  (enter their mutants)
from tests.mutants.catalogue import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant"]
