"""Slips in rules of windows, special functions and parts of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from tests.testing.slips.catalogue import (
    distinct,
    normal,
    positive,
    sigmoid,
    variants,
)
from tinygrad_w2v import special

# --- windows -------------------------------------------------------------------------------------


def correlated(x: Any, w: Any) -> Any:
    return np.einsum("ijkl,kl->ij", sliding_window_view(x, w.shape), w)


def of_image(g: Any, w: Any, *, width: int = 1) -> Any:
    return correlated(np.pad(g, ((1, 1), (width, width))), w)


variants(
    "correlation of an image",
    normal((4, 5), (2, 2)),
    correlated,
    {
        "x": lambda g, w: of_image(g, w[::-1, ::-1]),
        "w": lambda g, x: correlated(x, g),
    },
    kernel_reversed_along_one_axis={"x": lambda g, w: of_image(g, w[::-1])},
    kernel_transposed={"w": lambda g, x: correlated(x, g).T},
    kernel_averaged_over_the_places={"w": lambda g, x: correlated(x, g) / g.size},
)


def pooled(x: Any) -> Any:
    return x.reshape(2, 2, 3, 2).max(axis=(1, 3))


def spread(g: Any) -> Any:
    return np.repeat(np.repeat(g, 2, axis=0), 2, axis=1)


variants(
    "maximum of blocks",
    distinct((4, 6)),
    pooled,
    {"x": lambda g, x, out: spread(g) * (x == spread(out))},
    shared_by_the_block={"x": lambda g: spread(g) / 4},
    largest_of_the_image={"x": lambda g, x, out: spread(g) * (x == x.max())},
    largest_magnitude={
        "x": lambda g, x: spread(g) * (np.abs(x) == spread(pooled(np.abs(x)))),
    },
)


def norm_of_pairs(x: Any) -> Any:
    return (np.abs(x.reshape(-1, 2)) ** 3).sum(axis=1) ** (1 / 3)


variants(
    "3-norm of pairs",
    distinct((8,)),
    norm_of_pairs,
    {"x": lambda g, x, out: np.repeat(g / out**2, 2) * x * np.abs(x)},
    sign_lost={"x": lambda g, x, out: np.repeat(g / out**2, 2) * x * x},
    norm_not_squared={"x": lambda g, x, out: np.repeat(g / out, 2) * x * np.abs(x)},
)

# --- special functions ---------------------------------------------------------------------------

ROOT_PI = np.sqrt(np.pi)
variants(
    "inverse error function",
    lambda rng: [rng.uniform(-0.9, 0.9, 4)],
    lambda x: special.erfinv(x),
    {"x": lambda g, out: g * ROOT_PI / 2 * np.exp(out * out)},
    sign_of_the_exponent={"x": lambda g, out: g * ROOT_PI / 2 * np.exp(-out * out)},
    slope_of_the_error_function={"x": lambda g, out: g * 2 / ROOT_PI * np.exp(out * out)},
)
variants(
    "log-gamma",
    positive((5,), low=1.0, high=6.0),
    lambda x: special.gammaln(x),
    {"x": lambda g, x: g * special.digamma(x)},
    logarithm={"x": lambda g, x: g * np.log(x)},
    two_terms_of_a_series={"x": lambda g, x: g * (np.log(x) - 1 / (2 * x))},
    three_terms_of_a_series={
        "x": lambda g, x: g * (np.log(x) - 1 / (2 * x) - 1 / (12 * x * x)),
    },
)
variants(
    "bessel function of order 1",
    positive((4,)),
    lambda x: special.bessel_j1(x),
    {"x": lambda g, x, out: g * (special.bessel_j0(x) - out / x)},
    second_term_left_out={"x": lambda g, x: g * special.bessel_j0(x)},
    sign_of_the_second_term={"x": lambda g, x, out: g * (special.bessel_j0(x) + out / x)},
)
variants(
    "inverse of softplus",
    positive((5,), low=0.1),
    lambda x: np.log(np.expm1(x)),
    {"x": lambda g, x: -g / np.expm1(-x)},
    sigmoid={"x": lambda g, x: g * sigmoid(x)},
    result_for_the_input={"x": lambda g, out: -g / np.expm1(-out)},
)
variants(
    "logit",
    positive((5,), low=0.05, high=0.9),
    lambda p: np.log(p) - np.log1p(-p),
    {"p": lambda g, p: g / (p * (1 - p))},
    second_term_left_out={"p": lambda g, p: g / p},
    multiplied={"p": lambda g, p: g * p * (1 - p)},
    guarded={"p": lambda g, p: g / (p * (1 - p) + 1e-4)},
)
variants(
    "log of a sum of two exponentials",
    normal((4,), (4,)),
    lambda a, b: np.logaddexp(a, b),
    {"a": lambda g, a, b: g * sigmoid(a - b), "b": lambda g, a, b: g * sigmoid(b - a)},
    weights_exchanged={"a": lambda g, a, b: g * sigmoid(b - a)},
    equal_weights={"b": lambda g: g / 2},
)

# --- parts of arrays -----------------------------------------------------------------------------

PARTS = np.array([0, 0, 1, 1, 1])
SAME = (PARTS[:, None] == PARTS[None, :]).astype(float)


def shares(x: Any) -> Any:
    return np.exp(x) / (SAME @ np.exp(x))


variants(
    "softmax of each part",
    normal((5,)),
    shares,
    {"x": lambda g, out: out * (g - SAME @ (g * out))},
    sum_over_all_parts={"x": lambda g, out: out * (g - (g * out).sum())},
    diagonal_only={"x": lambda g, out: out * (1 - out) * g},
    mean_of_the_part={"x": lambda g, out: out * (g - SAME @ (g * out) / (SAME @ np.ones(5)))},
)


def of_part(x: Any, out: Any) -> Any:
    return out[PARTS] == x


variants(
    "largest of each part",
    distinct((5,)),
    lambda x: np.array([x[:2].max(), x[2:].max()]),
    {"x": lambda g, x, out: g[PARTS] * of_part(x, out)},
    all_of_the_part={"x": lambda g: g[PARTS]},
    parts_exchanged={"x": lambda g, x, out: g[1 - PARTS] * of_part(x, out)},
)


def top(x: Any) -> Any:
    return np.sort(x)[::-1][:3] * np.array([3.0, 2, 1])


def of_top(g: Any, order: Any) -> Any:
    found = np.zeros(6)
    found[order[:3]] = g * np.array([3.0, 2, 1])
    return found


variants(
    "three largest values",
    lambda rng: [np.array([0.1, 1.3, -0.8, 0.7, 2.2, 1.9]) + rng.uniform(-0.1, 0.1, 6)],
    top,
    {"x": lambda g, x: of_top(g, np.argsort(x)[::-1])},
    smallest={"x": lambda g, x: of_top(g, np.argsort(x))},
    first_places={"x": lambda g, x: of_top(g, np.arange(6))},
    order_lost={"x": lambda g, x: of_top(g, np.sort(np.argsort(x)[::-1][:3]))},
)


def between_two(g: Any, x: Any, low: float, high: float) -> Any:
    order, found = np.argsort(x), np.zeros(5)
    found[order[1]], found[order[2]] = g * low, g * high
    return found


variants(
    "quantile between two values",
    distinct((5,)),
    lambda x: np.quantile(x, 0.4),
    {"x": lambda g, x: between_two(g, x, 0.4, 0.6)},
    weights_exchanged={"x": lambda g, x: between_two(g, x, 0.6, 0.4)},
    lower_value_only={"x": lambda g, x: between_two(g, x, 1.0, 0.0)},
)
variants(
    "vector product",
    normal((3,), (3,)),
    lambda a, b: np.cross(a, b),
    {"a": lambda g, b: np.cross(b, g), "b": lambda g, a: np.cross(g, a)},
    order_of_the_factors={"a": lambda g, b: np.cross(g, b)},
)
variants(
    "determinant",
    lambda rng: [rng.normal(size=(3, 3)) + 2 * np.eye(3)],
    lambda a: np.linalg.det(a),
    {"a": lambda g, a, out: g * out * np.linalg.inv(a).T},
    cofactors_not_transposed={"a": lambda g, a, out: g * out * np.linalg.inv(a)},
    gradient_of_its_logarithm={"a": lambda g, a: g * np.linalg.inv(a).T},
)


def symmetric(a: Any) -> Any:
    return (a + a.T) / 2


def vectors(a: Any) -> Any:
    return np.linalg.eigh(symmetric(a))[1]


variants(
    "largest eigenvalue",
    lambda rng: [np.diag([0.0, 1, 3]) + 0.5 * rng.normal(size=(3, 3))],
    lambda a: np.linalg.eigvalsh(symmetric(a))[-1],
    {"a": lambda g, a: g * np.outer(vectors(a)[:, -1], vectors(a)[:, -1])},
    row_for_a_column={"a": lambda g, a: g * np.outer(vectors(a)[-1], vectors(a)[-1])},
    smallest={"a": lambda g, a: g * np.outer(vectors(a)[:, 0], vectors(a)[:, 0])},
    components_not_multiplied={"a": lambda g, a: g * np.diag(vectors(a)[:, -1] ** 2)},
)
