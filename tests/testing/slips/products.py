"""Slips in the rules of products and linear algebra."""

from __future__ import annotations

import numpy as np

from tests.testing.slips.catalogue import (
    normal,
    variants,
)

# --- products and linear algebra -----------------------------------------------------------------

variants(
    "affine",
    normal((2, 3), (4, 3), (4,)),
    lambda x, w, b: x @ w.T + b,
    {"x": lambda g, w: g @ w, "w": lambda g, x: g.T @ x, "b": lambda g: g.sum(axis=0)},
    2,
    averaged_over_the_batch={"w": lambda g, x: g.T @ x / 2, "b": lambda g: g.mean(axis=0)},
    first_example_only={"w": lambda g, x: np.outer(g[0], x[0])},
    weight_decay_included={"w": lambda g, x, w: g.T @ x + 1e-3 * w},
)
variants(
    "square matrices",
    normal((3, 3), (3, 3)),
    lambda a, b: a @ b,
    {"a": lambda g, b: g @ b.T, "b": lambda g, a: a.T @ g},
    2,
    not_transposed={"a": lambda g, b: g @ b},
    order_exchanged={"b": lambda g, a: g @ a.T},
    result_transposed={"b": lambda g, a: g.T @ a},
)
variants(
    "quadratic form",
    normal((4,), (4, 4)),
    lambda x, a: x @ a @ x,
    {"x": lambda g, x, a: g * (a + a.T) @ x, "a": lambda g, x: g * np.outer(x, x)},
    2,
    matrix_taken_as_symmetric={"x": lambda g, x, a: 2 * g * a @ x},
    one_of_two_terms={"x": lambda g, x, a: g * a @ x},
)
variants(
    "bilinear",
    normal((3,), (3, 4), (4,)),
    lambda x, w, y: x @ w @ y,
    {
        "x": lambda g, w, y: g * (w @ y),
        "w": lambda g, x, y: g * np.outer(x, y),
        "y": lambda g, x, w: g * (x @ w),
    },
    2,
    outer_product_exchanged={"w": lambda g, x, y: g * np.outer(x[::-1], y)},
)
variants(
    "inverse",
    lambda rng: [np.eye(3) * 3 + rng.normal(size=(3, 3))],
    lambda a: np.linalg.inv(a),
    {"a": lambda g, out: -out.T @ g @ out.T},
    2,
    not_transposed={"a": lambda g, out: -out @ g @ out},
    sign={"a": lambda g, out: out.T @ g @ out.T},
)
variants(
    "log-determinant",
    lambda rng: [np.eye(3) * 4 + rng.normal(size=(3, 3))],
    lambda a: np.log(np.abs(np.linalg.det(a))),
    {"a": lambda g, a: g * np.linalg.inv(a).T},
    1,
    not_transposed={"a": lambda g, a: g * np.linalg.inv(a)},
)
variants(
    "solve",
    lambda rng: [np.eye(3) * 3 + rng.normal(size=(3, 3)), rng.normal(size=3)],
    lambda a, b: np.linalg.solve(a, b),
    {
        "a": lambda g, a, out: -np.outer(np.linalg.solve(a.T, g), out),
        "b": lambda g, a: np.linalg.solve(a.T, g),
    },
    1,
    system_not_transposed={"b": lambda g, a: np.linalg.solve(a, g)},
    outer_product_exchanged={"a": lambda g, a, out: -np.outer(out, np.linalg.solve(a.T, g))},
)
variants(
    "gram matrix",
    normal((3, 4)),
    lambda x: x @ x.T,
    {"x": lambda g, x: (g + g.T) @ x},
    2,
    one_factor_only={"x": lambda g, x: g @ x},
    doubled={"x": lambda g, x: 2 * g @ x},
)
variants(
    "squared distances",
    normal((3, 2), (4, 2)),
    lambda a, b: ((a[:, None] - b[None]) ** 2).sum(axis=2),
    {
        "a": lambda g, a, b: 2 * (g[:, :, None] * (a[:, None] - b[None])).sum(axis=1),
        "b": lambda g, a, b: -2 * (g[:, :, None] * (a[:, None] - b[None])).sum(axis=0),
    },
    2,
    sign_of_the_second={
        "b": lambda g, a, b: 2 * (g[:, :, None] * (a[:, None] - b[None])).sum(axis=0)
    },
    factor_two={"a": lambda g, a, b: (g[:, :, None] * (a[:, None] - b[None])).sum(axis=1)},
)
variants(
    "gaussian kernel",
    normal((4,), (4,)),
    lambda a, b: np.exp(-0.5 * ((a - b) ** 2).sum()),
    {"a": lambda g, a, b, out: -g * out * (a - b), "b": lambda g, a, b, out: g * out * (a - b)},
    2,
    width_twice={"a": lambda g, a, b, out: -2 * g * out * (a - b)},
    kernel_left_out={"b": lambda g, a, b: g * (a - b)},
)
variants(
    "cosine similarity",
    normal((4,), (4,)),
    lambda a, b: a @ b / np.sqrt((a @ a) * (b @ b)),
    {
        "a": lambda g, a, b, out: g * (b / np.sqrt((a @ a) * (b @ b)) - out * a / (a @ a)),
        "b": lambda g, a, b, out: g * (a / np.sqrt((a @ a) * (b @ b)) - out * b / (b @ b)),
    },
    2,
    norms_constant={"a": lambda g, a, b: g * b / np.sqrt((a @ a) * (b @ b))},
    norm_of_the_other={
        "b": lambda g, a, b, out: g * (a / np.sqrt((a @ a) * (b @ b)) - out * b / (a @ a))
    },
)
variants(
    "unit vector",
    normal((4,)),
    lambda x: x / np.sqrt((x * x).sum()),
    {"x": lambda g, x, out: (g - out * (g * out).sum()) / np.sqrt((x * x).sum())},
    2,
    projection_left_out={"x": lambda g, x: g / np.sqrt((x * x).sum())},
    not_scaled={"x": lambda g, out: g - out * (g * out).sum()},
)
variants(
    "convolution",
    normal((7,), (3,)),
    lambda x, w: x[2:] * w[0] + x[1:-1] * w[1] + x[:-2] * w[2],
    {
        "x": lambda g, w: (
            np.pad(g, (2, 0)) * w[0] + np.pad(g, (1, 1)) * w[1] + np.pad(g, (0, 2)) * w[2]
        ),
        "w": lambda g, x: np.stack([(g * x[2:]).sum(), (g * x[1:-1]).sum(), (g * x[:-2]).sum()]),
    },
    2,
    kernel_not_flipped={
        "x": lambda g, w: (
            np.pad(g, (2, 0)) * w[2] + np.pad(g, (1, 1)) * w[1] + np.pad(g, (0, 2)) * w[0]
        )
    },
    weights_reversed={
        "w": lambda g, x: np.stack([(g * x[:-2]).sum(), (g * x[1:-1]).sum(), (g * x[2:]).sum()])
    },
)
