"""Imports every mutant."""

from __future__ import annotations

from tests.mutants import (  # noqa: F401  (the imports register the mutants)
    arrays,
    behaviour,
    elementwise,
    points,
    rows,
    second_order,
)
from tests.mutants.catalogue import MUTANTS, Mutant

__all__ = ["MUTANTS", "Mutant"]
