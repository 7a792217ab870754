"""Slips in ops that are part of a larger computation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import (
    Maker,
    Points,
    distinct,
    normal,
    sigmoid,
    slip,
    softmax,
)
from tinygrad_w2v.engine.row_sparse import RowSparse


def within(
    subject: str,
    points: Points,
    make: Callable[[Callable[..., Any]], Callable[..., Any]],
    forward: Callable[..., Any],
    right: dict[str, Callable[..., Any]],
    order: int = 1,
    **wrong: dict[str, Callable[..., Any]],
) -> None:
    """Add slips of an op's rules, where ``make(op)`` is the function that is checked."""

    def maker(rules: dict[str, Callable[..., Any]]) -> Maker:
        return lambda: make(unregistered(forward, **rules))

    for mistake, replaced in wrong.items():
        slip(
            f"{subject}: {mistake.replace('_', ' ')}",
            points,
            maker({**right, **replaced}),
            maker(right),
            order=order,
        )


# --- ops inside networks -------------------------------------------------------------------------

within(
    "activation between two layers",
    normal((3, 4), (4, 5), (5, 2)),
    lambda op: lambda x, w, v: (op(x @ w) @ v).sum(axis=0),
    lambda x: x / np.sqrt(1 + x * x),
    {"x": lambda g, x: g / (1 + x * x) ** 1.5},
    2,
    wrong_power={"x": lambda g, x: g / (1 + x * x)},
    uses_the_result={"x": lambda g, out: g / (1 + out * out) ** 1.5},
    sign_of_the_power={"x": lambda g, x: g * (1 + x * x) ** 1.5},
)
within(
    "attention weights inside a block",
    normal((4, 3), (3, 3), (3, 3)),
    lambda op: lambda x, w, v: x + op(x @ w @ x.T / 2) @ (x @ v),
    softmax,
    {"x": lambda g, out: out * (g - (g * out).sum(axis=-1, keepdims=True))},
    2,
    diagonal_of_the_jacobian={"x": lambda g, out: g * out * (1 - out)},
    sum_over_the_wrong_axis={"x": lambda g, out: out * (g - (g * out).sum(axis=0, keepdims=True))},
    mean_in_place_of_sum={"x": lambda g, out: out * (g - (g * out).mean(axis=-1, keepdims=True))},
)
within(
    "normalisation before a projection",
    normal((3, 5), (5, 2)),
    lambda op: lambda x, w: np.tanh(op(3 * x) @ w),
    lambda x: x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 0.1),
    {
        "x": lambda g, x, out: (
            (g - out * (g * out).mean(axis=-1, keepdims=True))
            / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 0.1)
        )
    },
    2,
    epsilon_forgotten={
        "x": lambda g, x, out: (
            (g - out * (g * out).mean(axis=-1, keepdims=True))
            / np.sqrt((x * x).mean(axis=-1, keepdims=True))
        )
    },
    projection_forgotten={
        "x": lambda g, x: g / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 0.1)
    },
    sum_in_place_of_mean={
        "x": lambda g, x, out: (
            (g - out * (g * out).sum(axis=-1, keepdims=True))
            / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 0.1)
        )
    },
)
TURN = np.array([[0.6, -0.8], [0.8, 0.6]])
within(
    "rotary positions before a product",
    normal((4, 2), (4, 2)),
    lambda op: lambda q, k: (op(q) @ k.T).sum(axis=1),
    lambda x: x @ TURN,
    {"x": lambda g: g @ TURN.T},
    1,
    turned_the_same_way={"x": lambda g: g @ TURN},
    not_turned={"x": lambda g: g * 1.0},
)
within(
    "gated unit in a residual branch",
    normal((3, 4), (3, 4)),
    lambda op: lambda x, y: x + 0.1 * op(x, y),
    lambda a, b: a * sigmoid(b),
    {"a": lambda g, b: g * sigmoid(b), "b": lambda g, a, b: g * a * sigmoid(b) * (1 - sigmoid(b))},
    2,
    gate_slope_by_tanh={"b": lambda g, a, b: g * a * (1 - sigmoid(b) ** 2)},
    value_forgotten={"b": lambda g, b: g * sigmoid(b) * (1 - sigmoid(b))},
    gradients_exchanged={
        "a": lambda g, a, b: g * a * sigmoid(b) * (1 - sigmoid(b)),
        "b": lambda g, b: g * sigmoid(b),
    },
)
KERNEL = np.array([0.5, -1.0, 0.25])


def filtered(x: Any) -> Any:
    return sum(KERNEL[k] * x[..., k : x.shape[-1] - 2 + k] for k in range(3))


