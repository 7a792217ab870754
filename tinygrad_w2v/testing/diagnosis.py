"""From entries that disagree to a verdict: a sweep over step sizes separates the causes."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.testing import hints, numeric, rounding
from tinygrad_w2v.testing.compare import MARGIN, Block, Comparison, replace_column
from tinygrad_w2v.testing.numeric import Differences, Estimate, Line
from tinygrad_w2v.testing.subject import Subject, with_values
from tinygrad_w2v.testing.verdict import CheckFailedError, Finding, Step, Verdict, relative_error


def judge(comparison: Comparison, block: Block) -> None:
    """Look again at a block's suspect lines, the worst first.

    Raises
    ------
    CheckFailedError
        With the verdict, if one of them is confirmed.
    """
    subject = comparison.subject
    shaking = rounding.spread_of_value(subject, comparison.projection)
    grain = rounding.grain(subject, comparison.center, comparison.gradients)
    for place in comparison.suspects(block):
        line = block.lines[place]
        steps = numeric.sweep_steps(subject, line)
        found = numeric.differences(subject, line, steps, comparison.center, comparison.projection)
        shapes = numeric.refine(found)
        estimate = numeric.refine(found.with_noise(shaking))
        if not np.isfinite(estimate.error).all():
            _raise_undefined(comparison, block, place, estimate)
        is_felt = found.steepest[len(steps) // 2] * line.scale > 1e4 * grain
        for flags, verdict in (
            (shapes.jumps & is_felt, "jump"),
            (estimate.has_kink & is_felt, "kink"),
        ):
            if flags.any():
                _raise_kink(comparison, block, place, int(np.argmax(flags)), found, verdict)
        replace_column(block, place, estimate)
        wrong = comparison.disagrees(block)[:, place]
        wrong &= ~_is_rounding(comparison, block, place, wrong, grain)
        gap = np.abs(block.analytic[:, place] - estimate.value) * line.scale
        if wrong.any() and (gap[wrong] <= 1e3 * grain).all():
            _raise_precision(comparison, block, place, int(np.argmax(wrong)), found)
        if wrong.any():
            _raise_difference(comparison, block, place, wrong, found, estimate)
        unresolved = comparison.is_unresolved(block)[:, place]
        unresolved &= ~_is_rounding(comparison, block, place, unresolved, grain)
        if unresolved.any():
            _raise_precision(comparison, block, place, int(np.argmax(unresolved)), found)


def _is_rounding(
    comparison: Comparison, block: Block, place: int, asked: Array, grain: float
) -> Array:
    """Whether rule and finite difference are 0 but for rounding, for the rows asked about, (m,)."""
    line = block.lines[place]
    analytic, value = block.analytic[:, place], block.value[:, place]
    is_nothing = (np.abs(value) <= MARGIN * block.error[:, place]) | (value == 0)
    excused: Array = is_nothing & (np.abs(analytic) * line.scale <= grain)
    for row in np.flatnonzero(asked & ~excused):
        cotangent = comparison.cotangents[row]
        spread = rounding.spread_of_gradient(comparison.subject, cotangent, block.input)
        allowed = MARGIN * float(spread @ np.abs(line.direction))
        excused[row] = abs(analytic[row] - value[row]) <= allowed or (
            is_nothing[row] and abs(analytic[row]) <= allowed
        )
    return excused


def _raise_difference(
    comparison: Comparison,
    block: Block,
    place: int,
    wrong: Array,
    found: Differences,
    estimate: Estimate,
) -> None:
    gap = np.abs(block.analytic[:, place] - estimate.value)
    row = int(np.argmax(np.where(wrong, gap, -1.0)))
    analytic, value = float(block.analytic[row, place]), float(estimate.value[row])
    if _is_torn(analytic, value, found, row) or _holds_few_digits(comparison.subject):
        _raise_precision(comparison, block, place, row, found)
    hint = hints.hint_for(comparison, block, row, place)
    row_cotangent = comparison.cotangents[row]
    line, cotangent = _localise(comparison, block.lines[place], row_cotangent)
    if line is not block.lines[place] or cotangent is not row_cotangent:
        steps = numeric.sweep_steps(comparison.subject, line)
        found = numeric.differences(
            comparison.subject, line, steps, comparison.center, cotangent[None]
        )
        estimate, row = numeric.refine(found), 0
    analytic = float(comparison.run.gradients(cotangent)[block.input] @ line.direction)
    value = float(estimate.value[row])
    error = relative_error(analytic, value)
    labels = _place(comparison, line, cotangent)
    text = (
        f"the gradient of {_where(comparison, labels)} is {analytic:.6g} by its rule and "
        f"{value:.6g} by finite differences (relative error {error:.1e})"
    )
    raise CheckFailedError(
        Finding(
            Verdict.WRONG_RULE,
            text,
            **labels,
            analytic=analytic,
            numeric=value,
            steps=_table(found, row, analytic),
            hint=hint,
        )
    )


def _holds_few_digits(subject: Subject) -> bool:
    """Whether the values of the function, at a point of no special numbers, fit in a float32."""
    moved = [with_values(a, a.reshape(-1) * (1 + 1e-3 / np.pi)) for a in subject.point]
    values = subject.value(moved)
    fits = np.array_equal(values.astype(np.float32), values)
    return fits and not np.array_equal(np.rint(values), values)


def _is_torn(analytic: float, value: float, found: Differences, row: int) -> bool:
    """Whether the function has one slope for small steps and another for large ones.

    It does where it rounds inside (a stair), or changes on a scale near that of its rounding;
    if the rule agrees with one of the two, finite differences cannot say that it is wrong.
    """
    largest = max(abs(analytic), abs(value))
    central, noise = found.central[:, row], found.noise[:, row]
    supports = np.abs(central - analytic) < 0.05 * largest
    denies = np.abs(central - value) > 0.1 * largest
    return bool((supports & denies & (10 * noise < largest)).sum() >= 2)


def _raise_precision(
    comparison: Comparison, block: Block, place: int, row: int, found: Differences
) -> None:
    line = block.lines[place]
    labels = _place(comparison, line, comparison.cotangents[row])
    analytic = float(block.analytic[row, place])
    value, error = float(block.value[row, place]), float(block.error[row, place])
    text = (
        f"finite differences of {_where(comparison, labels)} are {value:.3g} ± {error:.1g}, which "
        f"cannot confirm the rule's {analytic:.6g}: the function loses digits at this point; "
        f"compute in float64 and choose a point where it is better conditioned"
    )
    raise CheckFailedError(
        Finding(
            Verdict.PRECISION,
            text,
            **labels,
            analytic=analytic,
            numeric=value,
            steps=_table(found, row, analytic),
        )
    )


def _raise_kink(
    comparison: Comparison, block: Block, place: int, row: int, found: Differences, kind: str
) -> None:
    line = block.lines[place]
    labels = _place(comparison, line, comparison.cotangents[row])
    analytic = float(block.analytic[row, place])
    level = -1 if kind == "jump" else len(found.steps) // 2
    step = found.steps[level]
    right = (found.plus[level, row] - found.center[row]) / step
    left = (found.center[row] - found.minus[level, row]) / step
    if kind == "jump":
        what = f"the value jumps by {abs(found.plus[-1, row] - found.minus[-1, row]):.3g}"
    else:
        what = f"the slope is {left:.6g} on the left and {right:.6g} on the right"
    text = (
        f"{_where(comparison, labels)} has no derivative at this point: {what} (the rule gives "
        f"{analytic:.6g}); check it at a point away from the kink"
    )
    value = float(found.central[level, row])
    raise CheckFailedError(
        Finding(
            Verdict.KINK,
            text,
            **labels,
            analytic=analytic,
            numeric=value,
            steps=_table(found, row, analytic),
        )
    )


def _raise_undefined(comparison: Comparison, block: Block, place: int, estimate: Estimate) -> None:
    row = int(np.argmax(~np.isfinite(estimate.error)))
    labels = _place(comparison, block.lines[place], comparison.cotangents[row])
    text = (
        f"{_where(comparison, labels)}: the function is NaN or infinite on at least one side of "
        f"this point, however near: check it inside its domain"
    )
    raise CheckFailedError(Finding(Verdict.UNDEFINED, text, **labels))


def _localise(comparison: Comparison, line: Line, cotangent: Array) -> tuple[Line, Array]:
    """Halve a projection again and again to find one wrong entry; return it as line and row."""
    if line.place is None:
        line = _halve_line(comparison, line, cotangent)
    if np.count_nonzero(cotangent) > 1:
        cotangent = _halve_cotangent(comparison, line, cotangent)
    return line, cotangent


def _halve_line(comparison: Comparison, line: Line, cotangent: Array) -> Line:
    gradient = comparison.run.gradients(cotangent)[line.input]
    current = line
    while (places := np.flatnonzero(current.direction)).size > 1:
        halves = []
        for part in np.array_split(places, 2):
            direction = np.zeros_like(current.direction)
            direction[part] = current.direction[part]
            half = Line(line.input, direction, 1.0, None)
            found = numeric.screen(comparison.subject, half, comparison.center, cotangent[None])
            gap = abs(float(gradient @ direction) - float(found.value[0]))
            halves.append((gap - MARGIN * float(found.error[0]), half))
        gap, current = max(halves, key=lambda pair: pair[0])
        if not gap > 0:
            return line
    return numeric.coordinate(comparison.subject.point, line.input, int(places[0]))


def _halve_cotangent(comparison: Comparison, line: Line, cotangent: Array) -> Array:
    found = numeric.screen(comparison.subject, line, comparison.center, None)
    current = cotangent
    while (places := np.flatnonzero(current)).size > 1:
        halves = []
        for part in np.array_split(places, 2):
            half = np.zeros_like(current)
            half[part] = current[part]
            analytic = float(comparison.run.gradients(half)[line.input] @ line.direction)
            gap = abs(analytic - float(half @ found.value))
            halves.append((gap - MARGIN * float(np.abs(half) @ found.error), half))
        gap, current = max(halves, key=lambda pair: pair[0])
        if not gap > 0:
            return cotangent
    unit: Array = np.where(current != 0, 1.0, 0.0)
    return unit


def _place(comparison: Comparison, line: Line, cotangent: Array) -> dict[str, Any]:
    """Return the labels and indices that a finding carries."""
    run, subject = comparison.run, comparison.subject
    parts = run.split(cotangent)
    output = next((k for k, part in enumerate(parts) if part.any()), 0)
    place = None
    if np.count_nonzero(cotangent) == 1:
        place = _unravel(int(np.flatnonzero(parts[output])[0]), run.shapes[output])
    index = None
    if line.place is not None:
        index = _unravel(line.place, subject.point[line.input].shape)
    return {
        "output": run.labels[output],
        "input": subject.labels[line.input],
        "output_index": place,
        "input_index": index,
    }


def _unravel(flat: int, shape: Shape) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _where(comparison: Comparison, labels: dict[str, Any]) -> str:
    output = _indexed(labels["output"], labels["output_index"])
    entered = _indexed(labels["input"], labels["input_index"])
    return f"{output} with respect to {entered}"


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
