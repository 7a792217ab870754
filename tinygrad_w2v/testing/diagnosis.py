"""From entries that disagree to a verdict: a sweep over step sizes separates the causes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.comparison import MARGIN, Block, Comparison
from tinygrad_w2v.testing.findings import Entry
from tinygrad_w2v.testing.finite_differences import Differences, Estimate
from tinygrad_w2v.testing.resolution import Resolution

_FINE = 1e-7  # height of stairs that may be rounding, of the largest change
_LASTING = 6  # steps, half a decade apart, that agree on a slope where stairs would be seen
_CONFIRMED = 1e-4  # relative error of a difference that confirms a rule


def diagnose(comparison: Comparison, blocks: Iterable[Block]) -> None:
    """Examine the suspect lines of each block, the worst first.

    Raises
    ------
    CheckFailedError
        With the verdict, if a suspicion is confirmed.
    """
    resolution = None
    for block in blocks:
        for place in comparison.suspects(block):
            resolution = resolution or Resolution(comparison)
            _diagnose_line(comparison, resolution, block, place)


def _diagnose_line(
    comparison: Comparison, resolution: Resolution, block: Block, place: int
) -> None:
    found, estimate = _examine(comparison, resolution, block, place)
    entry = Entry(comparison, block, place, found)
    if not np.isfinite(estimate.error).all():
        entry.fail_undefined(int(np.argmax(~np.isfinite(estimate.error))))
    for flags, kind, level in (
        (fd.best_estimate(found).jumps, "jump", -1),
        (estimate.has_kink, "kink", len(found.steps) // 2),
    ):
        flags &= resolution.is_seen(found.change[level])
        if flags.any():
            entry.fail_kink(int(np.argmax(flags)), kind, level)
    block.replace_column(place, estimate)
    wrong = comparison.disagrees(block)[:, place]
    wrong &= ~resolution.is_rounding(block, place, wrong)
    provable = resolution.is_provable(block, place)
    proved = np.zeros_like(wrong)
    for row in np.flatnonzero(wrong & provable):
        analytic, value = float(block.analytic[row, place]), float(estimate.value[row])
        seen = resolution.is_seen(found.change)[:, row]
        proved[row] = _is_proof(found, int(row), analytic, value, seen)
    if proved.any():
        gap = np.abs(block.analytic[:, place] - estimate.value)
        entry.fail_wrong(int(np.argmax(np.where(proved, gap, -1.0))))
    unresolved = (wrong & provable) | comparison.is_unresolved(block)[:, place]
    unresolved &= ~resolution.is_negligible(block, place, found)
    unresolved &= ~resolution.is_rounding(block, place, unresolved)
    if unresolved.any():
        entry.fail_precision(int(np.argmax(unresolved)))


def _examine(
    comparison: Comparison, resolution: Resolution, block: Block, place: int
) -> tuple[Differences, Estimate]:
    """Return a sweep along a line and its estimate; with smaller steps if only they settle."""
    line = block.lines[place]
    function, center, rows = comparison.function, comparison.center, comparison.projection
    found = fd.sweep(function, line, center, rows)
    estimate = fd.best_estimate(resolution.with_noise(found))
    steps = found.steps[-1] / fd.RATIO ** np.arange(1, 8)
    steps = steps[steps > 1e-14 * line.scale]
    is_settled = _settles(block, place, estimate)
    if line.place is not None and steps.size and not is_settled.all():
        found_closer = found.then(fd.differences(function, line, steps, center, rows))
        closer = fd.best_estimate(resolution.with_noise(found_closer))
        if (_settles(block, place, closer) & ~is_settled).any():  # at the edge of the domain
            return found_closer, closer
    if not is_settled.all():
        estimate = _above_stairs(found, estimate, ~is_settled, block.analytic[:, place])
    return found, estimate


def _above_stairs(found: Differences, estimate: Estimate, rows: Array, analytic: Array) -> Estimate:
    """Replace estimates by those of larger steps if these confirm the rule in a fine staircase.

    (1 + x/n)**n rounds x to multiples of n ulps: it is constant near the point, and the difference
    quotients of larger steps are accurate. Higher stairs are part of the function.
    """
    change = found.change
    height = np.where(change > 0, change, np.inf).min(axis=0)
    farthest = np.nanmax(change, axis=0, initial=0.0)
    rows = rows & (change[-2:] == 0).all(axis=0) & (height <= _FINE * farthest)
    is_above = (change > 10 * height)[:, rows].all(axis=1)
    if is_above.sum() < 4:
        return estimate
    other = fd.best_estimate(found.at(is_above).with_noise(np.where(rows, height, 0.0)))
    rows &= np.abs(other.value - analytic) <= MARGIN * other.error
    rows &= other.error <= _CONFIRMED * np.abs(other.value)
    return Estimate(*[np.where(rows, b, a) for a, b in zip(estimate, other, strict=True)])


def _settles(block: Block, place: int, estimate: Estimate) -> Array:
    """Whether finite differences have a value, or agree with the rule, (m,)."""
    gap = np.abs(estimate.value - block.analytic[:, place])
    has_value = estimate.error <= 0.1 * np.abs(estimate.value)
    settled: Array = has_value | (gap <= MARGIN * estimate.error)
    return settled & np.isfinite(estimate.error)


def _is_proof(found: Differences, row: int, analytic: float, value: float, seen: Array) -> bool:
    """Whether a sweep proves a rule wrong; `seen` states where its changes are no rounding.

    It does not if the difference quotients of small steps do not settle at the estimate, or if
    those of larger steps support the rule: the function then rounds internally (a staircase) or
    varies on a scale near its rounding. A staircase of large treads is no rounding, nor is a slope
    that lasts over decades of steps.
    """
    largest = max(abs(analytic), abs(value))
    central, noise = found.central[:, row], found.noise[:, row]
    is_clear = 20 * noise < largest
    agrees = (np.abs(central - value) <= 0.1 * abs(value) + 10 * noise)[is_clear][-6:]
    if 2 * agrees.sum() < agrees.size:
        return False
    gap = abs(analytic - value)
    supports = np.abs(central - analytic) < 0.2 * gap
    contradicts = np.abs(central - value) > 0.5 * gap
    if (supports & contradicts & (10 * noise < gap)).sum() < 2:
        return True
    change = found.change[:, row]
    farthest = float(np.nanmax(change))  # a rounding error of numbers of that size is no tread
    lasts = (np.abs(central - value) <= 1e-3 * gap) & (change > _FINE * farthest)
    if (lasts & seen).sum() >= _LASTING:
        return True
    height = np.min(change[change > 0], initial=np.inf)
    is_flat = bool((change[-4:] == 0).all())
    return is_flat and height > max(2e-3 * float(np.abs(found.center[row])), 1e-9 * farthest)