def spread(g: Any, kernel: Any) -> Any:
    edge = np.zeros((*g.shape[:-1], 2))
    wide = np.concatenate([edge, g, edge], axis=-1)
    return sum(kernel[k] * wide[..., 2 - k : wide.shape[-1] - k] for k in range(3))


within(
    "filter along a sequence",
    normal((2, 7)),
    lambda op: lambda x: np.sin(op(x * x)),
    filtered,
    {"x": lambda g: spread(g, KERNEL)},
    2,
    kernel_not_reversed={"x": lambda g: spread(g, KERNEL[::-1])},
    edges_cut={
        "x": lambda g: spread(g, KERNEL) * np.array([0.0, 1, 1, 1, 1, 1, 1]),
    },
    middle_tap_only={"x": lambda g: spread(g, KERNEL * np.array([0.0, 1, 0]))},
)
within(
    "logarithm of a mixture",
    normal((4, 3)),
    lambda op: lambda x: -op(x - 1).mean(),
    lambda x: np.log(np.exp(x).sum(axis=1)),
    {"x": lambda g, x, out: g[:, None] * np.exp(x - out[:, None])},
    2,
    responsibilities_not_normalised={"x": lambda g, x: g[:, None] * np.exp(x)},
    normalised_over_the_batch={"x": lambda g, x: g[:, None] * np.exp(x) / np.exp(x).sum(axis=0)},
    all_to_the_largest={"x": lambda g, x: g[:, None] * (x == np.max(x, axis=1, keepdims=True))},
)
within(
    "running maximum",
    distinct((6,)),
    lambda op: lambda x: (op(x) * np.arange(1, 7)).sum(),
    lambda x: np.maximum.accumulate(x),
    {"x": lambda g, x, out: np.array([g[(out == v)].sum() if v in out else 0.0 for v in x])},
    1,
    only_where_it_changes={"x": lambda g, x, out: g * (x == out)},
    shared_by_all_before={"x": lambda g: np.cumsum(g[::-1])[::-1] / np.arange(1, 7)},
)
within(
    "discounted sum",
    normal((6,)),
    lambda op: lambda x: op(np.tanh(x)),
    lambda x: np.tri(6) * 0.9 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))) @ x,
    {"x": lambda g: g @ (np.tri(6) * 0.9 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))))},
    1,
    forward_in_time={
        "x": lambda g: np.tri(6) * 0.9 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))) @ g
    },
    discount_forgotten={"x": lambda g: g @ np.tri(6)},
    rounded_discount={
        "x": lambda g: (
            g @ (np.tri(6) * 0.9001 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6))))
        )
    },
)

# --- losses of models ----------------------------------------------------------------------------

TARGET = np.array([2, 0, 1])
SMOOTH = 0.9 * np.eye(3)[TARGET] + 0.1 / 3
within(
    "cross-entropy with smoothed labels",
    normal((3, 4), (4, 3)),
    lambda op: lambda x, w: op(np.tanh(x) @ w),
    lambda x: -(SMOOTH * np.log(softmax(x))).sum() / 3,
    {"x": lambda g, x: g * (softmax(x) - SMOOTH) / 3},
    2,
    labels_not_smoothed={"x": lambda g, x: g * (softmax(x) - np.eye(3)[TARGET]) / 3},
    not_divided_by_the_batch={"x": lambda g, x: g * (softmax(x) - SMOOTH)},
    smoothing_without_its_share={"x": lambda g, x: g * (softmax(x) - 0.9 * np.eye(3)[TARGET]) / 3},
)
PRESENT = np.array([1.0, 0, 1, 1, 0])
within(
    "mean over the present entries",
    normal((5,), (5,)),
    lambda op: lambda x, y: op((x - y) ** 2),
    lambda x: (x * PRESENT).sum() / PRESENT.sum(),
    {"x": lambda g: g * PRESENT / PRESENT.sum()},
    1,
    divided_by_all={"x": lambda g: g * PRESENT / 5},
    absent_entries_included={"x": lambda g: g * np.ones(5) / PRESENT.sum()},
)
within(
    "divergence of two normal distributions",
    normal((4,), (4,)),
    lambda op: lambda m, s: op(m, 0.3 * s).sum(),
    lambda m, s: 0.5 * (np.exp(2 * s) + m * m - 1 - 2 * s),
    {"m": lambda g, m: g * m, "s": lambda g, s: g * (np.exp(2 * s) - 1)},
    2,
    variance_for_deviation={"s": lambda g, s: g * (np.exp(s) - 1)},
    sign_of_the_entropy={"s": lambda g, s: g * (np.exp(2 * s) + 1)},
    half_lost={"m": lambda g, m: g * m / 2},
)
within(
    "ranking loss",
    distinct((6,)),
    lambda op: lambda x: op(x[:3], x[3:]),
    lambda a, b: np.log1p(np.exp(b - a)).mean(),
    {"a": lambda g, a, b: -g * sigmoid(b - a) / 3, "b": lambda g, a, b: g * sigmoid(b - a) / 3},
    2,
    both_pulled_the_same_way={"b": lambda g, a, b: -g * sigmoid(b - a) / 3},
    order_of_the_pair={"a": lambda g, a, b: -g * sigmoid(a - b) / 3},
)

