"""Slips in the rules of element-wise functions, broadcasting and reductions."""

from __future__ import annotations

import numpy as np

from tests.testing.slips.catalogue import (
    distinct,
    normal,
    ones,
    positive,
    sigmoid,
    variants,
)

# --- activations ---------------------------------------------------------------------------------

variants(
    "swish",
    normal((5,)),
    lambda x: x * sigmoid(x),
    {"x": lambda g, x: g * (sigmoid(x) + x * sigmoid(x) * (1 - sigmoid(x)))},
    2,
    product_rule_forgotten={"x": lambda g, x: g * sigmoid(x)},
    slope_of_sigmoid_without_factor={
        "x": lambda g, x: g * (sigmoid(x) + sigmoid(x) * (1 - sigmoid(x)))
    },
)
variants(
    "mish",
    normal((5,)),
    lambda x: x * np.tanh(np.log1p(np.exp(x))),
    {
        "x": lambda g, x: (
            g
            * (
                np.tanh(np.log1p(np.exp(x)))
                + x * sigmoid(x) * (1 - np.tanh(np.log1p(np.exp(x))) ** 2)
            )
        )
    },
    2,
    chain_stops_at_tanh={
        "x": lambda g, x: (
            g * (np.tanh(np.log1p(np.exp(x))) + x * (1 - np.tanh(np.log1p(np.exp(x))) ** 2))
        )
    },
)
variants(
    "gelu by tanh",
    normal((6,)),
    lambda x: 0.5 * x * (1 + np.tanh(0.79788456 * (x + 0.044715 * x**3))),
    {
        "x": lambda g, x: (
            g
            * (
                0.5 * (1 + np.tanh(0.79788456 * (x + 0.044715 * x**3)))
                + 0.5
                * x
                * (1 - np.tanh(0.79788456 * (x + 0.044715 * x**3)) ** 2)
                * 0.79788456
                * (1 + 0.134145 * x**2)
            )
        )
    },
    2,
    cubic_term_not_tripled={
        "x": lambda g, x: (
            g
            * (
                0.5 * (1 + np.tanh(0.79788456 * (x + 0.044715 * x**3)))
                + 0.5
                * x
                * (1 - np.tanh(0.79788456 * (x + 0.044715 * x**3)) ** 2)
                * 0.79788456
                * (1 + 0.044715 * x**2)
            )
        )
    },
    rounded_constant={
        "x": lambda g, x: (
            g
            * (
                0.5 * (1 + np.tanh(0.7979 * (x + 0.044715 * x**3)))
                + 0.5
                * x
                * (1 - np.tanh(0.7979 * (x + 0.044715 * x**3)) ** 2)
                * 0.7979
                * (1 + 0.134145 * x**2)
            )
        )
    },
)
variants(
    "leaky relu",
    distinct((7,)),
    lambda x: np.where(x > 0, x, 0.1 * x),
    {"x": lambda g, x: g * np.where(x > 0, 1.0, 0.1)},
    1,
    slope_lost_below_zero={"x": lambda g, x: g * (x > 0)},
    slope_from_another_default={"x": lambda g, x: g * np.where(x > 0, 1.0, 0.01)},
    branches_swapped={"x": lambda g, x: g * np.where(x > 0, 0.1, 1.0)},
)
variants(
    "elu",
    distinct((7,)),
    lambda x: np.where(x > 0, x, 0.7 * np.expm1(x)),
    {"x": lambda g, x: g * np.where(x > 0, 1.0, 0.7 * np.exp(x))},
    1,
    alpha_forgotten={"x": lambda g, x: g * np.where(x > 0, 1.0, np.exp(x))},
    result_reused_without_alpha={"x": lambda g, x, out: g * np.where(x > 0, 1.0, out + 1)},
)
variants(
    "hard sigmoid",
    lambda rng: [3.5 * rng.normal(size=9) + 0.01],
    lambda x: np.clip(x / 6 + 0.5, 0, 1),
    {"x": lambda g, x: g / 6 * (np.abs(x) < 3)},
    1,
    limits_of_another_scale={"x": lambda g, x: g / 6 * (np.abs(x) < 6)},
    slope_forgotten={"x": lambda g, x: g * (np.abs(x) < 3)},
)
variants(
    "softsign",
    normal((5,)),
    lambda x: x / (1 + np.abs(x)),
    {"x": lambda g, x: g / (1 + np.abs(x)) ** 2},
    1,
    not_squared={"x": lambda g, x: g / (1 + np.abs(x))},
)
variants(
    "softplus with beta",
    normal((5,)),
    lambda x: np.log1p(np.exp(3 * x)) / 3,
    {"x": lambda g, x: g * sigmoid(3 * x)},
    2,
    beta_lost_inside={"x": lambda g, x: g * sigmoid(x)},
    beta_lost_outside={"x": lambda g, x: 3 * g * sigmoid(3 * x)},
)
variants(
    "sinc",
    positive((5,)),
    lambda x: np.sin(x) / x,
    {"x": lambda g, x: g * (np.cos(x) / x - np.sin(x) / x**2)},
    2,
    sign_of_second_term={"x": lambda g, x: g * (np.cos(x) / x + np.sin(x) / x**2)},
)
variants(
    "glu",
    normal((3, 4), (3, 4)),
    lambda a, b: a * sigmoid(b),
    {"a": lambda g, b: g * sigmoid(b), "b": lambda g, a, b: g * a * sigmoid(b) * (1 - sigmoid(b))},
    2,
    gate_without_slope={"b": lambda g, a, b: g * a * sigmoid(b)},
    halves_exchanged={
        "a": lambda g, a, b: g * a * sigmoid(b) * (1 - sigmoid(b)),
        "b": lambda g, b: g * sigmoid(b),
    },
)

