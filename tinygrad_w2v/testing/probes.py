"""What must hold besides the numbers: repeatable, pure, linear, of its own memory.

Each probe raises :class:`CheckFailedError` with the verdict, or returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing import numeric, rounding
from tinygrad_w2v.testing.numeric import Line
from tinygrad_w2v.testing.subject import Run, Subject, integer_inputs, with_values
from tinygrad_w2v.testing.verdict import CheckFailedError, Finding, Verdict

_SAME = 1e-11  # of the largest value: what a different order of summation may change


def fail(verdict: Verdict, text: str, **details: Any) -> NoReturn:
    """Raise a finding."""
    raise CheckFailedError(Finding(verdict, text, **details))


def first_run(subject: Subject) -> Run:
    """Call the subject on copies of its point; its values must be finite, its inputs kept."""
    copies = [with_values(array, array) for array in subject.point]
    integers = integer_inputs(subject)
    integers_before = [array.copy() for array in integers]
    run = subject.run(copies)
    _require_kept(subject, copies, subject.point, "the function changes")
    for array, before in zip(integers, integers_before, strict=True):
        if not np.array_equal(array, before):
            fail(
                Verdict.MUTATES_INPUT,
                f"the function changes an integer input of shape {array.shape} in place: work on "
                f"a copy",
            )
    for label, output in zip(run.labels, run.outputs, strict=True):
        _require_finite_output(label, np.asarray(output))
        if output.dtype.itemsize < 8:
            fail(
                Verdict.PRECISION,
                f"{label} is {output.dtype} although all floating inputs are float64: finite "
                f"differences cannot see enough digits; compute in float64",
                output=label,
            )
    return run


def same_value_again(subject: Subject, run: Run) -> None:
    """Require the same values of a second call, recorded or not."""
    first = run.value()
    again = subject.run(subject.point).value()
    if not _is_same(again, first):
        fail(
            Verdict.NOT_DETERMINISTIC,
            f"a second call on the same inputs gives other values (they differ by "
            f"{_difference(again, first):.2g}): draw random numbers outside and pass them in, and "
            f"keep no state between calls",
        )
    plain = subject.value(subject.point)
    if not _is_same(plain, first):
        fail(
            Verdict.WRONG_RULE,
            f"with create_graph=True the gradients are others than without (they differ by "
            f"{_difference(plain, first):.2g}): the rule must compute the same on Tensors as on "
            f"arrays",
        )


def backward_is_pure(subject: Subject, run: Run, rng: np.random.Generator) -> list[Array]:
    """Require that a walk changes nothing; return the cotangent it used for each output."""
    cotangents = [rng.normal(size=shape) for shape in run.shapes]
    points = [leaf.data.copy() for leaf in run.leaves]
    outputs = [np.array(output) for output in run.outputs]
    given = [cotangent.copy() for cotangent in cotangents]
    found = run.raw_gradients(given)
    _require_kept(subject, [leaf.data for leaf in run.leaves], points, "the backward rule changes")
    for label, output, before in zip(run.labels, run.outputs, outputs, strict=True):
        if not np.array_equal(np.asarray(output), before):
            fail(
                Verdict.MUTATES_INPUT,
                f"the backward rule changes {label}, the result of the forward, in place: work on "
                f"a copy",
                output=label,
            )
    for label, cotangent, before in zip(run.labels, given, cotangents, strict=True):
        if not np.array_equal(cotangent, before):
            fail(
                Verdict.MUTATES_INPUT,
                f"the backward rule changes g, the gradient of {label} that it is given, in "
                f"place: other rules get the same array; work on a copy",
                output=label,
            )
    _require_finite(subject, run, found, cotangents)
    _require_own_memory(subject, run, found, given)
    _require_full_precision(subject, run, found)
    return cotangents


def is_linear(subject: Subject, run: Run, rng: np.random.Generator) -> None:
    """Require gradients linear in the cotangent: g(2u − 3v) = 2 g(u) − 3 g(v)."""
    size = run.value().size
    u, v = rng.normal(size=size), rng.normal(size=size)
    of_u, of_v = run.gradients(u), run.gradients(v)
    both = run.gradients(2 * u - 3 * v)
    sizes = [float(np.abs(array).max(initial=0.0)) for array in subject.point]
    peaks = [max(_peak(x) for x in found) for found in zip(of_u, of_v, both, strict=True)]
    reach = max(size * peak for size, peak in zip(sizes, peaks, strict=True))
    reach = max(reach, float(np.abs(u) @ np.abs(run.value())))
    for number, (label, a, b, mixed) in enumerate(
        zip(subject.labels, of_u, of_v, both, strict=True)
    ):
        gap, largest = _peak(mixed - (2 * a - 3 * b)), peaks[number]
        # A gradient that is zero but for rounding need not be linear.
        is_off = gap > 1e-7 * largest and gap * sizes[number] > 1e-12 * reach
        if is_off and gap > 1e3 * _peak(rounding.spread_of_gradient(subject, u, number)):
            same = a.any() and np.array_equal(a, b)
            hint = "the gradient is the same whatever comes in: the rule does not use g"
            fail(
                Verdict.WRONG_RULE,
                f"the gradient of {label} is not linear in g: g = 2u − 3v gives something other "
                f"than 2·gradient(u) − 3·gradient(v) (they differ by {gap / largest:.1e} of it)",
                input=label,
                hint=hint if same else "g must enter each term exactly once",
            )


def walks_repeat(subject: Subject, run: Run, cotangents: Sequence[Array]) -> None:
    """Require the same gradients of a second walk, in memory of their own."""
    first = run.raw_gradients(cotangents)
    kept = [np.array(_values(gradient)) for gradient in first]
    second = _walk_again(run, cotangents)
    for label, gradient, before, again in zip(subject.labels, first, kept, second, strict=True):
        if not _is_same(_values(again), before):
            _fail_repeat(label, _difference(_values(again), before))
        if isinstance(gradient, Tensor) and np.shares_memory(gradient.data, _values(again)):
            fail(
                Verdict.ALIASED,
                f"two backward walks return the gradient of {label} in the same memory: the "
                f"second overwrites the first; return a new array",
                input=label,
            )


def calls_do_not_mix(subject: Subject, run: Run, rng: np.random.Generator) -> None:
    """Require that a call at another point between forward and backward changes nothing."""
    cotangent = rng.normal(size=run.value().size)
    before = run.gradients(cotangent)
    kept = subject.run([with_values(array, array) for array in subject.point])
    moved = [
        with_values(array, array.reshape(-1) * (1 + 1e-3 * rng.uniform(0.5, 1, array.size)))
        for array in subject.point
    ]
    subject.run(moved)
    try:
        after = kept.gradients(cotangent)
    except (LookupError, ValueError, AttributeError) as error:
        _fail_repeat("the inputs", error)
    for label, first, second in zip(subject.labels, before, after, strict=True):
        if not _is_same(first, second):
            fail(
                Verdict.NOT_DETERMINISTIC,
                f"the gradient of {label} changes (by {_difference(first, second):.2g}) when the "
                f"function is called between its forward and its backward, or once more: keep no "
                f"state between calls; a rule gets what it needs by naming it",
                input=label,
            )


def repeats(subject: Subject, run: Run, cotangents: Sequence[Array], first: list[Any]) -> None:
    """Require of the first walk, after all the other calls, what it gave."""
    again = _walk_again(run, cotangents)
    fresh = _walk_again(subject.run(subject.point), cotangents)
    for label, old, *new in zip(subject.labels, first, again, fresh, strict=True):
        for gradient in new:
            if old is not None and not _is_same(_values(gradient), old):
                _fail_repeat(label, _difference(_values(gradient), old))


def _walk_again(run: Run, cotangents: Sequence[Array]) -> Sequence[Any]:
    try:
        return run.raw_gradients(cotangents)
    except (LookupError, ValueError, AttributeError) as error:
        _fail_repeat("the inputs", error)


def _fail_repeat(label: str, what: object) -> NoReturn:
    how = f"by {what:.2g}" if isinstance(what, float) else f"{type(what).__name__}: {what}"
    fail(
        Verdict.NOT_DETERMINISTIC,
        f"the gradient of {label} differs from one backward walk to another at the same point "
        f"({how}): rules must not draw random numbers nor keep state",
    )


def _require_kept(
    subject: Subject, arrays: Sequence[Array], before: Sequence[Array], who: str
) -> None:
    for label, array, kept in zip(subject.labels, arrays, before, strict=True):
        if not np.array_equal(array, kept, equal_nan=True):
            index = np.argwhere(np.asarray(array != kept))[0]
            fail(
                Verdict.MUTATES_INPUT,
                f"{who} {label} in place (first at index {tuple(int(i) for i in index)}): work on "
                f"a copy",
                input=label,
                input_index=tuple(int(i) for i in index),
            )


def _require_finite_output(label: str, values: Array) -> None:
    if not np.isfinite(values).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        fail(
            Verdict.UNDEFINED,
            f"{label} is {values[index]} at index {index}: there is no gradient to check; choose "
            f"a point inside the domain",
            output=label,
            output_index=index,
        )


def _require_finite(
    subject: Subject, run: Run, gradients: Sequence[Any], cotangents: Sequence[Array]
) -> None:
    for number, (label, gradient) in enumerate(zip(subject.labels, gradients, strict=True)):
        values = _values(gradient)
        if np.isfinite(values).all():
            continue
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        array = subject.point[number]
        line = numeric.coordinate(
            subject.point,
            number,
            int(np.ravel_multi_index(index, array.shape)) if array.ndim else 0,
        )
        flat = np.concatenate([cotangent.reshape(-1) for cotangent in cotangents])
        slope = _slope(subject, run, line, flat)
        found = (
            "and finite differences find none"
            if slope is None
            else f"and {slope:.6g} by finite differences"
        )
        fail(
            Verdict.UNDEFINED,
            f"the gradient of {label} is {values[index]} at index {index}, where the input is "
            f"{array[index]:.6g}, {found}: guard the rule (numpy.where on its argument), or check "
            f"inside the domain",
            input=label,
            input_index=index,
            analytic=float(values[index]),
            numeric=slope,
        )


def _slope(subject: Subject, run: Run, line: Line, cotangent: Array) -> float | None:
    """Return the derivative along a line by finite differences, if there is one."""
    steps = numeric.sweep_steps(subject, line)
    found = numeric.differences(subject, line, steps, run.value(), cotangent[None])
    estimate = numeric.refine(found)
    value, error = float(estimate.value[0]), float(estimate.error[0])
    rounding = 1e-8 * float(np.abs(cotangent) @ np.abs(run.value())) / line.scale
    is_sure = np.isfinite(error) and error <= max(1e-3 * abs(value), rounding)
    return value if is_sure and not estimate.has_kink[0] and not estimate.jumps[0] else None


def _require_own_memory(
    subject: Subject, run: Run, gradients: Sequence[Any], cotangents: Sequence[Array]
) -> None:
    others: list[tuple[str, Array]] = [
        *((label, leaf.data) for label, leaf in zip(subject.labels, run.leaves, strict=True)),
        *((label, np.asarray(o)) for label, o in zip(run.labels, run.outputs, strict=True)),
    ]
    given = [
        (f"the gradient given for {label}", c)
        for label, c in zip(run.labels, cotangents, strict=True)
    ]
    for label, gradient in zip(subject.labels, gradients, strict=True):
        if gradient is None:
            continue
        is_sparse = isinstance(gradient, RowSparse)
        memory = np.asarray(gradient.values) if is_sparse else gradient.data
        # A RowSparse is a value that nothing writes to: it may be a view of what came in.
        for other, array in [*others, *([] if is_sparse else given)]:
            if np.may_share_memory(memory, array) and np.shares_memory(memory, array):
                fail(
                    Verdict.ALIASED,
                    f"the gradient of {label} is the same memory as {other}: an update of one "
                    f"changes the other; return a new array",
                    input=label,
                )
        others.append((f"the gradient of {label}", memory))


def _require_full_precision(subject: Subject, run: Run, gradients: Sequence[Any]) -> None:
    """Random float64 cotangents make gradients that no float32 can hold, unless one was used."""
    reaches = [
        _peak(_values(gradient)) * _peak(array)
        for gradient, array in zip(gradients, subject.point, strict=True)
    ]
    for number, (label, gradient) in enumerate(zip(subject.labels, gradients, strict=True)):
        values = _values(gradient)
        if reaches[number] < 1e-9 * max(*reaches, 1e-4 * _peak(run.value())):
            continue  # zero but for rounding, and that is a multiple of a power of 2
        values = values[values != 0]
        with np.errstate(over="ignore", under="ignore"):
            is_short = values.size > 0 and np.array_equal(values.astype(np.float32), values)
        if not is_short or _is_constant(run, subject, label, values):
            continue
        ones = np.ones(run.value().size)
        if _peak(rounding.spread_of_gradient(subject, ones, number)) < 1e-6 * _peak(values):
            fail(
                Verdict.WRONG_CONTRACT,
                f"the gradient of {label} holds float32 numbers although the input is float64: "
                f"the rule computes in a lower precision; use g's dtype",
                input=label,
            )


def _is_constant(run: Run, subject: Subject, label: str, values: Array) -> bool:
    """Whether the gradient does not depend on g at all, another fault that has its own verdict."""
    number = subject.labels.index(label)
    double = run.gradients(np.full(run.value().size, np.pi))[number]
    kept = double[double != 0]
    return (
        kept.size == 0
        or not np.array_equal(kept.astype(np.float32), kept)
        or (kept.size == values.size and np.array_equal(kept, values))
    )


def _values(gradient: Any) -> Array:
    return np.zeros(0) if gradient is None else np.asarray(gradient)


def _is_same(a: Array, b: Array) -> bool:
    if np.array_equal(a, b, equal_nan=True):
        return True
    largest = float(np.nanmax(np.abs(b), initial=0.0))
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= _SAME * largest))


def _peak(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))


def _difference(a: Array, b: Array) -> float:
    return float(np.nanmax(np.abs(a - b), initial=0.0)) if a.shape == b.shape else float("nan")