# --- tables and indices --------------------------------------------------------------------------

TOKENS = np.array([3, 1, 3, 0])


def rows_of(g: Any, rows: Any, factor: Any = 1.0) -> Any:
    return RowSparse(rows, g * factor, (5, 3))


within(
    "table whose gradient is row-sparse",
    normal((5, 3), (3,)),
    lambda op: lambda w, v: np.tanh(op(w) @ v),
    lambda w: w[TOKENS],
    {"w": lambda g: rows_of(g, TOKENS)},
    1,
    rows_sorted={"w": lambda g: rows_of(g, np.sort(TOKENS))},
    repeated_row_lost={"w": lambda g: rows_of(g[1:], TOKENS[1:])},
    rows_shifted={"w": lambda g: rows_of(g, (TOKENS + 1) % 5)},
    row_scaled_by_its_count={"w": lambda g: rows_of(g, TOKENS, np.array([[0.5], [1], [0.5], [1]]))},
)
GROUPS = np.array([0, 2, 0, 1, 2, 2])
MEMBER = (np.arange(3)[:, None] == GROUPS) / np.bincount(GROUPS)[:, None]
within(
    "mean of groups",
    normal((6, 2)),
    lambda op: lambda x: np.exp(op(x)),
    lambda x: MEMBER @ x,
    {"x": lambda g: MEMBER.T @ g},
    1,
    counts_forgotten={"x": lambda g: (MEMBER > 0).T @ g},
    only_the_last_of_a_group={"x": lambda g: (MEMBER * np.array([0, 0, 1, 1, 0, 1])).T @ g},
)
PLACES = np.array([0.3, 1.5, 2.9])
LOW = np.floor(PLACES).astype(int)
within(
    "linear interpolation of a signal",
    normal((5,)),
    lambda op: lambda x: op(x * x).sum(),
    lambda x: x[LOW] * (1 - PLACES + LOW) + x[LOW + 1] * (PLACES - LOW),
    {
        "x": lambda g: (
            np.eye(5)[:, LOW] @ (g * (1 - PLACES + LOW))
            + np.eye(5)[:, LOW + 1] @ (g * (PLACES - LOW))
        )
    },
    1,
    weights_exchanged={
        "x": lambda g: (
            np.eye(5)[:, LOW] @ (g * (PLACES - LOW))
            + np.eye(5)[:, LOW + 1] @ (g * (1 - PLACES + LOW))
        )
    },
    nearest_only={"x": lambda g: np.eye(5)[:, np.rint(PLACES).astype(int)] @ g},
)

# --- linear algebra ------------------------------------------------------------------------------


def definite(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)]


within(
    "solve of a normal equation",
    definite,
    lambda op: lambda a, b: op(a.T @ a, b),
    lambda a, b: np.linalg.inv(a) @ b,
    {
        "a": lambda g, a, out: -np.outer(np.linalg.inv(a).T @ g, out),
        "b": lambda g, a: np.linalg.inv(a).T @ g,
    },
    1,
    sign_lost={"a": lambda g, a, out: np.outer(np.linalg.inv(a).T @ g, out)},
    outer_product_transposed={
        "a": lambda g, a, out: -np.outer(out, np.linalg.inv(a).T @ g) * 1.001
    },
    right_side_only={"a": lambda g, a: 0 * a},
)
within(
    "unit vector of a projection",
    normal((3, 4), (4,)),
    lambda op: lambda w, x: op(w @ x),
    lambda x: x / np.sqrt((x * x).sum()),
    {"x": lambda g, x, out: (g - out * (g * out).sum()) / np.sqrt((x * x).sum())},
    2,
    length_is_constant={"x": lambda g, x: g / np.sqrt((x * x).sum())},
    length_squared={"x": lambda g, x, out: (g - out * (g * out).sum()) / (x * x).sum()},
)
within(
    "trace of a product of three",
    normal((3, 3), (3, 3)),
    lambda op: lambda a, b: op(a, b),
    lambda a, b: np.trace(a @ b @ a),
    {"a": lambda g, a, b: g * (b @ a + a @ b).T, "b": lambda g, a: g * (a @ a).T},
    2,
    one_of_two_places={"a": lambda g, a, b: g * (b @ a).T},
    not_transposed={"a": lambda g, a, b: g * (b @ a + a @ b)},
    wrong_power={"b": lambda g, a: g * a.T},
)
