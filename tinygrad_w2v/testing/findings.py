"""Findings about entries of a comparison: the place, the values, and the text of each verdict."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.comparison import MARGIN, Block, Comparison
from tinygrad_w2v.testing.finite_differences import Differences, Line
from tinygrad_w2v.testing.hints import hint_for
from tinygrad_w2v.testing.report import Step, Verdict, fail, relative_error


class Entry:
    """One line of a block and the sweep along it; each method raises a finding."""

    def __init__(
        self, comparison: Comparison, block: Block, place: int, found: Differences
    ) -> None:
        self.comparison = comparison
        self.block = block
        self.place = place
        self.found = found
        self.line = block.lines[place]

    def fail_wrong(self, row: int) -> NoReturn:
        """Raise *wrong rule*, with one wrong entry if the row or the line is a projection."""
        comparison, found = self.comparison, self.found
        hint = hint_for(comparison, self.block)
        row_cotangent = comparison.cotangents[row]
        line, cotangent = _localise(comparison, self.line, row_cotangent)
        value = float(self.block.value[row, self.place])
        if line is not self.line or cotangent is not row_cotangent:
            found, row = fd.sweep(comparison.function, line, comparison.center, cotangent[None]), 0
            value = float(fd.best_estimate(found).value[0])
        analytic = float(comparison.call.gradients(cotangent)[line.input] @ line.direction)
        labels = _labels(comparison, line, cotangent)
        fail(
            Verdict.WRONG_RULE,
            f"the gradient of {_where(labels)} is {analytic:.6g} by its rule and {value:.6g} by "
            f"finite differences (relative error {relative_error(analytic, value):.1e})",
            **labels,
            analytic=analytic,
            numeric=value,
            steps=_table(found, row, analytic),
            hint=hint,
        )

    def fail_precision(self, row: int) -> NoReturn:
        """Raise *precision*."""
        analytic, labels = self._analytic(row)
        value = float(self.block.value[row, self.place])
        error = float(self.block.error[row, self.place])
        fail(
            Verdict.PRECISION,
            f"finite differences of {_where(labels)} are {value:.3g} ± {error:.1g}, which cannot "
            f"confirm the rule's {analytic:.6g}: they lose digits at this point; choose a point "
            f"where the function is better conditioned, and compute in float64",
            **labels,
            analytic=analytic,
            numeric=value,
            steps=_table(self.found, row, analytic),
        )

    def fail_kink(self, row: int, kind: str, level: int) -> NoReturn:
        """Raise *kink*, with the values at one level of the sweep; `kind` is jump or kink."""
        found = self.found
        analytic, labels = self._analytic(row)
        step = found.steps[level]
        right = (found.plus[level, row] - found.center[row]) / step
        left = (found.center[row] - found.minus[level, row]) / step
        if kind == "jump":
            what = f"the value jumps by {abs(found.plus[-1, row] - found.minus[-1, row]):.3g}"
        else:
            what = f"the slope is {left:.6g} on the left and {right:.6g} on the right"
        fail(
            Verdict.KINK,
            f"{_where(labels)} has no derivative at this point: {what} (the rule returns "
            f"{analytic:.6g}); check it at a point away from the kink",
            **labels,
            analytic=analytic,
            numeric=float(found.central[level, row]),
            steps=_table(found, row, analytic),
        )

    def fail_undefined(self, row: int) -> NoReturn:
        """Raise *undefined*."""
        _, labels = self._analytic(row)
        fail(
            Verdict.UNDEFINED,
            f"{_where(labels)}: the function is NaN, infinite or raises on at least one side "
            f"of this point, at every step size: check it inside its domain",
            **labels,
        )

    def _analytic(self, row: int) -> tuple[float, dict[str, Any]]:
        labels = _labels(self.comparison, self.line, self.comparison.cotangents[row])
        return float(self.block.analytic[row, self.place]), labels


# --- locating one wrong entry in a projection ----------------------------------------------------


def _localise(comparison: Comparison, line: Line, cotangent: Array) -> tuple[Line, Array]:
    """Bisect a projection to find one wrong entry; return it as line and row."""
    if line.place is None:
        line = _bisect_line(comparison, line, cotangent)
    if np.count_nonzero(cotangent) > 1:
        cotangent = _bisect_cotangent(comparison, line, cotangent)
    return line, cotangent


def _bisect_line(comparison: Comparison, line: Line, cotangent: Array) -> Line:
    gradient = comparison.call.gradients(cotangent)[line.input]
    center = comparison.center
    current = line
    while (places := np.flatnonzero(current.direction)).size > 1:
        halves = []
        for part in np.array_split(places, 2):
            half = Line(line.input, _only(current.direction, part), 1.0, None)
            found = fd.quick_estimate(comparison.function, half, center, cotangent[None])
            gap = abs(float(gradient @ half.direction) - float(found.value[0]))
            halves.append((gap - MARGIN * float(found.error[0]), half))
        gap, current = max(halves, key=lambda pair: pair[0])
        if not gap > 0:
            return line
    return fd.coordinate(comparison.function.point, line.input, int(places[0]))


def _bisect_cotangent(comparison: Comparison, line: Line, cotangent: Array) -> Array:
    found = fd.quick_estimate(comparison.function, line, comparison.center, None)
    current = cotangent
    while (places := np.flatnonzero(current)).size > 1:
        halves = []
        for part in np.array_split(places, 2):
            half = _only(current, part)
            analytic = float(comparison.call.gradients(half)[line.input] @ line.direction)
            gap = abs(analytic - float(half @ found.value))
            halves.append((gap - MARGIN * float(np.abs(half) @ found.error), half))
        gap, current = max(halves, key=lambda pair: pair[0])
        if not gap > 0:
            return cotangent
    unit: Array = np.where(current != 0, 1.0, 0.0)
    return unit


def _only(values: Array, places: Array) -> Array:
    part = np.zeros_like(values)
    part[places] = values[places]
    return part


# --- text ----------------------------------------------------------------------------------------


def _labels(comparison: Comparison, line: Line, cotangent: Array) -> dict[str, Any]:
    """Return the labels and indices of a finding."""
    call, function = comparison.call, comparison.function
    parts = call.split(cotangent)
    output = next((k for k, part in enumerate(parts) if part.any()), 0)
    place = None
    if np.count_nonzero(cotangent) == 1:
        place = _unravel(int(np.flatnonzero(parts[output])[0]), call.shapes[output])
    index = None
    if line.place is not None:
        index = _unravel(line.place, function.point[line.input].shape)
    return {
        "output": call.labels[output],
        "input": function.labels[line.input],
        "output_index": place,
        "input_index": index,
    }


def _unravel(flat: int, shape: Shape) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _where(labels: dict[str, Any]) -> str:
    output = _indexed(labels["output"], labels["output_index"])
    return f"{output} with respect to {_indexed(labels['input'], labels['input_index'])}"


def _indexed(label: str, index: tuple[int, ...] | None) -> str:
    if index is None:
        return f"a projection of {label}"
    return f"{label}[{', '.join(map(str, index))}]" if index else label


def _table(found: Differences, row: int, analytic: float) -> tuple[Step, ...]:
    """Return up to eight rows of the sweep, from the largest step to the smallest."""
    count = len(found.steps)
    chosen = np.unique(np.linspace(0, count - 1, min(count, 8)).astype(int))
    central = found.central[:, row]
    return tuple(
        Step(float(found.steps[k]), float(central[k]), relative_error(analytic, float(central[k])))
        for k in chosen
    )
