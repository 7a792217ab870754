"""Repeatability: another call or backward pass returns the same values and gradients.

Each function raises :class:`CheckFailedError` with the verdict, or returns.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from tinygrad_w2v.engine.backward import grad, leaf_gradients
from tinygrad_w2v.engine.row_sparse import RowSparse
from tinygrad_w2v.engine.tensor import Tensor, array_of
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.checked_function import (
    CheckedFunction,
    RecordedCall,
    dense,
    is_differentiable,
    with_values,
)
from tinygrad_w2v.testing.report import Verdict

_LEAST_CALLS = 64  # in a check: some functions change after a number of calls
_SAME = 1e-11  # of the largest value: the effect of another order of summation


def values_repeat(function: CheckedFunction, call: RecordedCall, times: int = 0) -> None:
    """Require the same values from further calls, recorded or not.

    By default there are the more calls the fewer values there are: dropout on a single value often
    returns the same value twice.
    """
    first = call.value()
    size = sum(array.size for array in function.point)
    for _ in range(times or max(2, min(30, 60 // max(size, 1)))):
        again = function.record().value()
        if not is_same(again, first):
            Verdict.NOT_DETERMINISTIC.fail(
                f"another call on the same inputs returns other values (they differ by "
                f"{_difference(again, first):.2g}): draw random numbers outside and pass them in, "
                f"and keep no state between calls"
            )
    plain = function.value(function.point)
    if not is_same(plain, first) and not _is_rounding(function, np.abs(plain - first)):
        Verdict.WRONG_RULE.fail(
            f"with create_graph=True the gradients differ from those without it (by "
            f"{_difference(plain, first):.2g}): the rule must compute the same on Tensors as on "
            f"arrays"
        )


def _is_rounding(function: CheckedFunction, gap: Array) -> bool:
    """Whether a difference of two calls is the rounding of terms that may have cancelled."""
    natural = 1e-13 * np.asarray(function.natural)
    return bool(
        (gap <= natural).all() or (gap <= 4 * np.ptp(function.varied_values(8), axis=0)).all()
    )


def passes_repeat(
    function: CheckedFunction, call: RecordedCall, cotangents: Sequence[Array]
) -> None:
    """Require the same gradients from a second backward pass, in memory of their own."""
    first = call.raw_gradients(cotangents)
    before = [np.array(dense(gradient)) for gradient in first]
    second = _gradients_again(function, call, cotangents, before)
    for label, gradient, again in zip(function.labels, first, second, strict=True):
        if isinstance(gradient, Tensor) and np.shares_memory(gradient._data, dense(again)):
            Verdict.ALIASED.fail(
                f"two backward passes return the gradient of {label} in the same memory: the "
                f"second overwrites the first; return a new array",
                input=label,
            )


def calls_are_independent(function: CheckedFunction, rng: np.random.Generator) -> None:
    """Require that a call at another point changes neither values nor gradients of earlier ones.

    The other points are a small change, other magnitudes, a permutation and the negative of the
    inputs, so that masks, positions and orders change as well. Points that the function rejects
    are left out.
    """
    for factors, order in _OTHER_POINTS:
        call = function.record(function.moved(lambda flat: 1.0))
        value = call.value().copy()
        cotangent = rng.normal(size=value.size)
        seen = _received_gradients(call, cotangent)
        before = [dense(gradient).copy() for gradient in seen]
        other = [
            with_values(a, order(a.reshape(-1)) * factors(rng.uniform(0.5, 1, a.size)))
            for a in function.point
        ]
        with contextlib.suppress(Exception):
            function.record(other)
            function.gradients(other, cotangent)
        if not is_same(call.value(), value):
            Verdict.ALIASED.fail(
                f"another call overwrites the result of an earlier one (they differ by "
                f"{_difference(call.value(), value):.2g}): the forward returns shared memory; "
                f"return a new array"
            )
        for label, gradient, saved in zip(function.labels, seen, before, strict=True):
            if not is_same(dense(gradient), saved):
                Verdict.ALIASED.fail(
                    f"another call overwrites the gradient of {label} of an earlier one: the rule "
                    f"returns shared memory, or a view of it; return a new array",
                    input=label,
                )
        try:
            after = _received_gradients(call, cotangent)
        except (LookupError, ValueError, AttributeError) as error:
            _fail_repeat("the inputs", error)
        for label, a, b in zip(function.labels, before, map(dense, after), strict=True):
            if not is_same(a, b):
                Verdict.NOT_DETERMINISTIC.fail(
                    f"the gradient of {label} changes (by {_difference(a, b):.2g}) when the "
                    f"function is called between its forward and its backward, or once more: keep "
                    f"no state between calls; a rule receives the values that its parameters name",
                    input=label,
                )


_OTHER_POINTS: Sequence[tuple[Callable[[Array], Array], Callable[[Array], Array]]] = (
    (lambda random: 1 + 1e-3 * random, lambda flat: flat),
    (lambda random: 10 ** (8 * random - 6), lambda flat: flat),
    (np.ones_like, lambda flat: np.roll(flat, 1)),
    (np.ones_like, lambda flat: -flat),
)
"""How other points are made: the factors, from random numbers, and the order of the values."""


def _received_gradients(call: RecordedCall, cotangent: Array) -> list[Any]:
    """Return the gradients as the leaves receive them, in the memory that the rules returned."""
    received: dict[int, Any] = {}
    handles = [
        leaf.register_hook(functools.partial(received.__setitem__, number))
        for number, leaf in enumerate(call.leaves)
    ]
    try:
        call.gradients(cotangent)
    finally:
        for handle in handles:
            handle.remove()
    return [received.get(number) for number in range(len(call.leaves))]


def backward_agrees_with_grad(
    function: CheckedFunction, first: RecordedCall, cotangents: Sequence[Array]
) -> None:
    """Require bitwise equal gradients from ``backward()`` and from ``grad()``, for each output.

    The two may walk the graph by different code: ``backward()`` reaches all leaves, records
    nothing and frees the graph.
    """
    for position, cotangent in enumerate(cotangents):
        call = function.record()
        output = call.outputs[position]
        if is_differentiable(output):
            both_walks_agree(output, call.leaves, cotangent, function.labels)
    # backward() freed the graphs of other calls only, unless two calls share one
    _gradients_again(function, first, cotangents, [None] * len(first.leaves))


def both_walks_agree(
    output: Tensor, leaves: Sequence[Tensor], cotangent: Array, labels: Sequence[str]
) -> list[Any]:
    """Require bitwise equal gradients from ``grad()`` and ``backward()``; return those of grad.

    No ``grad`` is set. The graph is freed.
    """

    def by_grad() -> list[Any]:
        found = grad(output, leaves, cotangent, retain_graph=True, allow_unused=True)
        return [_copy(gradient) for gradient in found]

    first, second = by_grad(), by_grad()
    by_backward = leaf_gradients(output, cotangent)
    for label, leaf, a, b in zip(labels, leaves, first, second, strict=True):
        found = by_backward.get(leaf)
        # Rounding may differ only where grad() does not repeat itself to the last bit either.
        if _is_identical(found, a) or (not _is_identical(a, b) and is_same(dense(found), dense(a))):
            continue
        Verdict.WRONG_RULE.fail(
            f"the gradient of {label} by backward() differs from that by grad() (by "
            f"{_difference(dense(found), dense(a)):.2g}): a rule must not depend on how it is "
            f"called",
            input=label,
        )
    return first


def all_repeats(
    function: CheckedFunction,
    call: RecordedCall,
    cotangents: Sequence[Array],
    first: list[Any],
    times: int = 2,
) -> None:
    """Require the values and gradients of the first call again, after all other calls."""
    values_repeat(function, call, max(times, _LEAST_CALLS - function.calls))
    for each in (call, function.record()):
        _gradients_again(function, each, cotangents, first)


def _gradients_again(
    function: CheckedFunction, call: RecordedCall, cotangents: Sequence[Array], first: Sequence[Any]
) -> Sequence[Any]:
    """Return the gradients of a call, which must be those of an earlier pass."""
    try:
        found = call.raw_gradients(cotangents)
    except (LookupError, ValueError, AttributeError, RuntimeError) as error:
        _fail_repeat("the inputs", error)
    for label, old, new in zip(function.labels, first, found, strict=True):
        if old is not None and not is_same(dense(new), old):
            _fail_repeat(label, _difference(dense(new), old))
    return found


def _fail_repeat(label: str, what: object) -> NoReturn:
    how = f"by {what:.2g}" if isinstance(what, float) else f"{type(what).__name__}: {what}"
    Verdict.NOT_DETERMINISTIC.fail(
        f"the gradient of {label} differs between two backward passes at the same point "
        f"({how}): rules must not draw random numbers or keep state"
    )


# --- comparing gradients --------------------------------------------------------------------------


def is_same(a: Array, b: Array, tolerance: float = _SAME) -> bool:
    """Whether two arrays agree to `tolerance` of the largest value; NaN equals NaN."""
    if a.shape != b.shape or b.dtype.kind != "f":
        return bool(np.array_equal(a, b))
    largest = float(np.nanmax(np.abs(b), initial=0.0))
    with np.errstate(invalid="ignore"):
        close = (np.abs(a - b) <= tolerance * largest) | (a == b) | (np.isnan(a) & np.isnan(b))
    return bool(close.all())


def _copy(gradient: Any) -> Any:
    if isinstance(gradient, RowSparse):
        return RowSparse(gradient.rows.copy(), np.array(gradient.values), gradient.shape)
    return None if gradient is None else array_of(gradient).copy()


def _is_identical(a: Any, b: Any) -> bool:
    """Whether two gradients have the same kind, dtype and bits."""
    if isinstance(a, RowSparse) and isinstance(b, RowSparse):
        return _is_identical(a.rows, b.rows) and _is_identical(a.values, b.values)
    if a is None or b is None or isinstance(a, RowSparse) or isinstance(b, RowSparse):
        return a is b
    a, b = array_of(a), array_of(b)
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _difference(a: Array, b: Array) -> float:
    return float(np.nanmax(np.abs(a - b), initial=0.0)) if a.shape == b.shape else float("nan")
