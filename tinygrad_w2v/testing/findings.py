"""Findings about entries of a comparison: the place, the values, and the text of each verdict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.comparison import MARGIN, Block, Comparison
from tinygrad_w2v.testing.finite_differences import Differences, Line
from tinygrad_w2v.testing.hints import hint_for
from tinygrad_w2v.testing.report import Step, Verdict, relative_error


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
        Verdict.WRONG_RULE.fail(
            f"the gradient of {_where(labels)} is {analytic:.6g} by its rule and {value:.6g} by "
            f"finite differences (relative error {relative_error(analytic, value):.1e})",
            **labels,
            **_evidence(found, row, analytic, value),
            hint=hint,
        )

    def fail_precision(self, row: int) -> NoReturn:
        """Raise *precision*."""
        analytic, labels = self._analytic(row)
        value = float(self.block.value[row, self.place])
        error = float(self.block.error[row, self.place])
        Verdict.PRECISION.fail(
            f"finite differences of {_where(labels)} are {value:.3g} ± {error:.1g}, which cannot "
            f"confirm the rule's {analytic:.6g}: they lose digits at this point; choose a point "
            f"where the function is better conditioned, and compute in float64",
            **labels,
            **_evidence(self.found, row, analytic, value),
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
        Verdict.KINK.fail(
            f"{_where(labels)} has no derivative at this point: {what} (the rule returns "
            f"{analytic:.6g}); check it at a point away from the kink",
            **labels,
            **_evidence(found, row, analytic, float(found.central[level, row])),
        )

    def fail_undefined(self, row: int) -> NoReturn:
        """Raise *undefined*."""
        _, labels = self._analytic(row)
        Verdict.UNDEFINED.fail(
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

    def excess(half: Array) -> float:
        found = fd.quick_estimate(
            comparison.function,
            Line(line.input, half, 1.0, None),
            comparison.center,
            cotangent[None],
        )
        gap = abs(float(gradient @ half) - float(found.value[0]))
        return gap - MARGIN * float(found.error[0])

    place = _bisect(line.direction, excess)
    return line if place is None else fd.coordinate(comparison.function.point, line.input, place)


def _bisect_cotangent(comparison: Comparison, line: Line, cotangent: Array) -> Array:
    found = fd.quick_estimate(comparison.function, line, comparison.center, None)

    def excess(half: Array) -> float:
        analytic = float(comparison.call.gradients(half)[line.input] @ line.direction)
        return abs(analytic - float(half @ found.value)) - MARGIN * float(
            np.abs(half) @ found.error
        )

    place = _bisect(cotangent, excess)
    return cotangent if place is None else np.eye(1, cotangent.size, place)[0]


def _bisect(values: Array, excess: Callable[[Array], float]) -> int | None:
    """Return the entry with the largest excess; None if no half of some part has any."""
    while (places := np.flatnonzero(values)).size > 1:
        halves = [np.zeros_like(values) for _ in range(2)]
        for half, part in zip(halves, np.array_split(places, 2), strict=True):
            half[part] = values[part]
        found = [excess(half) for half in halves]
        if not max(found) > 0:
            return None
        values = halves[int(np.argmax(found))]
    return int(places[0])


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


def _evidence(found: Differences, row: int, analytic: float, numeric: float) -> dict[str, Any]:
    """Return both values, and up to eight rows of the sweep from the largest step down."""
    count = len(found.steps)
    chosen = np.unique(np.linspace(0, count - 1, min(count, 8)).astype(int))
    pairs = [(float(found.steps[k]), float(found.central[k, row])) for k in chosen]
    steps = tuple(Step(size, slope, relative_error(analytic, slope)) for size, slope in pairs)
    return {"analytic": analytic, "numeric": numeric, "steps": steps}
