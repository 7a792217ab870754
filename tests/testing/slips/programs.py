"""Slips in small programs: loops, caches, indices, numbers of low precision, edges of a domain."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import (
    Maker,
    Points,
    distinct,
    normal,
    positive,
    rules,
    slip,
    variants,
)
from tinygrad_w2v.testing import Verdict

# --- loops and scans -----------------------------------------------------------------------------

W = np.array([[0.9, -0.4], [0.3, 0.7]])


def scan(x: Any) -> Any:
    state, states = np.zeros(2), []
    for row in x:
        state = np.tanh(state @ W + row)
        states.append(state)
    return np.stack(states)


def scan_rule(
    g: Any,
    out: Any,
    horizon: int = 99,
    slope: Any = lambda s: 1 - s * s,
    w: Any = W.T,
    first: int = 0,
) -> Any:
    found = []
    for t in range(out.shape[0]):
        total = 0 * g[t]
        carry = 0 * g[t]
        for k in range(min(out.shape[0], t + horizon) - 1, t - 1, -1):
            carry = (g[k] + carry) * slope(out[k])
            total = carry
            carry = carry @ w
        found.append(total * (t >= first))
    return np.stack(found)


variants(
    "scan of a recurrence",
    normal((5, 2)),
    scan,
    {"x": lambda g, out: scan_rule(g, out)},
    one_step_only={"x": lambda g, out: scan_rule(g, out, horizon=1)},
    two_steps_only={"x": lambda g, out: scan_rule(g, out, horizon=2)},
    weights_not_transposed={"x": lambda g, out: scan_rule(g, out, w=W)},
    slope_of_the_value={"x": lambda g, out: scan_rule(g, out, slope=lambda s: 1 - s)},
    first_step_left_out={"x": lambda g, out: scan_rule(g, out, first=1)},
)


def bound_late(is_late: bool) -> Maker:
    """Make a sum of powers whose terms are made in a loop."""

    def make() -> Any:
        late = [lambda x: (k + 1) * x**k for k in range(1, 4)]  # noqa: B023
        early = [lambda x, k=k: (k + 1) * x**k for k in range(1, 4)]
        slopes = late if is_late else early
        return unregistered(
            lambda x: x**2 + x**3 + x**4, x=lambda g, x: g * sum(slope(x) for slope in slopes)
        )

    return make


slip("closures of a loop see its last value", normal((4,)), bound_late(True), bound_late(False))


# --- caches --------------------------------------------------------------------------------------


def cached(key: Callable[[Any], Any], name: str) -> None:
    """Add a slip: exp(x) whose rule reuses a result stored under a key that is too coarse."""

    def make() -> Any:
        results: dict[Any, Any] = {}

        def rule(g: Any, x: Any) -> Any:
            values = results.setdefault(key(x), np.exp(x))
            return g * values

        return unregistered(np.exp, x=rule)

    slip(
        name, normal((4,)), make, rules(np.exp, x=lambda g, out: g * out), Verdict.NOT_DETERMINISTIC
    )


cached(lambda x: len(x), "a rule cached by length")
cached(lambda x: x.dtype, "a rule cached by dtype")
cached(lambda x: tuple((x > 0).tolist()), "a rule cached by the signs")
cached(lambda x: round(float(x[0]), 1), "a rule cached by one digit")


slip(
    "a scale by the clock",
    normal((4,)),
    lambda: lambda x: x * (1 + 1e-9 * (time.perf_counter_ns() % 1000)),
    lambda: lambda x: x * 1.5,
    Verdict.NOT_DETERMINISTIC,
)
# --- indices -------------------------------------------------------------------------------------

ORDER = np.array([2, 0, 3, 1, 4])
PLACES = np.array([0, 3, 3, 1])
variants(
    "rows in another order",
    normal((5, 2)),
    lambda x: x[ORDER] ** 2,
    {"x": lambda g, x: (2 * g * x[ORDER])[np.argsort(ORDER)]},
    order_for_its_inverse={"x": lambda g, x: (2 * g * x[ORDER])[ORDER]},
    values_not_ordered={"x": lambda g, x: (2 * g * x)[np.argsort(ORDER)]},
)
variants(
    "strided windows",
    normal((9,)),
    lambda x: np.stack([x[k : k + 3] for k in range(0, 7, 2)]) ** 2,
    {"x": lambda g, x: _unwindowed(g, x, 2)},
    stride_of_one={"x": lambda g, x: _unwindowed(g, x, 1)},
    assigned={"x": lambda g, x: _unwindowed(g, x, 2, is_added=False)},
)


def _unwindowed(g: Any, x: Any, stride: int, is_added: bool = True) -> Any:
    found = np.zeros(9)
    for k in range(4):
        part = 2 * g[k] * x[2 * k : 2 * k + 3]
        place = slice(stride * k, stride * k + 3)
        found[place] = part + (found[place] if is_added else 0)
    return found


variants(
    "lower triangle",
    normal((3, 3)),
    lambda x: np.tril(x) @ np.array([1.0, 2, 3]),
    {"x": lambda g: np.tril(np.outer(g, [1.0, 2, 3]))},
    whole_matrix={"x": lambda g: np.outer(g, [1.0, 2, 3])},
    diagonal_left_out={"x": lambda g: np.tril(np.outer(g, [1.0, 2, 3]), -1)},
    upper_triangle={"x": lambda g: np.triu(np.outer(g, [1.0, 2, 3]))},
)
variants(
    "sums of unequal segments",
    normal((7, 2)),
    lambda x: np.stack([x[:1].sum(axis=0), x[1:4].sum(axis=0), x[4:].sum(axis=0)]),
    {"x": lambda g: np.repeat(g, [1, 3, 3], axis=0)},
    ends_off_by_one={"x": lambda g: np.repeat(g, [2, 2, 3], axis=0)},
    divided_by_the_lengths={
        "x": lambda g: np.repeat(g / np.array([[1], [3], [3]]), [1, 3, 3], axis=0)
    },
)
variants(
    "every second value repeated",
    normal((4,)),
    lambda x: np.repeat(x, 2) * np.arange(8),
    {"x": lambda g: (g * np.arange(8)).reshape(4, 2).sum(axis=1)},
    tiled={"x": lambda g: (g * np.arange(8)).reshape(2, 4).sum(axis=0)},
    first_of_each={"x": lambda g: (g * np.arange(8))[::2]},
)
variants(
    "differences at a lag",
    normal((8,)),
    lambda x: x[3:] - x[:-3],
    {"x": lambda g: np.pad(g, (3, 0)) - np.pad(g, (0, 3))},
    lag_of_two={"x": lambda g: np.pad(g, (2, 1)) - np.pad(g, (0, 3))},
    sign={"x": lambda g: np.pad(g, (0, 3)) - np.pad(g, (3, 0))},
)

# --- matrices ------------------------------------------------------------------------------------


def symmetric(rng: np.random.Generator) -> list[Any]:
    a = rng.normal(size=(3, 3))
    return [a @ a.T + np.eye(3)]


def lower(x: Any) -> Any:
    return np.tril(x) - np.diag(np.diag(x)) / 2


variants(
    "matrix square",
    normal((3, 3)),
    lambda a: a @ a,
    {"a": lambda g, a: g @ a.T + a.T @ g},
    2,
    twice_one_side={"a": lambda g, a: 2 * g @ a.T},
    as_of_numbers={"a": lambda g, a: 2 * g * a},
    not_transposed={"a": lambda g, a: g @ a + a @ g},
)
variants(
    "exponential of a matrix by its series",
    normal((3, 3), scale=0.3),
    lambda a: np.eye(3) + a + a @ a / 2 + a @ a @ a / 6,
    {"a": lambda g, a: g + (g @ a.T + a.T @ g) / 2
     + (g @ (a @ a).T + a.T @ g @ a.T + (a @ a).T @ g) / 6},
    third_term_left_out={"a": lambda g, a: g + (g @ a.T + a.T @ g) / 2},
    exponential_itself={"a": lambda g, a: g @ (np.eye(3) + a + a @ a / 2).T},
)  # fmt: skip
variants(
    "logarithm of a determinant by its factor",
    symmetric,
    lambda a: np.log(np.linalg.det(a)) + np.trace(a @ a),
    {"a": lambda g, a: g * (np.linalg.inv(a).T + 2 * a.T)},
    power_of_the_trace={"a": lambda g, a: g * (np.linalg.inv(a).T + a.T)},
    inverse_of_each_entry={"a": lambda g, a: g * (1 / a + 2 * a.T)},
)
variants(
    "kronecker product",
    normal((2, 2), (2, 3)),
    np.kron,
    {"a": lambda g, b: np.einsum("ikjl,kl->ij", g.reshape(2, 2, 2, 3), b),
     "b": lambda g, a: np.einsum("ikjl,ij->kl", g.reshape(2, 2, 2, 3), a)},
    summed_over_the_other={"a": lambda g, b: np.einsum("kilj,kl->ij", g.reshape(2, 2, 3, 2), b)},
    first_factor_transposed={"b": lambda g, a: np.einsum("ikjl,ji->kl", g.reshape(2, 2, 2, 3), a)},
)  # fmt: skip

# --- numbers of low precision --------------------------------------------------------------------


def imprecise(
    name: str, points: Points, wrong: Callable[..., Any], right: Callable[..., Any]
) -> None:
    slip(f"imprecise: {name}", points, lambda: wrong, lambda: right, Verdict.PRECISION)


imprecise(
    "an accumulator in float32",
    normal((6,)),
    lambda x: functools.reduce(lambda s, v: (s + v * v).astype(np.float32), x, tg.tensor(0.0)),
    lambda x: functools.reduce(lambda s, v: s + v * v, x, tg.tensor(0.0, dtype=tg.float64)),
)
imprecise(
    "weights in half precision",
    normal((3, 3), (3, 3)),
    lambda x, w: (x.astype(np.float16) @ w.astype(np.float16)).astype(np.float64),
    lambda x, w: x @ w,
)
imprecise(
    "logits in float32",
    normal((3, 4)),
    lambda x: F.cross_entropy(x.astype(np.float32), np.arange(3)).astype(np.float64),
    lambda x: F.cross_entropy(x, np.arange(3)),
)

# --- edges of a domain and kinks -----------------------------------------------------------------


def at(*values: float) -> Points:
    return lambda rng: [np.array(values) + rng.permutation(0 * np.array(values))]


def edge(name: str, values: Points, wrong: Any, right: Any, verdict: Verdict) -> None:
    slip(f"edge: {name}", values, lambda: wrong, lambda: right, verdict)


edge(
    "where around 0 / 0",
    at(0.0, 1.0, 2.0),
    lambda x: np.where(x != 0, np.sin(x) / x, 1.0),
    lambda x: np.where(x != 0, np.sin(x) / np.where(x != 0, x, 1.0), 1.0),
    Verdict.UNDEFINED,
)
edge(
    "norm at 0",
    at(0.0, 0.0, 0.0),
    lambda x: np.sqrt((x * x).sum()),
    lambda x: np.sqrt((x * x).sum() + 1e-6),
    Verdict.UNDEFINED,
)
edge(
    "power of 0",
    at(0.0, 2.0),
    unregistered(lambda x: x**2, x=lambda g, x: g * 2 * x**2 / x),
    unregistered(lambda x: x**2, x=lambda g, x: g * 2 * x),
    Verdict.UNDEFINED,
)
edge("absolute value at 0", at(0.0, -1.0), np.abs, np.square, Verdict.KINK)
edge(
    "a step at its threshold",
    at(0.5, -2.0),
    lambda x: np.where(x > 0.5, x, x - 1.0),
    lambda x: np.where(x > 0.25, x, x - 1.0),
    Verdict.KINK,
)
edge(
    "hinge at its corner",
    at(1.0, 3.0, -1.0),
    lambda x: F.relu(1 - x).sum(),
    lambda x: F.relu(1.5 - x).sum(),
    Verdict.KINK,
)

# --- memory --------------------------------------------------------------------------------------


def with_buffer(is_copied: bool) -> Maker:
    """Make a product whose forward writes into a buffer and returns a view of it."""

    def make() -> Any:
        buffer = np.empty((2, 5))

        def forward(x: Any) -> Any:
            np.multiply(x, 3.0, out=buffer[0])
            return buffer[0].copy() if is_copied else buffer[0, :]

        return unregistered(forward, x=lambda g: 3.0 * g)

    return make


slip(
    "a view of a buffer is returned",
    normal((5,)),
    with_buffer(False),
    with_buffer(True),
    Verdict.ALIASED,
)


def adding(is_in_place: bool) -> Maker:
    """Make x + bias whose forward adds in place."""

    def forward(x: Any) -> Any:
        total = x if is_in_place else x.copy()
        total += 0.5
        return total * total

    return lambda: unregistered(forward, x=lambda g, x: 2 * g * (x + (0.0 if is_in_place else 0.5)))


slip("adds to its input in place", normal((4,)), adding(True), adding(False), Verdict.MUTATES_INPUT)
slip(
    "normalises g in place",
    distinct((4,)),
    lambda: unregistered(np.sin, x=lambda g, x: np.multiply(g, np.cos(x), out=g)),
    lambda: unregistered(np.sin, x=lambda g, x: np.multiply(g, np.cos(x))),
    Verdict.MUTATES_INPUT,
)
slip(
    "sorts the saved input in place",
    positive((5,)),
    lambda: unregistered(lambda x: np.log(x), x=lambda g, x: x.sort() or g / x),
    lambda: unregistered(lambda x: np.log(x), x=lambda g, x: g / x),
    Verdict.MUTATES_INPUT,
)
