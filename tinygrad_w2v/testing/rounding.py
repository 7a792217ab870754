"""How much of a value or a gradient is rounding: measured, not assumed.

Where large terms cancel (a softmax that is summed, a saturated cross-entropy) a derivative that
should be 0 is what rounding leaves of those terms, in the rule and in the finite difference.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.subject import Point, Subject, with_values

_GRAIN = 1e-13  # of the largest derivative, in units of each input's own magnitude
_NEARBY = 4


def nearby(subject: Subject) -> Iterator[Point]:
    """Yield points that differ from the subject's in the last digits only."""
    rng = np.random.default_rng(0)
    for _ in range(_NEARBY):
        yield [
            with_values(a, a.reshape(-1) * (1 + 1e-14 * rng.integers(-9, 10, a.size)))
            for a in subject.point
        ]


def spread_of_value(subject: Subject, cotangents: Array | None) -> Array:
    """Return by how much the (projected) outputs differ among nearby points, (m,)."""
    values = np.array([subject.value(point) for point in nearby(subject)])
    spread: Array = np.ptp(values if cotangents is None else values @ cotangents.T, axis=0)
    return np.where(np.isfinite(spread), spread, 0.0)


def spread_of_gradient(subject: Subject, cotangent: Array, number: int) -> Array:
    """Return by how much the gradient of one input differs among nearby points, flat."""
    found = np.array([subject.gradients(point, cotangent)[number] for point in nearby(subject)])
    spread: Array = np.ptp(found, axis=0)
    return np.where(np.isfinite(spread), spread, 0.0)


def grain(subject: Subject, center: Array, gradients: list[Array]) -> float:
    """Return the change of an output below which nothing can be told from rounding."""
    reach = 0.0
    for gradient, values in zip(gradients, subject.point, strict=True):
        reach = max(reach, float(np.max(np.abs(gradient * values.reshape(-1)), initial=0.0)))
    value = float(np.max(np.abs(center), initial=0.0))
    return max(_GRAIN * reach, 4 * float(np.finfo(np.float64).eps) * value)
