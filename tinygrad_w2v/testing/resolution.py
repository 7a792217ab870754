"""What finite differences can resolve: rounding errors of values and gradients, measured.

Where large terms cancel (a softmax that is summed, a saturated cross-entropy), a derivative that
is 0 mathematically is the rounding error of those terms, in the rule and in the finite difference.
"""

from __future__ import annotations

import functools

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.checked_function import CheckedFunction
from tinygrad_w2v.testing.comparison import MARGIN, Block, Comparison
from tinygrad_w2v.testing.finite_differences import EPSILON, Differences

_GRAIN = 1e-13  # of the largest derivative, in units of each input's own magnitude
_LARGEST_NOISE = 1e-8  # of the terms
_LARGEST_ROUNDING = 1e-11  # of the terms, after a few operations
_NEARBY = 8  # points on either side at which rounding errors are measured


class Resolution:
    """The changes of each of m rows of a comparison that cannot be distinguished from rounding.

    Attributes
    ----------
    noise
        The measured rounding error of a row, (m,).
    grain
        `noise`, or a rounding error of the terms that add up to the row, (m,).
    natural
        The part of `grain` that is known from the function (see ``CheckedFunction.natural``).
    least
        A change that may be the rounding of the inputs.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        function, rows, center = comparison.function, comparison.projection, comparison.center
        self.noise = noise_of_value(function, rows, center)
        natural = np.broadcast_to(_GRAIN * function.natural, center.shape)
        self.natural = natural if rows is None else np.abs(rows) @ natural
        self.grain = np.maximum(np.maximum(self.noise, self.natural), _shared(comparison))
        self.least = EPSILON * max(
            float(np.max(np.abs(values), initial=0.0)) for values in function.point
        )
        self.terms = terms_of(function, center)

    def with_noise(self, found: Differences) -> Differences:
        """Return the differences with at least the measured rounding errors."""
        return found.with_noise(np.maximum(self.noise, _rounding(found, self.terms)))

    def is_seen(self, change: Array) -> Array:
        """Whether changes of the rows, (..., m), are certainly more than rounding."""
        seen: Array = change > 100 * np.maximum(self.grain, self.least)
        return seen

    def is_negligible(self, block: Block, place: int, found: Differences) -> Array:
        """Whether an entry need not be resolved, (m,).

        It need not if it is a rounding error, if the row is, or if its effect is far below the
        row's value while other entries are resolved (a saturated function); nor if it has a digit
        at least and the rule agrees as well as the rounding of the row permits.
        """
        change = self._change(block, place)
        is_resolved = (block.error <= 1e-4 * block.magnitude) & (block.magnitude > 0)
        most = 1e10 if is_resolved.any() else 10.0
        size = np.abs(self.comparison.projected_center)
        ulps = change / np.maximum(EPSILON * size, 1e-300)
        is_saturated = (ulps > 200) & (ulps < 1e7)
        is_small = size <= 1e-6 * self.terms  # as log(1 + x) near 0
        is_saturated |= is_small & (change < 1e9 * _rounding(found, self.terms))
        gap = np.abs(block.analytic - block.value)[:, place]
        is_confirmed = gap <= MARGIN * block.error[:, place]
        farthest = gap + block.error[:, place]
        is_close = farthest * block.lines[place].scale <= 1e4 * self.grain
        is_close &= farthest <= 0.1 * np.abs(block.value[:, place])
        negligible: Array = (
            (change <= np.maximum(most * self.grain, 10 * self.least))
            | (change <= 1e5 * self.natural)
            | (size <= self.natural)
            | (is_saturated & is_confirmed)
            | is_close
        )
        return negligible

    def is_provable(self, block: Block, place: int) -> Array:
        """Whether the effect of an entry is large enough to prove a rule wrong, (m,)."""
        gap = np.abs(block.analytic[:, place] - block.value[:, place]) * block.lines[place].scale
        provable: Array = gap > 1e3 * self.grain
        return provable

    def is_rounding(self, block: Block, place: int, candidates: Array) -> Array:
        """Whether rule and finite difference are rounding errors of 0, for candidate rows, (m,)."""
        line = block.lines[place]
        analytic, value = block.analytic[:, place], block.value[:, place]
        is_zero = (np.abs(value) <= MARGIN * block.error[:, place]) | (value == 0)
        excused: Array = is_zero & (self._change(block, place) <= 10 * self.least)
        is_zero |= np.abs(value) * line.scale <= self.grain
        excused |= is_zero & (np.abs(analytic) * line.scale <= self.grain)
        # Beside entries a million times larger, the rounding of terms as large as the inputs.
        scales = np.array([each.scale for each in block.lines])
        largest = (block.magnitude * scales).max(axis=1)
        is_small = self._change(block, place) <= 1e-6 * largest
        # Likewise in a saturated function: what is lost where its range is rounded.
        is_small |= np.abs(analytic - value) * line.scale <= 4 * EPSILON * self._range
        excused |= is_small & (np.abs(analytic - value) * line.scale <= 10 * self.least)
        for row in np.flatnonzero(candidates & ~excused):
            cotangent = self.comparison.cotangents[row]
            noise = noise_of_gradient(self.comparison.function, cotangent, block.input)
            allowed = MARGIN * float(noise @ np.abs(line.direction))
            excused[row] = abs(analytic[row] - value[row]) <= allowed or (
                is_zero[row] and abs(analytic[row]) <= allowed
            )
        return excused

    @functools.cached_property
    def _range(self) -> Array:
        """The largest change of the rows when all inputs shrink, (m,)."""
        function, center = self.comparison.function, self.comparison.center
        points = [function.moved(lambda flat, c: c, c) for c in (0.03, 0.1, 0.3)]
        values = [function.try_value(point, center.size) for point in points]
        changes = np.array([v - center for v in values if v.shape == center.shape])
        if self.comparison.projection is not None:
            changes = changes @ self.comparison.projection.T
        changes = np.where(np.isfinite(changes), np.abs(changes), 0.0)
        largest: Array = changes.max(axis=0, initial=0.0)
        return largest

    def _change(self, block: Block, place: int) -> Array:
        """Return the effect on the rows of moving the input by its own magnitude, (m,)."""
        value = np.abs(block.value[:, place]) - MARGIN * block.error[:, place]
        change: Array = np.maximum(np.abs(block.analytic[:, place]), value)
        return change * block.lines[place].scale


def _shared(comparison: Comparison) -> Array:
    """Return the rounding error that the rows of one output may share, (m,)."""
    reach = np.zeros(len(comparison.cotangents))
    for gradient, values in zip(comparison.gradients, comparison.function.point, strict=True):
        reached = np.abs(gradient * values.reshape(-1)).max(axis=1, initial=0.0)
        reach = np.maximum(reach, reached)
    shared = np.zeros_like(reach)
    for output, values in enumerate(comparison.call.split(comparison.center)):
        rows = comparison.row_output == output
        size = float(np.max(np.abs(values), initial=0.0))
        shared[rows] = max(_GRAIN * reach[rows].max(initial=0.0), 4 * EPSILON * size)
    return shared


def terms_of(function: CheckedFunction, center: Array) -> float:
    """Return the largest magnitude that is known of what the values are computed from."""
    arrays = (center, function.natural, *function.point)
    return max(float(np.max(np.abs(array), initial=0.0)) for array in arrays)


def noise_of_gradient(function: CheckedFunction, cotangent: Array, number: int) -> Array:
    """Return the range of the gradient of one input over nearby points and cotangents, flat.

    The rounding of the rules is varied as well.
    """
    rng = np.random.default_rng(0)
    found = [function.nearby[0].gradients(cotangent)[number]]
    for call in function.nearby:
        factors = 1 + EPSILON * rng.integers(-30, 31, cotangent.size)
        found.append(call.gradients(cotangent * factors)[number])
        found.append(call.varied_gradients(cotangent)[number])
    noise: Array = np.nan_to_num(np.ptp(found, axis=0), nan=0.0, posinf=0.0)
    return noise


def noise_of_value(function: CheckedFunction, cotangents: Array | None, center: Array) -> Array:
    """Return the range of the (projected) outputs over nearby points on one side, (m,).

    Of the two sides the smaller range counts, so that a jump at the point is no noise. To it adds
    the range at the point with varied rounding.
    """
    rng = np.random.default_rng(0)
    sides = []
    for sign in (EPSILON, -EPSILON):
        points = [
            function.moved(lambda flat, s: 1 + s * rng.integers(1, 3, flat.size), sign)
            for _ in range(_NEARBY)
        ]
        values = np.array([function.try_value(point, center.size) for point in points])
        sides.append(np.ptp(values if cotangents is None else values @ cotangents.T, axis=0))
    noise: Array = np.nan_to_num(np.fmin(*sides), nan=0.0, posinf=0.0)
    values = function.varied_values(_NEARBY)
    varied = np.ptp(values if cotangents is None else values @ cotangents.T, axis=0)
    is_rounding = varied <= _LARGEST_NOISE * terms_of(function, center)  # else it jumps
    largest: Array = np.maximum(noise, np.where(is_rounding, varied, 0.0))
    return largest


def _rounding(found: Differences, terms: float) -> Array:
    """Return the rounding error of the rows that a sweep shows, (m,).

    It is what remains of the second differences, the height of the stairs of a row that is
    constant near the point, or the change of the difference quotients times the step, where it
    does not decrease with the step. All are what cancellation left, a multiple of the rounding
    error of the row's `terms`. A function that rounds by itself has larger ones, which are ignored.
    """
    change = found.change
    height = np.where(change > 0, change, np.inf).min(axis=0)
    height = np.where((change[-2:] == 0).all(axis=0), height, 0.0)
    jitter = np.abs(found.plus - 2 * found.center + found.minus)[-6:]
    smaller = np.maximum.accumulate(jitter[::-1], axis=0)[::-1]  # at this and smaller steps
    jitter[:-1] *= smaller[1:] > 0.2 * jitter[:-1]  # of a smooth function: 0.1
    jitter = jitter.max(axis=0)
    drift = np.abs(np.diff(found.central, axis=0)) * found.steps[1:, None]
    drift = drift[:-2] * (drift[2:] > 0.1 * drift[:-2])  # of a smooth function: 0.001
    lasting = np.minimum(100 * drift[-8:].max(axis=0, initial=0.0), 4 * EPSILON * terms)
    drift = np.where(drift <= lasting, drift, 0.0).max(axis=0, initial=0.0)
    limits = np.array([[_LARGEST_ROUNDING], [_LARGEST_ROUNDING], [1.0]]) * terms
    by_any = np.nan_to_num(np.stack([height, jitter, drift]), nan=0.0)
    largest: Array = np.where(by_any <= limits, by_any, 0.0).max(axis=0)
    return largest
