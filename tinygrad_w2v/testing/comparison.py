"""The comparison of gradients by the rules with finite differences.

Every entry of the Jacobian (or of seeded projections of it) is compared relative to its own
magnitude and to the resolution of the finite difference. Small entries get no absolute tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.checked_function import CheckedFunction, RecordedCall
from tinygrad_w2v.testing.finite_differences import Estimate, Line

Mode: TypeAlias = Literal["auto", "full", "projection"]

MARGIN = 10.0  # multiple of the estimated error of a finite difference that is tolerated
_RESOLUTION = 5e-5  # of the output's largest entry, which finite differences must resolve
_FLOOR = 1e-10  # of the largest entry in the row and in the column: rounding of the rules
_MOST_ROWS, _MOST_LINES = 40, 100  # values of all outputs, inputs, up to which all are checked
_ROWS, _LINES = 24, 20  # otherwise about so many, shared by the outputs and the inputs


@dataclass
class Block:
    """The derivatives of m (projected) outputs along L lines through an input, as (m, L) arrays."""

    input: int
    lines: Sequence[Line]
    analytic: Array  # by the rules
    value: Array  # by finite differences
    error: Array  # of `value`
    suspect: Array  # entries that disagree, are not resolved, or look like a kink
    is_full: bool  # whether the lines are all coordinates in order

    @property
    def magnitude(self) -> Array:
        """The larger of the analytic and the numeric entry."""
        larger: Array = np.maximum(np.abs(self.analytic), np.abs(np.nan_to_num(self.value)))
        return larger

    def replace_column(self, place: int, found: Estimate) -> None:
        """Set the estimate of one line."""
        self.value[:, place], self.error[:, place] = found.value, found.error


class Comparison:
    """Rows (cotangents) against lines (directions), for one function at its point.

    Attributes
    ----------
    cotangents : (m, n)
        The rows.
    row_output : (m,)
        The output that each row belongs to.
    gradients
        For each input, the gradients of the rows, (m, size).
    projection
        The rows if they are projections, or None if they are all outputs.
    """

    def __init__(
        self,
        function: CheckedFunction,
        call: RecordedCall,
        mode: Mode,
        rng: np.random.Generator,
        rtol: float,
    ) -> None:
        self.function = function
        self.call = call
        self.mode = mode
        self.rng = rng
        self.rtol = rtol
        self.center = call.value()
        self.cotangents, self.row_output = self._rows()
        self.has_all_rows = len(self.cotangents) == self.center.size and mode != "projection"
        found = [call.gradients(row) for row in self.cotangents]
        self.gradients = [
            np.array([row[i] for row in found]).reshape(len(found), leaf.numel())
            for i, leaf in enumerate(call.leaves)
        ]
        self.projection = None if self.has_all_rows else self.cotangents

    def _rows(self) -> tuple[Array, Array]:
        sizes = [int(np.prod(shape)) for shape in self.call.shapes]
        owner = np.repeat(np.arange(len(sizes)), sizes)
        total = self.center.size
        if self._takes_all(total, _MOST_ROWS):
            return np.eye(total), owner
        rows, owners = [], []
        kinds = int(np.clip(_ROWS // len(sizes), 2, 6))
        for output, size in enumerate(sizes):
            for kind in range(kinds if size > 1 else min(size, 1)):
                row = np.zeros(total)
                if kind % 2 == 0:
                    row[owner == output] = self.rng.normal(size=size)
                else:
                    row[self.rng.choice(np.flatnonzero(owner == output))] = 1.0
                rows.append(row)
                owners.append(output)
        return np.array(rows).reshape(len(rows), total), np.array(owners, dtype=int)

    def _takes_all(self, size: int, most: int) -> bool:
        return self.mode == "full" or (self.mode == "auto" and size <= most)

    @property
    def _line_count(self) -> int:
        """The lines through each input where not all coordinates are checked."""
        return max(2, _LINES // len(self.function.point))

    def _is_full(self, size: int) -> bool:
        """Whether all coordinates of an input of this size are checked."""
        total = sum(array.size for array in self.function.point)
        most = _MOST_LINES if total <= _MOST_LINES else self._line_count
        return self._takes_all(size, most)

    def _lines(self, number: int) -> tuple[list[Line], bool]:
        """Return the lines through one input, and whether they are all its coordinates."""
        point = self.function.point
        size = point[number].size
        if self._is_full(size):
            return [fd.coordinate(point, number, index) for index in range(size)], True
        if not size:
            return [], False
        count = self._line_count
        lines = [fd.random_line(point, number, self.rng) for _ in range(1 + (count > 3))]
        strength = np.abs(self.gradients[number]).max(axis=0, initial=0.0)
        touched = np.flatnonzero(strength)
        chosen = {int(strength.argmax()): None}
        for each in (touched, np.arange(size)):
            chosen |= dict.fromkeys(self.rng.choice(each, 3).tolist() if len(each) else ())
        places = list(chosen)[: count - len(lines)]
        return [*lines, *[fd.coordinate(point, number, i) for i in places]], False

    def block(self, number: int) -> Block:
        """Compare the gradients of one input with quick finite differences."""
        lines, is_full = self._lines(number)
        shape = (len(self.cotangents), len(lines))
        value, error = np.zeros(shape), np.zeros(shape)
        odd = np.zeros(shape, dtype=bool)
        for place, line in enumerate(lines):
            found = fd.quick_estimate(self.function, line, self.center, self.projection)
            value[:, place], error[:, place] = found.value, found.error
            odd[:, place] = found.has_kink | found.jumps
        analytic = np.zeros(shape)
        if lines:
            analytic = self.gradients[number] @ np.array([line.direction for line in lines]).T
        block = Block(number, lines, analytic, value, error, odd, is_full)
        block.suspect = odd | self.disagrees(block) | self.is_unresolved(block)
        return block

    def disagrees(self, block: Block) -> Array:
        """Whether an entry differs by more than its tolerance, (m, L).

        The sum of k entries has a tolerance smaller by √k, so that one wrong entry of a typical
        size exceeds it.
        """
        largest = block.magnitude
        mixed = np.array([np.count_nonzero(line.direction) for line in block.lines])
        floor = _FLOOR * np.minimum(
            largest.max(axis=1, keepdims=True, initial=0.0),
            largest.max(axis=0, keepdims=True, initial=0.0),
        )
        allowed = self.rtol * largest / np.sqrt(mixed) + MARGIN * block.error + floor
        differs: Array = ~(np.abs(block.analytic - block.value) <= allowed)
        return differs

    def is_unresolved(self, block: Block) -> Array:
        """Whether the error of the finite difference is too large to judge an entry, (m, L).

        It is not if the rule agrees so well that it cannot be farther from the derivative than one
        that a smaller error would permit.
        """
        largest = block.magnitude
        typical = np.zeros((len(largest), 1))
        for output in range(len(self.call.shapes)):
            rows = self.row_output == output
            typical[rows] = largest[rows].max(initial=0.0)
        scale = np.array([line.scale for line in block.lines])
        value = self.center if self.projection is None else np.abs(self.cotangents) @ self.center
        matters = largest * scale > 10 * fd.EPSILON * np.abs(value)[:, None]
        farthest = np.abs(block.analytic - block.value) + block.error
        is_judged = (block.error <= _RESOLUTION * typical) | (
            farthest <= MARGIN * _RESOLUTION * typical
        )
        unresolved: Array = ~is_judged & matters
        return unresolved

    @property
    def projected_center(self) -> Array:
        """The values of the rows at the point, (m,)."""
        return self.center if self.projection is None else self.projection @ self.center

    def suspects(self, block: Block) -> list[int]:
        """Return the lines with suspect entries, the worst first."""
        lines = np.flatnonzero(block.suspect.any(axis=0))
        with np.errstate(invalid="ignore"):
            excess = np.abs(block.analytic - block.value) / np.maximum(block.magnitude, 1e-300)
        worst = np.nan_to_num(excess[:, lines], nan=np.inf).max(axis=0, initial=0.0)
        return [int(line) for line in lines[np.argsort(-worst, kind="stable")]]

    def largest_error(self, block: Block) -> float | None:
        """Return the largest relative error of the entries that are well resolved, if any is."""
        largest = block.magnitude
        resolved = block.error <= 1e-2 * self.rtol * largest
        if resolved.size and not resolved.any():
            return None
        errors = np.abs(block.analytic - block.value) / np.maximum(largest, fd.SMALLEST)
        return float(errors[resolved].max(initial=0.0))

    def describe(self) -> str:
        """Describe what is compared: the sizes, and full or projected."""
        total = sum(array.size for array in self.function.point)
        rows = (
            f"all {self.center.size}"
            if self.has_all_rows
            else f"{len(self.cotangents)} projections of {self.center.size}"
        )
        is_full = all(self._is_full(a.size) for a in self.function.point)
        columns = f"all {total}" if is_full else f"seeded projections of {total}"
        return f"{rows} output values against {columns} input values"
