"""The gradient at another point: values saved from the first call are right only at its point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.checked_function import CheckedFunction, with_values
from tinygrad_w2v.testing.comparison import Comparison
from tinygrad_w2v.testing.diagnosis import diagnose
from tinygrad_w2v.testing.report import CheckFailedError, Verdict

_STEPS, _CLOSE = (1e-3, 2e-3), 1e-5  # of two central differences, and their relative accuracy


def is_right_elsewhere(function: CheckedFunction, rng: np.random.Generator, rtol: float) -> None:
    """Require that the gradient, right at the function's point, follows the inputs.

    The values are moved by up to 3 % and, first, rotated within each input, so that masks and
    positions change as well. A rotated input may violate what the function assumes: there, only a
    gradient that is exactly that of the function's own point counts.
    """
    moved = [with_values(a, a.reshape(-1) * rng.uniform(0.97, 1, a.size)) for a in function.point]
    rotated = [with_values(a, np.roll(a.reshape(-1), 1)) for a in moved]
    base = function.record()
    cotangent = rng.normal(size=base.value().size)
    first = base.gradients(cotangent)
    for point, is_own in ((rotated, False), (moved, True)):
        with function.at(point):
            wrong = _suspects(function, cotangent, rng)
            if not wrong:
                continue
            found = function.gradients(point, cotangent)
            is_first = any(np.array_equal(found[number], first[number]) for number in wrong)
            if (is_own or is_first) and _is_wrong(function, wrong, rng, rtol):
                Verdict.NOT_DETERMINISTIC.fail(
                    f"the gradient of {function.labels[wrong[0]]} is right at the inputs, but not "
                    f"at others: a value of the first call is used in later ones; keep no state "
                    f"between calls",
                    input=function.labels[wrong[0]],
                )


def _suspects(function: CheckedFunction, cotangent: Array, rng: np.random.Generator) -> list[int]:
    """Return the inputs whose gradients differ from a quick estimate; none for NaN.

    The estimate is one central difference or, if that differs, the extrapolation of two.
    """
    try:
        call = function.record()
        center = call.value()
        gradients = call.gradients(cotangent)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return []
    wrong = []
    for number, gradient in enumerate(gradients):
        if not gradient.size:
            continue
        line = fd.random_line(function.point, number, rng)
        analytic = float(gradient @ line.direction)
        slopes: list[float] = []
        for step in _STEPS:
            found = fd.differences(function, line, np.array([step]), center, cotangent[None])
            slopes.append(float(found.central[0, 0]))
            value = slopes[0] if len(slopes) == 1 else (4 * slopes[0] - slopes[1]) / 3
            if not np.isfinite([analytic, value]).all():
                return []
            if abs(analytic - value) <= _CLOSE * max(abs(analytic), abs(value)):
                break
        else:
            wrong.append(number)
    return wrong


def _is_wrong(
    function: CheckedFunction, numbers: Sequence[int], rng: np.random.Generator, rtol: float
) -> bool:
    """Whether a full comparison at the point proves the rule wrong for one of the inputs."""
    comparison = Comparison(function, function.record(), "auto", rng, rtol)
    try:
        diagnose(comparison, map(comparison.block, numbers))
    except CheckFailedError as failure:
        return failure.finding.verdict is Verdict.WRONG_RULE
    return False
