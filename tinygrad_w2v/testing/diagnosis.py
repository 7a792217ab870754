"""From entries that disagree to a verdict: a sweep over step sizes separates the causes."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.comparison import MARGIN, Block, Comparison
from tinygrad_w2v.testing.finite_differences import Differences, Line
from tinygrad_w2v.testing.hints import hint_for
from tinygrad_w2v.testing.report import Step, Verdict, fail, relative_error


def diagnose(comparison: Comparison, block: Block) -> None:
    """Examine the suspect lines of a block, the worst first.

    Raises
    ------
    CheckFailedError
        With the verdict, if a suspicion is confirmed.
    """
    function = comparison.function
    rows = comparison.projection
    noise = fd.noise_of_value(function, rows, comparison.center)
    grain = fd.grain(function, comparison.center, comparison.gradients)
    natural = fd.GRAIN * np.broadcast_to(function.natural, comparison.center.shape)
    natural = natural if rows is None else np.abs(rows) @ natural
    peak = max(float(np.abs(array).max(initial=0.0)) for array in function.point)
    grains = np.maximum(np.maximum(grain, noise), natural)
    for place in comparison.suspects(block):
        line = block.lines[place]
        found = fd.sweep(function, line, comparison.center, rows)
        shapes = fd.best_estimate(found)
        terms = max(float(np.abs(comparison.center).max()), float(np.max(function.natural)))
        estimate = fd.best_estimate(found.with_noise(np.maximum(noise, _quantum(found, terms))))
        entry = _Entry(comparison, block, place, found)
        if not np.isfinite(estimate.error).all():
            entry.fail_undefined(int(np.argmax(~np.isfinite(estimate.error))))
        for flags, kind, level in (
            (shapes.jumps, "jump", -1),
            (estimate.has_kink, "kink", len(found.steps) // 2),
        ):
            change = np.abs(found.plus - found.center) + np.abs(found.minus - found.center)
            flags &= change[level] > 100 * np.maximum(grains, fd.EPSILON * peak)
            if flags.any():
                entry.fail_kink(int(np.argmax(flags)), kind)
        block.replace_column(place, estimate)
        excess = np.abs(block.value[:, place]) - MARGIN * block.error[:, place]
        change = np.maximum(np.abs(block.analytic[:, place]), excess) * line.scale
        is_resolved = (block.error <= 1e-4 * block.magnitude) & (block.magnitude > 0)
        most = 1e7 if is_resolved.any() else 10
        is_negligible = change <= np.maximum(most * grains, 10 * fd.EPSILON * peak)
        is_negligible |= (np.abs(comparison.projected_center) <= natural) | (
            change <= 1e5 * natural
        )
        is_nothing = (excess <= 0) | (block.value[:, place] == 0)
        wrong = comparison.disagrees(block)[:, place]
        wrong &= ~(is_nothing & (change <= 10 * fd.EPSILON * peak))
        wrong &= ~_is_rounding(comparison, block, place, wrong, grains)
        gap = np.abs(block.analytic[:, place] - estimate.value) * line.scale
        unproved = np.array(
            [
                is_wrong and (gap[row] <= 1e3 * grains[row] or not entry.is_proof(row))
                for row, is_wrong in enumerate(wrong)
            ]
        )
        if (wrong & ~unproved).any():
            entry.fail_wrong(int(np.argmax(np.where(wrong & ~unproved, gap, -1.0))))
        unproved &= change > 1e3 * grains
        unproved |= comparison.is_unresolved(block)[:, place]
        unproved &= ~is_negligible
        unproved &= ~_is_rounding(comparison, block, place, unproved, grains)
        if unproved.any():
            entry.fail_precision(int(np.argmax(unproved)))


def _quantum(found: Differences, terms: float) -> Array:
    """Return the height of the steps of outputs that are constant near the point, (m,).

    These are outputs of which cancellation left a few digits: multiples of the rounding error of
    their `terms`. Higher steps are those of a function that rounds by itself, and return 0.
    """
    change = np.maximum(np.abs(found.plus - found.center), np.abs(found.minus - found.center))
    height = np.where(change > 0, change, np.inf).min(axis=0)
    is_rounding = (change[-2:] == 0).all(axis=0) & (height <= 1e-11 * terms)
    return np.where(is_rounding, height, 0.0)


def _is_rounding(
    comparison: Comparison, block: Block, place: int, candidates: Array, grains: Array
) -> Array:
    """Whether rule and finite difference are rounding errors of 0, for candidate rows, (m,)."""
    line = block.lines[place]
    analytic, value = block.analytic[:, place], block.value[:, place]
    is_nothing = (np.abs(value) <= MARGIN * block.error[:, place]) | (value == 0)
    is_nothing |= np.abs(value) * line.scale <= grains
    excused: Array = is_nothing & (np.abs(analytic) * line.scale <= grains)
    for row in np.flatnonzero(candidates & ~excused):
        cotangent = comparison.cotangents[row]
        noise = fd.noise_of_gradient(comparison.function, cotangent, block.input)
        allowed = MARGIN * float(noise @ np.abs(line.direction))
        excused[row] = abs(analytic[row] - value[row]) <= allowed or (
            is_nothing[row] and abs(analytic[row]) <= allowed
        )
    return excused


class _Entry:
    """One line of a block and the sweep along it, from which findings are made."""

    def __init__(
        self, comparison: Comparison, block: Block, place: int, found: Differences
    ) -> None:
        self.comparison = comparison
        self.block = block
        self.place = place
        self.found = found
        self.line = block.lines[place]

    def is_proof(self, row: int) -> bool:
        """Whether the sweep proves the rule wrong.

        It does not if the difference quotients of small steps do not settle at the estimate, or if
        those of larger steps support the rule: the function then rounds internally (a staircase)
        or varies on a scale near its rounding. A staircase of large treads is no rounding.
        """
        analytic = float(self.block.analytic[row, self.place])
        value = float(self.block.value[row, self.place])
        largest = max(abs(analytic), abs(value))
        found = self.found
        central, noise = found.central[:, row], found.noise[:, row]
        is_clear = 20 * noise < largest
        agrees = (np.abs(central - value) <= 0.1 * abs(value) + 10 * noise)[is_clear][-6:]
        if 2 * agrees.sum() < agrees.size:
            return False
        supports = np.abs(central - analytic) < 0.05 * largest
        contradicts = np.abs(central - value) > 0.1 * largest
        if (supports & contradicts & (10 * noise < largest)).sum() < 2:
            return True
        tread = np.abs(found.plus - found.center)[:, row]
        height = np.min(tread[tread > 0], initial=np.inf)
        is_flat = bool((tread[-4:] == 0).all())
        return is_flat and height > 2e-3 * float(np.abs(found.center[row]))

    def fail_wrong(self, row: int) -> NoReturn:
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

    def fail_kink(self, row: int, kind: str) -> NoReturn:
        found = self.found
        analytic, labels = self._analytic(row)
        level = -1 if kind == "jump" else len(found.steps) // 2
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
        _, labels = self._analytic(row)
        fail(
            Verdict.UNDEFINED,
            f"{_where(labels)}: the function is NaN or infinite on at least one side of this "
            f"point, at every step size: check it inside its domain",
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