# --- binary functions ----------------------------------------------------------------------------

variants(
    "power",
    positive((4,), (4,)),
    lambda a, b: a**b,
    {"a": lambda g, a, b: g * b * a ** (b - 1), "b": lambda g, a, out: g * out * np.log(a)},
    2,
    exponent_not_lowered={"a": lambda g, a, b: g * b * a**b},
    logarithm_of_the_exponent={"b": lambda g, b, out: g * out * np.log(b)},
)
variants(
    "quotient",
    positive((4,), (4,)),
    lambda a, b: a / b,
    {"a": lambda g, b: g / b, "b": lambda g, a, b: -g * a / b**2},
    2,
    sign_of_the_denominator={"b": lambda g, a, b: g * a / b**2},
    denominator_not_squared={"b": lambda g, a, b: -g * a / b},
)
variants(
    "hypotenuse",
    positive((4,), (4,)),
    lambda a, b: np.sqrt(a * a + b * b),
    {"a": lambda g, a, out: g * a / out, "b": lambda g, b, out: g * b / out},
    2,
    half_kept={"a": lambda g, a, out: g * a / (2 * out)},
    the_other_leg={"b": lambda g, a, out: g * a / out},
)
variants(
    "angle",
    positive((4,), (4,)),
    lambda a, b: np.arctan(a / b),
    {"a": lambda g, a, b: g * b / (a * a + b * b), "b": lambda g, a, b: -g * a / (a * a + b * b)},
    2,
    both_positive={"b": lambda g, a, b: g * a / (a * a + b * b)},
)
variants(
    "relative error",
    positive((5,), (5,)),
    lambda a, b: (a - b) ** 2 / b,
    {"a": lambda g, a, b: 2 * g * (a - b) / b, "b": lambda g, a, b: -g * (a * a - b * b) / b**2},
    2,
    denominator_constant={"b": lambda g, a, b: -2 * g * (a - b) / b},
)
variants(
    "maximum",
    distinct((3, 4), (3, 4)),
    lambda a, b: np.maximum(a, b),
    {"a": lambda g, a, b: g * (a > b), "b": lambda g, a, b: g * (b > a)},
    1,
    gradient_to_both={"b": lambda g: g * 1.0},
    gradient_to_the_smaller={"a": lambda g, a, b: g * (a < b)},
)

# --- broadcasting and reductions -----------------------------------------------------------------

