"""Slips in the rules of normalisation, attention, losses and selection."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.testing.slips.catalogue import (
    distinct,
    normal,
    sigmoid,
    softmax,
    variants,
)

# --- normalisation, attention, losses ------------------------------------------------------------


def standardized(x: Any) -> Any:
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5)


def deviation(x: Any) -> Any:
    return np.sqrt(np.var(x, axis=-1, keepdims=True) + 1e-5)


variants(
    "layer norm",
    normal((3, 5)),
    standardized,
    {
        "x": lambda g, x, out: (
            (g - g.mean(axis=-1, keepdims=True) - out * (g * out).mean(axis=-1, keepdims=True))
            / deviation(x)
        )
    },
    2,
    variance_constant={"x": lambda g, x: (g - g.mean(axis=-1, keepdims=True)) / deviation(x)},
    mean_constant={
        "x": lambda g, x, out: (g - out * (g * out).mean(axis=-1, keepdims=True)) / deviation(x)
    },
    sum_for_mean={
        "x": lambda g, x, out: (
            (g - g.mean(axis=-1, keepdims=True) - out * (g * out).sum(axis=-1, keepdims=True))
            / deviation(x)
        )
    },
    epsilon_outside_the_root={
        "x": lambda g, x, out: (
            (g - g.mean(axis=-1, keepdims=True) - out * (g * out).mean(axis=-1, keepdims=True))
            / (np.sqrt(np.var(x, axis=-1, keepdims=True)) + 1e-5)
        )
    },
)
variants(
    "root mean square norm",
    normal((3, 5)),
    lambda x: x / np.sqrt((x * x).mean(axis=-1, keepdims=True)),
    {
        "x": lambda g, x, out: (
            (g - out * (g * out).mean(axis=-1, keepdims=True))
            / np.sqrt((x * x).mean(axis=-1, keepdims=True))
        )
    },
    2,
    scale_constant={"x": lambda g, x: g / np.sqrt((x * x).mean(axis=-1, keepdims=True))},
)
variants(
    "softmax",
    normal((3, 4)),
    softmax,
    {"x": lambda g, out: out * (g - (g * out).sum(axis=-1, keepdims=True))},
    2,
    diagonal_only={"x": lambda g, out: g * out * (1 - out)},
    sum_over_the_other_axis={"x": lambda g, out: out * (g - (g * out).sum(axis=0, keepdims=True))},
    mean_for_sum={"x": lambda g, out: out * (g - (g * out).mean(axis=-1, keepdims=True))},
)
variants(
    "log-softmax",
    normal((3, 4)),
    lambda x: x - np.log(np.exp(x).sum(axis=-1, keepdims=True)),
    {"x": lambda g, out: g - np.exp(out) * g.sum(axis=-1, keepdims=True)},
    2,
    gradient_not_summed={"x": lambda g, out: g - np.exp(out) * g},
    result_not_exponentiated={"x": lambda g, out: g - out * g.sum(axis=-1, keepdims=True)},
)
variants(
    "scores of attention",
    normal((3, 4), (5, 4)),
    lambda q, k: q @ k.T / 2,
    {"q": lambda g, k: g @ k / 2, "k": lambda g, q: g.T @ q / 2},
    2,
    scale_left_out={"q": lambda g, k: g @ k},
    scale_of_the_wrong_size={"k": lambda g, q: g.T @ q / np.sqrt(5)},
)
variants(
    "weighted values",
    normal((3, 5), (5, 4)),
    lambda p, v: softmax(p) @ v,
    {
        "p": lambda g, p, v: (
            softmax(p) * (g @ v.T - ((g @ v.T) * softmax(p)).sum(axis=-1, keepdims=True))
        ),
        "v": lambda g, p: softmax(p).T @ g,
    },
    2,
    scores_for_weights={"v": lambda g, p: p.T @ g},
    softmax_left_out={"p": lambda g, v: g @ v.T},
)

LABELS = np.array([0, 2, 1])
ONE_HOT = np.eye(4)[LABELS]
variants(
    "cross-entropy",
    normal((3, 4)),
    lambda x: (np.log(np.exp(x).sum(axis=1)) - (x * ONE_HOT).sum(axis=1)).mean(),
    {"x": lambda g, x: g * (softmax(x) - ONE_HOT) / 3},
    2,
    not_averaged={"x": lambda g, x: g * (softmax(x) - ONE_HOT)},
    cotangent_of_one={"x": lambda g, x: (softmax(x) - ONE_HOT) / 3 + 0 * g},
    labels_left_out={"x": lambda g, x: g * softmax(x) / 3},
    averaged_over_classes={"x": lambda g, x: g * (softmax(x) - ONE_HOT) / 12},
)
variants(
    "binary cross-entropy",
    normal((5,)),
    lambda x: (np.log1p(np.exp(x)) - 0.3 * x).mean(),
    {"x": lambda g, x: g * (sigmoid(x) - 0.3) / 5},
    2,
    of_probabilities={
        "x": lambda g, x: g * (sigmoid(x) - 0.3) / (sigmoid(x) * (1 - sigmoid(x))) / 5
    },
    sign={"x": lambda g, x: g * (0.3 - sigmoid(x)) / 5},
)
variants(
    "huber",
    lambda rng: [2 * rng.normal(size=8) + 0.01],
    lambda x: np.where(np.abs(x) < 1.5, 0.5 * x * x, 1.5 * (np.abs(x) - 0.75)),
    {"x": lambda g, x: g * np.clip(x, -1.5, 1.5)},
    1,
    delta_of_one={"x": lambda g, x: g * np.clip(x, -1, 1)},
    outside_without_delta={"x": lambda g, x: g * np.where(np.abs(x) < 1.5, x, np.sign(x))},
)
variants(
    "hinge",
    distinct((6,)),
    lambda x: np.maximum(0, 1.03 - x).sum(),
    {"x": lambda g, x: -g * (x < 1.03)},
    1,
    margin_forgotten={"x": lambda g, x: -g * (x < 0)},
    sign={"x": lambda g, x: g * (x < 1.03)},
)
variants(
    "gaussian likelihood",
    normal((4,), (4,)),
    lambda m, s: (s + 0.5 * m * m * np.exp(-2 * s)).sum(),
    {
        "m": lambda g, m, s: g * m * np.exp(-2 * s),
        "s": lambda g, m, s: g * (1 - m * m * np.exp(-2 * s)),
    },
    2,
    variance_for_deviation={"m": lambda g, m, s: g * m * np.exp(-s)},
    halved={"s": lambda g, m, s: g * (1 - 0.5 * m * m * np.exp(-2 * s))},
)
variants(
    "divergence",
    normal((2, 4), (2, 4)),
    lambda a, b: (softmax(a) * (np.log(softmax(a)) - np.log(softmax(b)))).sum(),
    {
        "a": lambda g, a, b: (
            g
            * softmax(a)
            * (
                np.log(softmax(a))
                - np.log(softmax(b))
                - (softmax(a) * (np.log(softmax(a)) - np.log(softmax(b)))).sum(
                    axis=-1, keepdims=True
                )
            )
        ),
        "b": lambda g, a, b: g * (softmax(b) - softmax(a)),
    },
    2,
    arguments_exchanged={"b": lambda g, a, b: g * (softmax(a) - softmax(b))},
    mean_left_out={"a": lambda g, a, b: g * softmax(a) * (np.log(softmax(a)) - np.log(softmax(b)))},
)

# --- selection and shapes ------------------------------------------------------------------------

ROWS = np.array([0, 2, 2, 1])


def assigned(g: Any) -> Any:
    found = np.zeros((4, 3))
    found[ROWS] = g
    return found


variants(
    "row selection",
    normal((4, 3)),
    lambda w: w[ROWS],
    {"w": lambda g: np.eye(4)[ROWS].T @ g},
    1,
    assigned_instead_of_added={"w": assigned},
    averaged_over_repetitions={
        "w": lambda g: np.eye(4)[ROWS].T @ g / np.array([1, 1, 2, 1.0])[:, None]
    },
    neighbouring_row={"w": lambda g: np.eye(4)[(ROWS + 1) % 4].T @ g},
)
variants(
    "mean of context rows",
    normal((4, 3)),
    lambda w: w[ROWS].mean(axis=0),
    {"w": lambda g: np.outer(np.bincount(ROWS, minlength=4) / 4, g)},
    1,
    not_divided={"w": lambda g: np.outer(np.bincount(ROWS, minlength=4), g)},
    repetitions_counted_once={"w": lambda g: np.outer((np.bincount(ROWS, minlength=4) > 0) / 4, g)},
)
variants(
    "negative sampling",
    normal((3,), (4, 3)),
    lambda h, w: np.log1p(np.exp(-(w[0] @ h))) + np.log1p(np.exp(w[1:] @ h)).sum(),
    {
        "h": lambda g, h, w: g * (-sigmoid(-(w[0] @ h)) * w[0] + sigmoid(w[1:] @ h) @ w[1:]),
        "w": lambda g, h, w: g * np.outer(sigmoid(w @ h) - np.array([1.0, 0, 0, 0]), h),
    },
    1,
    target_not_subtracted={"w": lambda g, h, w: g * np.outer(sigmoid(w @ h), h)},
    negatives_left_out={"h": lambda g, h, w: -g * sigmoid(-(w[0] @ h)) * w[0]},
    sign_of_negatives={
        "h": lambda g, h, w: -g * (sigmoid(-(w[0] @ h)) * w[0] + sigmoid(w[1:] @ h) @ w[1:])
    },
)
variants(
    "reshape and transpose",
    normal((3, 4)),
    lambda x: x.T.reshape(-1) * 1.0,
    {"x": lambda g: g.reshape(4, 3).T * 1.0},
    1,
    not_transposed_back={"x": lambda g: g.reshape(3, 4) * 1.0},
)
variants(
    "rotation",
    normal((5,)),
    lambda x: np.roll(x, 2),
    {"x": lambda g: np.roll(g, -2)},
    1,
    same_direction={"x": lambda g: np.roll(g, 2)},
)
variants(
    "reflection",
    normal((5,)),
    lambda x: np.concatenate([x[1:2], x]),
    {"x": lambda g: g[1:] + np.array([0, 1.0, 0, 0, 0]) * g[0]},
    1,
    edge_dropped={"x": lambda g: g[1:] * 1.0},
    edge_replicated={"x": lambda g: g[1:] + np.array([1.0, 0, 0, 0, 0]) * g[0]},
)
variants(
    "interpolation",
    normal((5,)),
    lambda x: 0.3 * x[:-1] + 0.7 * x[1:],
    {"x": lambda g: 0.3 * np.pad(g, (0, 1)) + 0.7 * np.pad(g, (1, 0))},
    1,
    weights_exchanged={"x": lambda g: 0.7 * np.pad(g, (0, 1)) + 0.3 * np.pad(g, (1, 0))},
)
variants(
    "average pooling",
    normal((6,)),
    lambda x: x.reshape(3, 2).mean(axis=1),
    {"x": lambda g: np.repeat(g, 2) / 2},
    1,
    not_divided={"x": lambda g: np.repeat(g, 2) * 1.0},
    tiled={"x": lambda g: np.tile(g, 2) / 2},
)
variants(
    "outer sum",
    normal((3,), (4,)),
    lambda a, b: a[:, None] + b[None],
    {"a": lambda g: g.sum(axis=1), "b": lambda g: g.sum(axis=0)},
    1,
    row_for_sum={"a": lambda g: g[:, 0] * 1.0},
)
variants(
    "complex product",
    normal((3,), (3,), (3,), (3,)),
    lambda a, b, c, d: a * c - b * d,
    {
        "a": lambda g, c: g * c,
        "b": lambda g, d: -g * d,
        "c": lambda g, a: g * a,
        "d": lambda g, b: -g * b,
    },
    2,
    sign_of_the_conjugate={"b": lambda g, d: g * d},
)
variants(
    "one entry",
    normal((3, 40)),
    lambda x: np.sin(x),
    {"x": lambda g, x: g * np.cos(x)},
    1,
    last_column_off_by_a_permille={
        "x": lambda g, x: g * np.cos(x) * np.where(np.arange(40) == 39, 1.001, 1)
    },
    one_entry_dropped={"x": lambda g, x: g * np.cos(x) * (np.arange(120).reshape(3, 40) != 77)},
)
