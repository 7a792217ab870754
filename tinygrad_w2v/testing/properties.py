"""Properties of one call and its backward pass: finite, pure, linear, memory of its own, float64.

Each function raises :class:`CheckFailedError` with the verdict, or returns.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.checked_function import (
    CheckedFunction,
    RecordedCall,
    dense,
    integer_inputs,
)
from tinygrad_w2v.testing.report import Verdict
from tinygrad_w2v.testing.resolution import noise_of_gradient, noise_of_value

_HALF = 3e-4  # a step below the distance of float16 numbers
_LARGER = 1024.0  # how much larger the inputs are where stairs are examined again

# --- the forward ---------------------------------------------------------------------------------


def first_call(function: CheckedFunction) -> RecordedCall:
    """Call the function on copies of its point; require finite values and unchanged inputs."""
    copies = function.moved(lambda flat: 1.0)
    integers = [array.copy() for array in integer_inputs(function)]
    call = function.record(copies)
    _require_unchanged(function, copies, function.point, integers, "the function changes")
    for label, output in zip(call.labels, call.outputs, strict=True):
        values = array_of(output)
        if not np.isfinite(values).all():
            index = _first(~np.isfinite(values))
            Verdict.UNDEFINED.fail(
                f"{label} is {values[index]} at index {index}: there is no gradient to check; "
                f"choose a point inside the domain",
                output=label,
                output_index=index,
            )
        if output.dtype.itemsize < 8:
            Verdict.PRECISION.fail(
                f"{label} is {output.dtype} although all floating inputs are float64: finite "
                f"differences cannot resolve enough digits; compute in float64",
                output=label,
            )
    return call


def computes_in_float64(
    function: CheckedFunction, call: RecordedCall, seeds: Iterable[int] = (0,), step: float = 4e-8
) -> None:
    """Require values that are not computed in a lower precision, entirely or in part.

    `step`, relative to the inputs, must be below the distance of numbers in that precision.
    """
    cotangent = np.random.default_rng(0).normal(size=call.value().size)
    steps = [step, _HALF] if is_low_precision(call.value()) else [step]
    has_stairs = any(_has_stairs(function, call, *each) for each in itertools.product(seeds, steps))
    if has_stairs and any(gradient.any() for gradient in call.gradients(cotangent)):
        Verdict.PRECISION.fail(
            "the function computes in float32 or less although all floating inputs are float64: "
            "finite differences cannot resolve enough digits; compute in float64"
        )


def _has_stairs(function: CheckedFunction, call: RecordedCall, seed: int, step: float) -> bool:
    """Whether equal small steps change a value unevenly, as float32 numbers inside do.

    The slope of a smooth function turns once or twice on such a path, of stairs at every step.
    The stairs that large float64 terms leave when they cancel are as high at larger inputs, those
    of float32 numbers are higher there.
    """
    center = call.value()
    change, turns = _climb(function, center, seed, step, 1.0)
    has_stairs = turns(0.0) >= 4
    if not has_stairs.any():
        return False
    has_stairs &= turns(1e3 * noise_of_value(function, None, center)) >= 4
    larger = function.try_value(function.moved(lambda flat: _LARGER), center.size)
    if has_stairs.any() and larger.shape == center.shape:
        change_there, turns = _climb(function, larger, seed, step, _LARGER)
        has_stairs &= ~((change_there > 4 * change) & (turns(0.0) < 4))
    return bool(has_stairs.any())


def _climb(
    function: CheckedFunction, center: Array, seed: int, step: float, factor: float
) -> tuple[Array, Callable[[Array | float], Array]]:
    """Return the usual change of each value in small steps, and a function that counts turns."""
    values = np.array(
        [
            function.try_value(
                function.moved(_climbing, k * step, np.random.default_rng(seed), factor),
                center.size,
            )
            for k in range(24)
        ]
    )
    change = np.median(np.abs(np.diff(values, axis=0)), axis=0)
    bends = np.diff(values, n=2, axis=0)
    terms = max(_peak(center), *(factor * _peak(array) for array in function.point))
    grain = np.maximum(1e4 * fd.EPSILON * terms, 1e-10 * np.asarray(function.natural))
    least = np.maximum(0.1 * change, grain)

    def turns(noise: Array | float) -> Array:
        signs = np.where(np.abs(bends) > np.maximum(least, noise), np.sign(bends), 0.0)
        return np.array([np.count_nonzero(np.diff(row[row != 0])) for row in signs.T])

    return change, turns


# --- one backward pass ---------------------------------------------------------------------------


def backward_is_pure(
    function: CheckedFunction, call: RecordedCall, rng: np.random.Generator
) -> list[Array]:
    """Require that a backward pass changes nothing; return the cotangent of each output."""
    cotangents = [rng.normal(size=shape) for shape in call.shapes]
    given = [cotangent.copy() for cotangent in cotangents]
    watched = [
        *(
            (label, f"{label}, the result of the forward,", array_of(output))
            for label, output in zip(call.labels, call.outputs, strict=True)
        ),
        *(
            (label, f"g, the gradient of {label} that it receives,", array)
            for label, array in zip(call.labels, given, strict=True)
        ),
    ]
    before = [array.copy() for _, _, array in watched]
    points = [leaf._data.copy() for leaf in call.leaves]
    integers = [array.copy() for array in integer_inputs(function)]
    found = call.raw_gradients(given)
    leaves = [leaf._data for leaf in call.leaves]
    _require_unchanged(function, leaves, points, integers, "the backward rule changes")
    for (label, what, array), saved in zip(watched, before, strict=True):
        if not np.array_equal(array, saved):
            Verdict.MUTATES_INPUT.fail(
                f"the backward rule changes {what} in place: other rules receive it; work on a "
                f"copy",
                output=label,
            )
    _require_finite(function, call, found, cotangents)
    _require_own_memory(function, call, found, given)
    _require_full_precision(function, call, found)
    return cotangents


def is_linear(function: CheckedFunction, call: RecordedCall, rng: np.random.Generator) -> None:
    """Require gradients linear in the cotangent: g(2u − 3v) = 2 g(u) − 3 g(v).

    u is large and v small, so that limits and thresholds on gradients are noticed.
    """
    size = call.value().size
    u, v = 1e2 * rng.normal(size=size), 1e-2 * rng.normal(size=size)
    of_u, of_v = call.gradients(u), call.gradients(v)
    mixed = call.gradients(2 * u - 3 * v)
    sizes = [_peak(array) for array in function.point]
    peaks = [max(map(_peak, found)) for found in zip(of_u, of_v, mixed, strict=True)]
    reach = max(size * peak for size, peak in zip(sizes, peaks, strict=True))
    reach = max(reach, float(np.abs(u) @ np.maximum(np.abs(call.value()), function.natural)))
    for number, (label, a, b, both) in enumerate(
        zip(function.labels, of_u, of_v, mixed, strict=True)
    ):
        gap, largest = _peak(both - (2 * a - 3 * b)), peaks[number]
        # A gradient that is zero except for rounding need not be linear.
        is_off = gap > 1e-7 * largest and gap * sizes[number] > 1e-8 * reach
        if is_off and gap > 1e3 * max(
            _peak(noise_of_gradient(function, each, number)) for each in (u, v, 2 * u - 3 * v)
        ):
            if gap < 1e-2 * largest:
                computes_in_float64(function, call, range(1, 5), _HALF)
            is_constant = a.any() and np.array_equal(a, b)
            Verdict.WRONG_RULE.fail(
                f"the gradient of {label} is not linear in g: for g = 2u − 3v it is not "
                f"2·gradient(u) − 3·gradient(v) (relative difference {gap / largest:.1e})",
                input=label,
                hint="the gradient is the same for every g: the rule does not use g"
                if is_constant
                else "each term of the gradient must contain g exactly once",
            )


def _require_finite(
    function: CheckedFunction,
    call: RecordedCall,
    gradients: Sequence[Any],
    cotangents: Sequence[Array],
) -> None:
    for number, (label, gradient) in enumerate(zip(function.labels, gradients, strict=True)):
        values = dense(gradient)
        if np.isfinite(values).all():
            continue
        index = _first(~np.isfinite(values))
        array = function.point[number]
        place = int(np.ravel_multi_index(index, array.shape)) if array.ndim else 0
        flat = np.concatenate([cotangent.reshape(-1) for cotangent in cotangents])
        slope = _slope(function, call, fd.coordinate(function.point, number, place), flat)
        numeric = "none exists" if slope is None else f"{slope:.6g}"
        Verdict.UNDEFINED.fail(
            f"the gradient of {label} is {values[index]} at index {index}, where the input is "
            f"{array[index]:.6g}; by finite differences: {numeric}; guard the rule (numpy.where on "
            f"its argument), or check inside the domain",
            input=label,
            input_index=index,
            analytic=float(values[index]),
            numeric=slope,
        )


def _slope(
    function: CheckedFunction, call: RecordedCall, line: fd.Line, cotangent: Array
) -> float | None:
    """Return the derivative along a line by finite differences, or None if there is none."""
    estimate = fd.best_estimate(fd.sweep(function, line, call.value(), cotangent[None]))
    value, error = float(estimate.value[0]), float(estimate.error[0])
    rounding = 1e-8 * float(np.abs(cotangent) @ np.abs(call.value())) / line.scale
    is_resolved = np.isfinite(error) and error <= max(1e-3 * abs(value), rounding)
    return value if is_resolved and not estimate.has_kink[0] and not estimate.jumps[0] else None


def _require_own_memory(
    function: CheckedFunction,
    call: RecordedCall,
    gradients: Sequence[Any],
    cotangents: Sequence[Array],
) -> None:
    others: list[tuple[str, Array]] = [
        *((label, leaf._data) for label, leaf in zip(function.labels, call.leaves, strict=True)),
        *((label, array_of(o)) for label, o in zip(call.labels, call.outputs, strict=True)),
    ]
    given = [
        (f"the gradient passed in for {label}", c)
        for label, c in zip(call.labels, cotangents, strict=True)
    ]
    for label, gradient in zip(function.labels, gradients, strict=True):
        if gradient is None:
            continue
        is_sparse = isinstance(gradient, RowSparse)
        memory = np.asarray(gradient.values) if is_sparse else gradient._data
        # A RowSparse is never written to: its values may be a view of the cotangent.
        for other, array in [*others, *([] if is_sparse else given)]:
            if np.may_share_memory(memory, array) and np.shares_memory(memory, array):
                Verdict.ALIASED.fail(
                    f"the gradient of {label} is the same memory as {other}: an update of one "
                    f"changes the other; return a new array",
                    input=label,
                )
        others.append((f"the gradient of {label}", memory))


def _require_full_precision(
    function: CheckedFunction, call: RecordedCall, gradients: Sequence[Any]
) -> None:
    """Require gradients that are no float32 numbers, as those of random float64 cotangents are."""
    reaches = [
        _peak(dense(gradient)) * _peak(array)
        for gradient, array in zip(gradients, function.point, strict=True)
    ]
    for number, (label, gradient) in enumerate(zip(function.labels, gradients, strict=True)):
        values = dense(gradient)
        terms = max(_peak(call.value()), _peak(np.asarray(function.natural)))
        if reaches[number] < 1e-7 * max(*reaches, terms):
            continue  # zero except for rounding, which is a multiple of a power of 2
        values = values[values != 0]
        if not is_low_precision(values) or _is_constant(call, number, values):
            continue
        ones = np.ones(call.value().size)
        noise = noise_of_gradient(function, ones, number)
        if (noise <= 1e-9 * np.abs(call.gradients(ones)[number])).all():  # else terms cancelled
            computes_in_float64(function, call, range(1, 5))  # else only the rule does not
            Verdict.WRONG_CONTRACT.fail(
                f"the gradient of {label} holds float32 numbers although the input is float64: "
                f"the rule computes in a lower precision; use g's dtype",
                input=label,
            )


def _is_constant(call: RecordedCall, number: int, values: Array) -> bool:
    """Whether the gradient does not depend on g, a fault that has its own verdict."""
    other = call.gradients(np.full(call.value().size, np.pi))[number]
    other = other[other != 0]
    return (
        other.size == 0
        or not np.array_equal(other.astype(np.float32), other)
        or (other.size == values.size and np.array_equal(other, values))
    )


def _require_unchanged(
    function: CheckedFunction,
    arrays: Sequence[Array],
    before: Sequence[Array],
    integers: Sequence[Array],
    who: str,
) -> None:
    for label, array, saved in zip(function.labels, arrays, before, strict=True):
        if not np.array_equal(array, saved, equal_nan=True):
            index = _first(np.asarray(array != saved))
            Verdict.MUTATES_INPUT.fail(
                f"{who} {label} in place (first at index {index}): work on a copy",
                input=label,
                input_index=index,
            )
    for array, saved in zip(integer_inputs(function), integers, strict=True):
        if not np.array_equal(array, saved):
            Verdict.MUTATES_INPUT.fail(
                f"{who} an integer input of shape {array.shape} in place: work on a copy"
            )


def _climbing(flat: Array, distance: float, rng: np.random.Generator, factor: float) -> Array:
    """Return factors around one that grow or shrink with the distance."""
    directions = rng.uniform(0.5, 1, flat.size) * rng.choice([-1, 1], flat.size)
    factors: Array = factor * (1 + distance * directions)
    return factors


def is_low_precision(values: Array) -> bool:
    """Whether all values are float32 numbers, and not only rounding errors or powers of 2."""
    if not np.array_equal(values.astype(np.float32), values):
        return False
    if np.array_equal(values, np.rint(values * 2.0**53) / 2.0**53) and _peak(values) < 1e-8:
        return False  # what 1 − cos(x) leaves of numbers near 1
    mantissas = (np.ldexp(np.frexp(values)[0], 24)).astype(np.int64)
    return bool((mantissas % 2**16 != 0).any())  # more than 8 significant bits


def _first(mask: Array) -> tuple[int, ...]:
    """Return the index of the first true entry."""
    return tuple(int(i) for i in np.argwhere(mask)[0])


def _peak(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))
