"""Slips in rules of recurrences, normalisations and losses, and of state and precision."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import (
    Maker,
    Points,
    normal,
    positive,
    sigmoid,
    slip,
    softmax,
    variants,
)
from tinygrad_w2v.testing import Verdict

# --- recurrences and normalisations --------------------------------------------------------------


def affine_scan(a: Any, b: Any) -> Any:
    state, found = 0.0, []
    for factor, term in zip(a, b, strict=True):
        state = factor * state + term
        found.append(state)
    return np.array(found)


def of_terms(g: Any, a: Any, shift: int = 1) -> Any:
    total, found = 0.0, np.zeros(len(g))
    for t in reversed(range(len(g))):
        factor = a[t + shift] if t + shift < len(g) else 0.0
        total = g[t] + (0.0 if t + 1 == len(g) else factor) * total
        found[t] = total
    return found


def before(out: Any) -> Any:
    return np.concatenate([[0.0], out[:-1]])


variants(
    "affine recurrence",
    normal((6,), (6,)),
    affine_scan,
    {
        "a": lambda g, a, out: of_terms(g, a) * before(out),
        "b": lambda g, a: of_terms(g, a),
    },
    state_after_the_step={"a": lambda g, a, out: of_terms(g, a) * out},
    direct_part_only={"a": lambda g, out: g * before(out)},
    factor_of_the_same_step={"b": lambda g, a: of_terms(g, a, shift=0)},
)


def cell(c: Any, f: Any, i: Any) -> Any:
    return np.tanh(sigmoid(f) * c + sigmoid(i) * np.tanh(i))


def of_cell(g: Any, out: Any) -> Any:
    return g * (1 - out * out)


def slope(f: Any) -> Any:
    return sigmoid(f) * (1 - sigmoid(f))


variants(
    "cell with a forget gate",
    normal((4,), (4,), (4,)),
    cell,
    {
        "c": lambda g, out, f: of_cell(g, out) * sigmoid(f),
        "f": lambda g, out, f, c: of_cell(g, out) * slope(f) * c,
        "i": lambda g, out, i: (
            of_cell(g, out) * (slope(i) * np.tanh(i) + sigmoid(i) * (1 - np.tanh(i) ** 2))
        ),
    },
    gate_times_the_new_cell={"f": lambda g, out, f: of_cell(g, out) * slope(f) * out},
    slope_of_the_cell_left_out={"c": lambda g, f: g * sigmoid(f)},
    gate_of_one_term={"i": lambda g, out, i: of_cell(g, out) * slope(i) * np.tanh(i)},
)


def length(v: Any) -> Any:
    return np.sqrt((v * v).sum(axis=1, keepdims=True))


variants(
    "weight normalised by rows",
    normal((2, 3), (2, 1)),
    lambda v, size: size * v / length(v),
    {
        "v": lambda g, v, size: (
            size / length(v) * (g - v * (g * v).sum(axis=1, keepdims=True) / length(v) ** 2)
        ),
        "size": lambda g, v: (g * v / length(v)).sum(axis=1, keepdims=True),
    },
    projection_left_out={"v": lambda g, v, size: size / length(v) * g},
    sum_over_columns={
        "v": lambda g, v, size: (
            size / length(v) * (g - v * (g * v).sum(axis=0, keepdims=True) / length(v) ** 2)
        ),
    },
    size_in_its_own_gradient={
        "size": lambda g, v, size: (g * size * v / length(v)).sum(axis=1, keepdims=True),
    },
)

# --- losses --------------------------------------------------------------------------------------


def focal(x: Any) -> Any:
    p = sigmoid(x)
    return -((1 - p) ** 2) * np.log(p)


variants(
    "focal loss",
    normal((5,)),
    focal,
    {
        "x": lambda g, x: (
            g
            * (2 * (1 - sigmoid(x)) ** 2 * sigmoid(x) * np.log(sigmoid(x)) - (1 - sigmoid(x)) ** 3)
        )
    },
    factor_constant={"x": lambda g, x: -g * (1 - sigmoid(x)) ** 3},
    factor_of_power_one={
        "x": lambda g, x: (
            g * ((1 - sigmoid(x)) * sigmoid(x) * np.log(sigmoid(x)) - (1 - sigmoid(x)) ** 3)
        )
    },
)


def overlap(p: Any, y: Any) -> Any:
    return 2 * (p * y).sum() / (p.sum() + y.sum())


variants(
    "overlap of two masks",
    positive((5,), (5,), high=1.0),
    overlap,
    {
        "p": lambda g, p, y, out: g * (2 * y - out) / (p.sum() + y.sum()),
        "y": lambda g, p, y, out: g * (2 * p - out) / (p.sum() + y.sum()),
    },
    denominator_constant={"p": lambda g, p, y: g * 2 * y / (p.sum() + y.sum())},
    factor_two_lost={"y": lambda g, p, y, out: g * (p - out) / (p.sum() + y.sum())},
)


def contrast(a: Any, b: Any) -> Any:
    scores = a @ b.T / 0.5
    return (np.log(np.exp(scores).sum(axis=1)) - np.diagonal(scores)).mean()


def excess(a: Any, b: Any) -> Any:
    return (softmax(a @ b.T / 0.5) - np.eye(3)) / 3


variants(
    "contrast of pairs",
    normal((3, 2), (3, 2)),
    contrast,
    {
        "a": lambda g, a, b: g * excess(a, b) @ b / 0.5,
        "b": lambda g, a, b: g * excess(a, b).T @ a / 0.5,
    },
    temperature_left_out={"a": lambda g, a, b: g * excess(a, b) @ b},
    other_side_not_transposed={"b": lambda g, a, b: g * excess(a, b) @ a / 0.5},
    softmax_over_the_other_axis={
        "b": lambda g, a, b: g * (softmax((a @ b.T / 0.5).T) - np.eye(3)) @ a / 1.5
    },
)

# --- state and precision -------------------------------------------------------------------------


def remembered(is_kept: bool) -> Maker:
    """Make a sort whose rule keeps the order of the first call, or not."""

    def make() -> Any:
        orders: list[Any] = []

        def rule(g: Any, x: Any) -> Any:
            orders.append(np.argsort(np.argsort(x)))
            return g[orders[0 if is_kept else -1]]

        return unregistered(lambda x: np.sort(x), x=rule)

    return make


def halved(is_half: bool) -> Maker:
    """Make x³ whose rule computes with a copy in half precision."""
    return lambda: unregistered(
        lambda x: x**3,
        x=lambda g, x: (3 * g * x.astype(np.float16 if is_half else np.float64) ** 2).astype(
            np.float64
        ),
    )


def at_rows(rows: int) -> Points:
    return normal((rows,))


slip(
    "the order of the first call is kept",
    at_rows(6),
    remembered(True),
    remembered(False),
    Verdict.NOT_DETERMINISTIC,
)
slip("the rule computes in float16", at_rows(5), halved(True), halved(False))