variants(
    "scale and shift",
    normal((3, 4), (4,), (4,)),
    lambda x, w, b: x * w + b,
    {"x": lambda g, w: g * w, "w": lambda g, x: (g * x).sum(axis=0), "b": lambda g: g.sum(axis=0)},
    2,
    averaged_bias={"b": lambda g: g.mean(axis=0)},
    weight_without_input={"w": lambda g: g.sum(axis=0)},
    last_row_only={"b": lambda g: g[-1] * 1.0},
)
variants(
    "mean over rows",
    normal((3, 4)),
    lambda x: x.mean(axis=0),
    {"x": lambda g, x: ones(g, x) / 3},
    1,
    divided_by_the_other_axis={"x": lambda g, x: ones(g, x) / 4},
    divided_by_all={"x": lambda g, x: ones(g, x) / 12},
)
variants(
    "variance",
    normal((6,)),
    lambda x: x.var(ddof=1),
    {"x": lambda g, x: g * 2 * (x - x.mean()) / 5},
    2,
    other_degrees_of_freedom={"x": lambda g, x: g * 2 * (x - x.mean()) / 6},
    not_centred={"x": lambda g, x: g * 2 * x / 5},
)
variants(
    "standard deviation",
    normal((5,)),
    lambda x: x.std(),
    {"x": lambda g, x, out: g * (x - x.mean()) / (5 * out)},
    2,
    of_the_variance={"x": lambda g, x: g * 2 * (x - x.mean()) / 5},
    factor_two_kept={"x": lambda g, x, out: 2 * g * (x - x.mean()) / (5 * out)},
)
variants(
    "product of all",
    positive((5,)),
    lambda x: np.prod(x),
    {"x": lambda g, x, out: g * out / x},
    2,
    own_factor_kept={"x": lambda g, x, out: g * out * np.ones(5)},
    divided_by_square={"x": lambda g, x, out: g * out / x**2},
)
variants(
    "norm over rows",
    normal((3, 4)),
    lambda x: np.sqrt((x * x).sum(axis=1)),
    {"x": lambda g, x, out: (g / out)[:, None] * x},
    2,
    norm_of_all={"x": lambda g, x: g[:, None] * x / np.sqrt((x * x).sum())},
    norm_squared={"x": lambda g, x, out: (g / out**2)[:, None] * x},
)
variants(
    "logsumexp",
    normal((3, 4)),
    lambda x: np.log(np.exp(x).sum(axis=1)),
    {"x": lambda g, x, out: g[:, None] * np.exp(x - out[:, None])},
    2,
    softmax_over_the_other_axis={"x": lambda g, x: g[:, None] * np.exp(x) / np.exp(x).sum(axis=0)},
    not_normalised={"x": lambda g, x: g[:, None] * np.exp(x)},
)
variants(
    "maximum of rows",
    distinct((3, 4)),
    lambda x: x.max(axis=1),
    {"x": lambda g, x, out: g[:, None] * (x == out[:, None])},
    1,
    maximum_of_all={"x": lambda g, x: g[:, None] * (x == x.max())},
    signs_instead_of_places={"x": lambda g, x: g[:, None] * (x > 0)},
)
variants(
    "cumulative sum",
    normal((6,)),
    lambda x: np.cumsum(x),
    {"x": lambda g: np.flip(np.cumsum(np.flip(g, 0)), 0)},
    1,
    summed_forwards={"x": lambda g: np.cumsum(g)},
    reversed_once={"x": lambda g: np.cumsum(np.flip(g, 0))},
)
variants(
    "moving average",
    normal((7,)),
    lambda x: (x[2:] + x[1:-1] + x[:-2]) / 3,
    {"x": lambda g: (np.pad(g, (2, 0)) + np.pad(g, (1, 1)) + np.pad(g, (0, 2))) / 3},
    1,
    edges_left_out={"x": lambda g: np.pad(g, (1, 1)) * 1.0},
    one_shift_repeated={"x": lambda g: (np.pad(g, (1, 1)) * 2 + np.pad(g, (0, 2))) / 3},
)
variants(
    "differences",
    normal((6,)),
    lambda x: x[1:] - x[:-1],
    {"x": lambda g: np.pad(g, (1, 0)) - np.pad(g, (0, 1))},
    1,
    ends_exchanged={"x": lambda g: np.pad(g, (0, 1)) - np.pad(g, (1, 0))},
)
