"""Numeric derivatives along a line, with an error estimate.

Central differences at several steps are extrapolated to step 0 (Richardson 1911; Ridders 1982).
The error is estimated from the spread of the extrapolations and the rounding of each difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.checked_function import CheckedFunction, Point, with_values

EPSILON = float(np.finfo(np.float64).eps)
_FEW_STEPS = 0.15 / np.pi / 2.0 ** np.arange(4)  # of the quick estimate, relative to the scale
RATIO = 10**0.5  # between the steps of a sweep
SMALLEST = 1e-290  # values below it have no magnitude to derive steps from
_CERTAIN = 100.0  # multiple of its rounding error that a difference of slopes must exceed


class Line(NamedTuple):
    """A line through the point: one input moves along `direction`."""

    input: int
    direction: Array  # flat; one nonzero entry for a coordinate
    scale: float  # the step that changes the input by about its own magnitude
    place: int | None  # the flat index of a coordinate; None for a line in many coordinates


def coordinate(point: Point, number: int, index: int) -> Line:
    """Return the line that moves one value of one input."""
    values = point[number]
    direction = np.zeros(values.size)
    direction[index] = 1.0
    own = abs(float(values.reshape(-1)[index]))
    largest = float(np.max(np.abs(values), initial=0.0))
    scale = max(own, 1e-3 * largest)
    return Line(number, direction, scale if scale > SMALLEST else 1.0, index)


def random_line(point: Point, number: int, rng: np.random.Generator) -> Line:
    """Return a line that moves each value of an input by a fraction of its own magnitude."""
    values = np.abs(point[number].reshape(-1))
    size = np.maximum(values, 1e-3 * np.max(values, initial=0.0))
    size = np.where(size == 0.0, 1.0, size)
    signs = rng.choice([-1.0, 1.0], size.size)
    return Line(number, signs * rng.uniform(0.5, 1.0, size.size) * size, 1.0, None)


class Differences(NamedTuple):
    """The function on both sides of a point, for K steps and m (projected) outputs."""

    steps: Array  # (K,), in decreasing order
    plus: Array  # (K, m), the values on either side
    minus: Array
    center: Array  # (m,), the values at the point
    noise: Array  # (K, m), the expected rounding error of a difference quotient
    slack: Array  # (K,), the rounding of the shifted point, relative to the step

    def with_noise(self, spread: Array) -> Differences:
        """Return the same differences with at least this uncertainty of each value, (m,)."""
        measured = 2 * spread / np.abs(self.steps[:, None])
        return self._replace(noise=np.maximum(self.noise, measured))

    def at(self, levels: Array) -> Differences:
        """Return the differences of some of the steps."""
        parts = {name: getattr(self, name)[levels] for name in self._fields if name != "center"}
        return self._replace(**parts)

    def then(self, smaller: Differences) -> Differences:
        """Return these differences followed by those of smaller steps."""
        both = [np.concatenate(pair) for pair in zip(self, smaller, strict=True)]
        return Differences(*both)._replace(center=self.center)

    @property
    def central(self) -> Array:
        """Central difference quotients, (K, m)."""
        quotients: Array = (self.plus - self.minus) / (2 * self.steps[:, None])
        return quotients

    @property
    def bend(self) -> Array:
        """Right slope minus left slope, (K, m): decreases with the step where f is smooth."""
        bends: Array = (self.plus - 2 * self.center + self.minus) / self.steps[:, None]
        return bends

    @property
    def change(self) -> Array:
        """The larger change of the two sides, (K, m)."""
        right, left = np.abs(self.plus - self.center), np.abs(self.center - self.minus)
        larger: Array = np.maximum(right, left)
        return larger


class Estimate(NamedTuple):
    """A derivative along a line, for m (projected) outputs; each array is (m,)."""

    value: Array
    error: Array  # estimated
    has_kink: Array  # whether right and left slope seem to differ
    jumps: Array  # whether the function itself is discontinuous here


def differences(
    function: CheckedFunction, line: Line, steps: Array, center: Array, cotangents: Array | None
) -> Differences:
    """Evaluate the function along a line; `cotangents` project its n outputs to m, if given."""
    base = function.point[line.input]
    flat = base.reshape(-1)
    plus: list[Array] = []
    minus: list[Array] = []
    sizes = []
    for step in steps:
        ahead, behind = flat + step * line.direction, flat - step * line.direction
        exact = step
        if line.place is not None:  # the step taken, after rounding
            exact = (ahead[line.place] - behind[line.place]) / 2
        sizes.append(exact)
        for moved, values in ((ahead, plus), (behind, minus)):
            point = list(function.point)
            point[line.input] = with_values(base, moved)
            values.append(function.try_value(point, center.size))
    size = np.array(sizes)
    if not all(values.shape == center.shape for values in (*plus, *minus)):
        raise ValueError(
            f"{function.name}: the output's size changes near the point, from {center.size} values "
            f"to {next(v.size for v in (*plus, *minus) if v.shape != center.shape)}: check it with "
            f"inputs that do not decide a shape"
        )
    ahead_values, behind_values = np.array(plus), np.array(minus)
    magnitude = np.maximum(np.abs(ahead_values), np.abs(behind_values))
    if cotangents is not None:
        ahead_values = ahead_values @ cotangents.T
        behind_values = behind_values @ cotangents.T
        magnitude = magnitude @ np.abs(cotangents.T)
        center = cotangents @ center
    noise = 2 * EPSILON * magnitude / np.where(size, size, 1.0)[:, None]
    moving = np.abs(flat[line.direction != 0]).max(initial=0.0)
    slack = 2 * EPSILON * moving / (np.abs(steps) * np.abs(line.direction).max())
    return Differences(size, ahead_values, behind_values, center, noise, slack)


# --- estimates -----------------------------------------------------------------------------------


def quick_estimate(
    function: CheckedFunction, line: Line, center: Array, cotangents: Array | None
) -> Estimate:
    """Estimate the derivative along a line from four steps, each half of the previous one.

    Two steps suffice where the function is linear or quadratic along the line.
    """
    steps = _FEW_STEPS * line.scale
    found = differences(function, line, steps[:2], center, cotangents)
    (wide, narrow), bend, rounding = found.central, found.bend, 4 * found.noise[1]
    if (np.abs(wide - narrow) <= rounding).all() and (
        np.abs(bend[0] - 2 * bend[1]) <= rounding
    ).all():
        nothing = np.zeros(len(wide), dtype=bool)
        return Estimate(narrow, np.abs(wide - narrow) + 2 * found.noise[1], nothing, nothing)
    found = found.then(differences(function, line, steps[2:], center, cotangents))
    first = _extrapolate(found.central, 4.0)
    second = _extrapolate(first, 16.0)
    value = _extrapolate(second, 64.0)[0]
    spread = np.maximum(np.abs(value - second[1]), np.abs(second[1] - second[0]) / 16)
    error = spread + 2 * found.noise[-1]
    bend = np.abs(found.bend)
    stays = (bend[3] > 0.5 * bend[0]) & (bend[3] > 0.5 * bend[2])
    is_seen = bend[3] > np.maximum(1e-3 * found.change[3] / steps[3], _CERTAIN * found.noise[3])
    grows = np.abs(found.central[3]) > 4 * np.abs(found.central[0])
    return Estimate(value, error, stays & is_seen, grows & (error > 0.1 * np.abs(value)))


def sweep(
    function: CheckedFunction, line: Line, center: Array, cotangents: Array | None
) -> Differences:
    """Evaluate the function at steps of all suitable magnitudes, half a decade apart."""
    largest = float(np.max(np.abs(line.direction)))
    size = line.scale * largest
    top = 0.1 * max(1.0, size) / largest
    own = size
    if line.place is not None:
        own = abs(float(function.point[line.input].reshape(-1)[line.place]))
        own = own if own > SMALLEST else size
    bottom = max(min(1.0, own) * 1e-10, own * 1e-14) / largest
    count = round(np.log(top / bottom) / np.log(RATIO)) + 1
    steps = top / RATIO ** np.arange(max(count, 8))
    return differences(function, line, steps, center, cotangents)


def best_estimate(found: Differences) -> Estimate:
    """Estimate a derivative from a sweep, at the steps where the extrapolations agree best."""
    first = _extrapolate(found.central, RATIO**2)
    second = _extrapolate(first, RATIO**4)
    error = np.abs(second - first[1:])
    error[1:] = np.maximum(error[1:], np.abs(second[1:] - second[:-1]))
    error[0] = np.inf
    error = np.maximum(error, _rounding(second, found.steps[2:])) + 2 * found.noise[2:]
    error = np.where(np.isfinite(error), error, np.inf)
    places = np.arange(second.shape[1])
    best = np.array([_best_step(second[:, m], error[:, m]) for m in places], dtype=int)
    return Estimate(second[best, places], error[best, places], _kinks(found), _jumps(found))


def _rounding(values: Array, steps: Array) -> Array:
    """Return the rounding error of each estimate, from the estimates at the next smaller steps.

    The estimates at two neighbouring steps may agree by chance. The rounding error of the
    function's values, which is that of an estimate times its step, is the same at all steps.
    """
    changes = np.zeros_like(values)
    changes[1:] = np.abs(np.diff(values, axis=0)) * steps[1:, None]
    changes = np.where(np.isfinite(changes), changes, 0.0)
    padded = np.concatenate([changes, np.zeros((3, values.shape[1]))])
    following = [padded[1 + k : len(values) + 1 + k] for k in range(3)]
    rounding: Array = np.median(following, axis=0) / steps[:, None]
    return rounding


def _best_step(values: Array, errors: Array) -> int:
    """Return the index of the estimate with the least error, unless two smaller steps contradict.

    The derivative is the limit of small steps: floor(x) at 1e8 has slope 1 for large steps.
    """
    best = k = int(np.argmin(errors))
    while (k := k + 1) < len(values) - 1:
        gap = np.abs(values[k : k + 2] - values[best])
        if (gap > 100 * (errors[k : k + 2] + errors[best])).all() and (
            abs(values[k] - values[k + 1]) <= 10 * (errors[k] + errors[k + 1])
        ):
            best = k = k + int(np.argmin(errors[k:]))
    return best


def _extrapolate(values: Array, factor: float) -> Array:
    return (factor * values[1:] - values[:-1]) / (factor - 1)


def _kinks(found: Differences) -> Array:
    """Whether right and left slope differ at every small step, (m,)."""
    bend, steepest = found.bend, found.change / found.steps[:, None]
    kinks = np.zeros(bend.shape[1], dtype=bool)
    for place in range(bend.shape[1]):
        slope = np.max(steepest[np.isfinite(steepest[:, place]), place], initial=0.0)
        levels = np.flatnonzero(_CERTAIN * found.noise[:, place] < 1e-3 * slope)[-4:]
        last = bend[levels, place]
        if len(levels) < 4 or not np.isfinite(last).all():
            continue
        ratios = np.abs(last[1:]) / np.maximum(np.abs(last[:-1]), np.finfo(float).tiny)
        kinks[place] = (
            (np.abs(last) > (1e-3 + 10 * found.slack[levels]) * steepest[levels, place]).all()
            and abs(np.sign(last).sum()) == 4
            and (ratios > 0.7).all()
            and (ratios < 2.5).all()
        )
    return kinks


def _jumps(found: Differences) -> Array:
    """Whether the difference of the two sides is the same at every small step, (m,)."""
    gap = np.abs(found.plus - found.minus)[-5:]
    rounding = (found.noise * found.steps[:, None])[-5:]
    with np.errstate(invalid="ignore"):
        jumps: Array = (
            (gap > 1e6 * rounding).all(axis=0)
            & (np.abs(gap - gap[-1]) < 0.05 * gap[-1]).all(axis=0)
            & (gap[-1] > 0)
        )
    # A rounding error of either sign, of values that hardly vary, is no jump.
    every = found.plus - found.minus
    is_steady = np.mean(np.sign(every) == np.sign(every[-1]), axis=0) > 0.8
    jumps &= is_steady | (np.abs(every).max(axis=0) > 10 * gap[-1])
    return jumps
