"""The comparison at the heart of gradcheck: what the rules give against finite differences.

Every entry of the Jacobian (or of seeded projections of it) is judged against its own magnitude
and against what the finite difference can resolve there; nothing is forgiven for being small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import numeric
from tinygrad_w2v.testing.numeric import Estimate, Line
from tinygrad_w2v.testing.subject import Run, Subject

Mode: TypeAlias = Literal["auto", "full", "projection"]

MARGIN = 10.0  # times the estimated error of a finite difference
RESOLUTION = 5e-5  # of a block's largest entry, that finite differences must reach
_FLOOR = 1e-10  # of the largest entry in the row and in the column: the rules' own rounding
_MOST_ROWS, _MOST_LINES = 40, 100  # values of outputs, of an input, up to which all are checked
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass
class Block:
    """The derivatives of all (projected) outputs along the lines through one input.

    Attributes
    ----------
    input
        Its number.
    lines
        L of them.
    analytic, value, error : (m, L)
        What the rules give, the finite difference, and the error of the latter.
    suspect : (m, L)
        Entries that disagree, are not resolved, or look like a kink.
    is_full
        Whether the lines are all coordinates in order.
    """

    input: int
    lines: Sequence[Line]
    analytic: Array
    value: Array
    error: Array
    suspect: Array
    is_full: bool


class Comparison:
    """Rows (cotangents) against lines (directions), for one subject at its point.

    Parameters
    ----------
    subject, run
        The subject and a recorded call of it.
    mode
        ``"full"``, ``"projection"``, or ``"auto"``: full where there are few values.
    rng
        Chooses projections.
    rtol
        How far a gradient may be off, of its own magnitude.

    Attributes
    ----------
    cotangents : (m, n)
        The rows.
    row_output : (m,)
        Which output each row belongs to.
    gradients
        For each input, the rows' gradients, (m, size).
    """

    def __init__(
        self, subject: Subject, run: Run, mode: Mode, rng: np.random.Generator, rtol: float
    ) -> None:
        self.subject = subject
        self.run = run
        self.mode = mode
        self.rng = rng
        self.rtol = rtol
        self.center = run.value()
        self.cotangents, self.row_output = self._rows()
        self.has_all_rows = len(self.cotangents) == self.center.size and mode != "projection"
        found = [run.gradients(row) for row in self.cotangents]
        self.gradients = [
            np.array([row[i] for row in found]).reshape(len(found), leaf.size)
            for i, leaf in enumerate(run.leaves)
        ]
        self.projection = None if self.has_all_rows else self.cotangents

    def _rows(self) -> tuple[Array, Array]:
        sizes = [int(np.prod(shape)) for shape in self.run.shapes]
        owner = np.repeat(np.arange(len(sizes)), sizes)
        total = self.center.size
        if self.mode == "full" or (self.mode == "auto" and total <= _MOST_ROWS):
            return np.eye(total), owner
        rows, owners = [], []
        for output, size in enumerate(sizes):
            for kind in range(6 if size > 1 else min(size, 1)):
                row = np.zeros(total)
                if kind < 3:
                    row[owner == output] = self.rng.normal(size=size)
                else:
                    row[self.rng.choice(np.flatnonzero(owner == output))] = 1.0
                rows.append(row)
                owners.append(output)
        return np.array(rows).reshape(len(rows), total), np.array(owners, dtype=int)

    def lines(self, number: int) -> tuple[list[Line], bool]:
        """Return the lines through one input, and whether they are all its coordinates."""
        point = self.subject.point
        size = point[number].size
        if self.mode == "full" or (self.mode == "auto" and size <= _MOST_LINES):
            return [numeric.coordinate(point, number, index) for index in range(size)], True
        if not size:
            return [], False
        strength = np.abs(self.gradients[number]).max(axis=0, initial=0.0)
        touched = np.flatnonzero(strength)
        chosen = {int(strength.argmax()), *self.rng.choice(size, 3).tolist()}
        if len(touched):
            chosen |= {*self.rng.choice(touched, 3).tolist()}
        lines = [numeric.random_line(point, number, self.rng) for _ in range(2)]
        return [*lines, *[numeric.coordinate(point, number, i) for i in sorted(chosen)]], False

    def block(self, number: int) -> Block:
        """Compare the gradients of one input with quick finite differences."""
        lines, is_full = self.lines(number)
        shape = (len(self.cotangents), len(lines))
        value, error = np.zeros(shape), np.zeros(shape)
        odd = np.zeros(shape, dtype=bool)
        for place, line in enumerate(lines):
            found = numeric.screen(self.subject, line, self.center, self.projection)
            value[:, place], error[:, place] = found.value, found.error
            odd[:, place] = found.has_kink | found.jumps
        analytic = np.zeros(shape)
        if lines:
            analytic = self.gradients[number] @ np.array([line.direction for line in lines]).T
        block = Block(number, lines, analytic, value, error, odd, is_full)
        block.suspect = odd | self.disagrees(block) | self.is_unresolved(block)
        return block

    def disagrees(self, block: Block) -> Array:
        """Whether an entry differs by more than its tolerance, (m, L)."""
        largest = magnitude(block)
        floor = _FLOOR * np.minimum(
            largest.max(axis=1, keepdims=True, initial=0.0),
            largest.max(axis=0, keepdims=True, initial=0.0),
        )
        allowed = self.rtol * largest + MARGIN * block.error + floor
        differs: Array = ~(np.abs(block.analytic - block.value) <= allowed)
        return differs

    def is_unresolved(self, block: Block) -> Array:
        """Whether the finite difference says too little about an entry to judge it, (m, L)."""
        largest = magnitude(block)
        typical = np.zeros((len(largest), 1))
        for output in range(len(self.run.shapes)):
            rows = self.row_output == output
            typical[rows] = largest[rows].max(initial=0.0)
        scale = np.array([line.scale for line in block.lines])
        value = self.center if self.projection is None else np.abs(self.cotangents) @ self.center
        matters = largest * scale > 10 * _EPSILON * np.abs(value)[:, None]
        unresolved: Array = ~(block.error <= RESOLUTION * typical) & matters
        return unresolved

    def suspects(self, block: Block) -> list[int]:
        """Return the lines with suspect entries, the worst first."""
        lines = np.flatnonzero(block.suspect.any(axis=0))
        with np.errstate(invalid="ignore"):
            excess = np.abs(block.analytic - block.value) / np.maximum(magnitude(block), 1e-300)
        worst = np.nan_to_num(excess[:, lines], nan=np.inf).max(axis=0, initial=0.0)
        return [int(line) for line in lines[np.argsort(-worst, kind="stable")]]

    def describe(self) -> str:
        """Say what is compared: sizes, and full or projected."""
        total = sum(array.size for array in self.subject.point)
        rows = (
            f"all {self.center.size}"
            if self.has_all_rows
            else f"{len(self.cotangents)} projections of {self.center.size}"
        )
        all_lines = self.mode == "full" or (
            self.mode == "auto" and all(a.size <= _MOST_LINES for a in self.subject.point)
        )
        columns = f"all {total}" if all_lines else f"seeded projections of {total}"
        return f"{rows} output values against {columns} input values"


def magnitude(block: Block) -> Array:
    """Return the larger of the analytic and the numeric entry, (m, L)."""
    larger: Array = np.maximum(np.abs(block.analytic), np.abs(np.nan_to_num(block.value)))
    return larger


def replace_column(block: Block, place: int, found: Estimate) -> None:
    """Enter a refined estimate of one line."""
    block.value[:, place], block.error[:, place] = found.value, found.error
