"""Slips in rules of layers, scans, products, losses and tails."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.testing.slips.catalogue import distinct, normal, positive, sigmoid, softmax, variants
from tinygrad_w2v import special

# --- broadcasting ---

variants(
    "bias over batch and time",
    normal((2, 3, 4), (4,)),
    lambda x, b: np.tanh(x + b),
    {
        "x": lambda g, out: g * (1 - out * out),
        "b": lambda g, out: (g * (1 - out * out)).sum(axis=(0, 1)),
    },
    2,
    summed_over_time_averaged_over_the_batch={
        "b": lambda g, out: (g * (1 - out * out)).sum(axis=1).mean(axis=0)
    },
    first_time_only={"b": lambda g, out: (g * (1 - out * out))[:, 0].sum(axis=0)},
)
variants(
    "column times row",
    normal((3, 1), (1, 4)),
    lambda a, b: a * b,
    {
        "a": lambda g, b: (g * b).sum(axis=1, keepdims=True),
        "b": lambda g, a: (g * a).sum(axis=0, keepdims=True),
    },
    2,
    summed_before_the_product={
        "a": lambda g, b: g.sum(axis=1, keepdims=True) * b.mean(axis=1, keepdims=True)
    },
    not_summed={"b": lambda g, a: (g * a)[:1]},
)
variants(
    "temperature of a softmax",
    lambda rng: [rng.normal(size=(2, 4)), rng.uniform(0.5, 2, 1)],
    lambda x, t: softmax(x / t),
    {
        "x": lambda g, t, out: out * (g - (g * out).sum(axis=-1, keepdims=True)) / t,
        "t": lambda g, x, t, out: (
            -(out * (g - (g * out).sum(axis=-1, keepdims=True)) * x).sum(keepdims=True)[0] / t**2
        ),
    },
    temperature_not_squared={
        "t": lambda g, x, t, out: (
            -(out * (g - (g * out).sum(axis=-1, keepdims=True)) * x).sum(keepdims=True)[0] / t
        )
    },
    centred_over_all_rows={"x": lambda g, t, out: out * (g - (g * out).sum() / 2) / t},
)

# --- scans ---

COUNTS = np.arange(1.0, 7)


def back(g: Any) -> Any:
    """Return the sums of each value and those after it."""
    return np.flip(np.cumsum(np.flip(g)))


variants(
    "mean of all values so far",
    normal((6,)),
    lambda x: np.cumsum(x) / COUNTS,
    {"x": lambda g: back(g / COUNTS)},
    1,
    divided_after_the_sum={"x": lambda g: back(g) / COUNTS},
    counts_from_zero={"x": lambda g: back(g / np.maximum(COUNTS - 1, 1))},
    own_value_left_out={"x": lambda g: back(g / COUNTS) - g / COUNTS},
)
variants(
    "product of all values so far",
    positive((5,)),
    lambda x: np.cumprod(x),
    {"x": lambda g, x, out: back(g * out) / x},
    1,
    not_reversed={"x": lambda g, x, out: np.cumsum(g * out) / x},
    last_value_left_out={"x": lambda g, x, out: (back(g * out) - g[-1] * out[-1]) / x},
    divided_by_the_result={"x": lambda g, x, out: back(g * out) / out},
)
DECAY = 0.7
LAGS = np.arange(6)[:, None] - np.arange(6)
KERNEL = np.where(LAGS >= 0, (1 - DECAY) * DECAY ** np.maximum(LAGS, 0), 0.0)
variants(
    "exponential average",
    normal((6,)),
    lambda x: KERNEL @ x,
    {"x": lambda g: KERNEL.T @ g},
    1,
    forward_in_time={"x": lambda g: KERNEL @ g},
    power_off_by_one={"x": lambda g: KERNEL.T @ g * DECAY},
    weight_of_the_input_forgotten={"x": lambda g: KERNEL.T @ g / (1 - DECAY)},
    own_step_only={"x": lambda g: (1 - DECAY) * g},
)
variants(
    "log of a running sum",
    normal((5,)),
    lambda x: np.log(np.cumsum(np.exp(x))),
    {"x": lambda g, x, out: np.exp(x) * back(g * np.exp(-out))},
    2,
    own_share_only={"x": lambda g, x, out: g * np.exp(x - out)},
    share_of_the_last={"x": lambda g, x, out: np.exp(x - out[-1]) * back(g)},
)


def window_max(x: Any) -> Any:
    return np.maximum(np.maximum(x[:-2], x[1:-1]), x[2:])


def of_window(g: Any, x: Any, out: Any, shift: int = 0, reach: int = 3) -> Any:
    found = np.zeros(len(x))
    for k in range(reach):
        part = slice(k, k + len(g))
        found[np.arange(len(x))[part] - shift] += g * (x[part] == out)
    return found


variants(
    "maximum of a sliding window",
    lambda rng: [np.array([0.4, -1, 1.2, 2, -0.3, -2, 0.8, -1.5]) + rng.uniform(-0.1, 0.1, 8)],
    window_max,
    {"x": lambda g, x, out: of_window(g, x, out)},
    1,
    one_place_early={"x": lambda g, x, out: of_window(g, x, out, shift=1)},
    window_too_short={"x": lambda g, x, out: of_window(g, x, out, reach=2)},
)

# --- windows, orders and parts ---


def strided(x: Any, w: Any) -> Any:
    padded = np.pad(x, (1, 1))
    return np.stack([padded[k : k + 3] @ w for k in range(0, 7, 2)])


def of_signal(g: Any, w: Any, stride: int = 2, cut: int = 1) -> Any:
    found = np.zeros(10)
    for k, value in enumerate(g):
        found[stride * k : stride * k + 3] += value * w
    return found[cut : cut + 7]


def of_kernel(g: Any, x: Any, pad: tuple[int, int] = (1, 1), stride: int = 2) -> Any:
    padded = np.pad(x, pad)
    return sum(value * padded[stride * k : stride * k + 3] for k, value in enumerate(g))


variants(
    "convolution with stride and border",
    normal((7,), (3,)),
    strided,
    {"x": lambda g, w: of_signal(g, w), "w": lambda g, x: of_kernel(g, x)},
    1,
    border_not_removed={"x": lambda g, w: of_signal(g, w, cut=0)},
    stride_forgotten={"x": lambda g, w: of_signal(g, w, stride=1)},
    border_on_one_side={"w": lambda g, x: of_kernel(g, x, (0, 2))},
    stride_forgotten_for_the_kernel={"w": lambda g, x: of_kernel(g, x, stride=1)},
)
variants(
    "filter of each channel, dilated",
    normal((2, 6), (2, 2)),
    lambda x, w: x[:, :-2] * w[:, :1] + x[:, 2:] * w[:, 1:],
    {
        "x": lambda g, w: (
            np.pad(g, ((0, 0), (0, 2))) * w[:, :1] + np.pad(g, ((0, 0), (2, 0))) * w[:, 1:]
        ),
        "w": lambda g, x: np.stack([(g * x[:, :-2]).sum(axis=1), (g * x[:, 2:]).sum(axis=1)], 1),
    },
    1,
    dilation_forgotten={
        "w": lambda g, x: np.stack([(g * x[:, :-2]).sum(axis=1), (g * x[:, 1:-1]).sum(axis=1)], 1)
    },
    summed_over_the_channels={
        "w": lambda g, x: (
            np.stack([(g * x[:, :-2]).sum(axis=1), (g * x[:, 2:]).sum(axis=1)], 1)
            .sum(axis=0, keepdims=True)
            .repeat(2, axis=0)
        )
    },
)
variants(
    "three axes in a circle",
    normal((3, 3, 3)),
    lambda x: np.transpose(x, (1, 2, 0)) ** 2,
    {"x": lambda g, x: 2 * x * np.transpose(g, (2, 0, 1))},
    2,
    same_order_again={"x": lambda g, x: 2 * x * np.transpose(g, (1, 2, 0))},
    reversed_axes={"x": lambda g, x: 2 * x * np.transpose(g, (2, 1, 0))},
)
variants(
    "two parts joined",
    normal((2, 2), (3, 2)),
    lambda a, b: np.concatenate([a, b]) ** 2,
    {"a": lambda g, a: 2 * a * g[:2], "b": lambda g, b: 2 * b * g[2:]},
    2,
    second_part_too_early={"b": lambda g, b: 2 * b * g[1:4]},
    parts_from_the_end={"a": lambda g, a: 2 * a * g[-2:]},
)
variants(
    "blocks moved to channels",
    normal((4, 4)),
    lambda x: x.reshape(2, 2, 2, 2).transpose(1, 3, 0, 2).reshape(4, 4) * 1.5,
    {"x": lambda g: 1.5 * g.reshape(2, 2, 2, 2).transpose(2, 0, 3, 1).reshape(4, 4)},
    1,
    forward_applied_again={
        "x": lambda g: 1.5 * g.reshape(2, 2, 2, 2).transpose(1, 3, 0, 2).reshape(4, 4)
    },
    only_reshaped={"x": lambda g: 1.5 * g},
)
variants(
    "keys shared by two heads",
    normal((4, 3, 2), (2, 3, 2)),
    lambda q, k: np.einsum("hid,hjd->hij", q, np.repeat(k, 2, axis=0)),
    {
        "q": lambda g, k: np.einsum("hij,hjd->hid", g, np.repeat(k, 2, axis=0)),
        "k": lambda g, q: np.einsum("hij,hid->hjd", g, q).reshape(2, 2, 3, 2).sum(axis=1),
    },
    1,
    heads_in_another_order={
        "k": lambda g, q: np.einsum("hij,hid->hjd", g, q).reshape(2, 2, 3, 2).sum(axis=0)
    },
    keys_tiled={"q": lambda g, k: np.einsum("hij,hjd->hid", g, np.tile(k, (2, 1, 1)))},
    queries_for_keys={
        "k": lambda g, q: np.einsum("hij,hjd->hid", g, q).reshape(2, 2, 3, 2).sum(axis=1)
    },
)

# --- matrices ---


def spread(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(size=(3, 3)) + 3 * np.eye(3), rng.normal(size=3)]


variants(
    "lower system",
    spread,
    lambda a, b: np.linalg.solve(np.tril(a), b),
    {
        "a": lambda g, a, out: -np.tril(np.outer(np.linalg.solve(np.tril(a).T, g), out)),
        "b": lambda g, a: np.linalg.solve(np.tril(a).T, g),
    },
    1,
    upper_part_kept={"a": lambda g, a, out: -np.outer(np.linalg.solve(np.tril(a).T, g), out)},
    whole_matrix={"b": lambda g, a: np.linalg.solve(a.T, g)},
)


def definite(rng: np.random.Generator) -> list[Any]:
    a = rng.normal(size=(3, 3))
    return [a @ a.T + np.eye(3)]


def of_cholesky(g: Any, low: Any, diagonal: float = 0.5, side: int = 1) -> Any:
    middle = np.tril(low.T @ g)
    middle = middle - (1 - diagonal) * np.diag(np.diag(middle))
    inverse = np.linalg.inv(low)
    found = inverse.T @ middle @ inverse if side else inverse @ middle @ inverse.T
    return (found + found.T) / 2


variants(
    "cholesky factor",
    definite,
    lambda a: np.linalg.cholesky((a + a.T) / 2),
    {"a": lambda g, out: of_cholesky(g, out)},
    1,
    diagonal_not_halved={"a": lambda g, out: of_cholesky(g, out, diagonal=1.0)},
    inverses_exchanged={"a": lambda g, out: of_cholesky(g, out, side=0)},
)


def factors(x: Any, left: bool = True) -> Any:
    u, _, v = np.linalg.svd(x)
    return u @ v if left else v @ u


variants(
    "sum of singular values",
    lambda rng: [rng.normal(size=(3, 3))],
    lambda x: np.linalg.svd(x, compute_uv=False).sum(),
    {"x": lambda g, x: g * factors(x)},
    1,
    factors_exchanged={"x": lambda g, x: g * factors(x, left=False)},
    transposed={"x": lambda g, x: g * factors(x).T},
)

# --- activations with tails and parameters ---

variants(
    "log of a normal tail",
    lambda rng: [rng.uniform(-9, 1, 6)],
    lambda x: special.log_ndtr(x),
    {"x": lambda g, x, out: g * np.exp(-x * x / 2 - out) / np.sqrt(2 * np.pi)},
    1,
    first_term_of_its_tail={
        "x": lambda g, x, out: (
            g * np.where(x < -2, -x, np.exp(-x * x / 2 - out) / np.sqrt(2 * np.pi))
        )
    },
    constant_of_the_error_function={
        "x": lambda g, x, out: g * np.exp(-x * x / 2 - out) / np.sqrt(np.pi)
    },
    two_terms_of_its_tail={
        "x": lambda g, x, out: (
            g * np.where(x < -2, -x - 1 / x, np.exp(-x * x / 2 - out) / np.sqrt(2 * np.pi))
        )
    },
)
variants(
    "softplus, linear far out",
    lambda rng: [np.array([-3.0, 0.5, 6, 9]) + rng.uniform(-0.4, 0.4, 4)],
    lambda x: np.log1p(np.exp(x)),
    {"x": lambda g, x: g * sigmoid(x)},
    2,
    linear_too_early={"x": lambda g, x: g * np.where(x > 5, 1.0, sigmoid(x))},
    zero_below={"x": lambda g, x: g * np.where(x < -2, 0.0, sigmoid(x))},
)
variants(
    "snake",
    positive((5,), (5,)),
    lambda x, a: x + np.sin(a * x) ** 2 / a,
    {
        "x": lambda g, x, a: g * (1 + np.sin(2 * a * x)),
        "a": lambda g, x, a: g * (x * np.sin(2 * a * x) / a - (np.sin(a * x) / a) ** 2),
    },
    2,
    denominator_constant={"a": lambda g, x, a: g * x * np.sin(2 * a * x) / a},
    angle_not_doubled={"x": lambda g, x, a: g * (1 + np.sin(a * x))},
)
variants(
    "slope learned for each channel",
    lambda rng: [*distinct((3, 4))(rng), rng.uniform(0.1, 0.4, (3, 1))],
    lambda x, a: np.where(x > 0, x, a * x),
    {
        "x": lambda g, x, a: g * np.where(x > 0, 1.0, a),
        "a": lambda g, x: (g * np.where(x > 0, 0.0, x)).sum(axis=1, keepdims=True),
    },
    1,
    positive_values_included={"a": lambda g, x: (g * x).sum(axis=1, keepdims=True)},
    slope_of_the_first_channel={"x": lambda g, x, a: g * np.where(x > 0, 1.0, a[0, 0])},
    sign_below_zero={"x": lambda g, x, a: g * np.where(x > 0, 1.0, -a)},
)
variants(
    "square root of a square and a width",
    normal((4,), (1,)),
    lambda x, b: (x + np.sqrt(x * x + b * b + 1)) / 2,
    {
        "x": lambda g, x, b: g * (1 + x / np.sqrt(x * x + b * b + 1)) / 2,
        "b": lambda g, x, b: (g * b / np.sqrt(x * x + b * b + 1)).sum(keepdims=True) / 2,
    },
    2,
    one_of_two_halves={
        "b": lambda g, x, b: (g * b / np.sqrt(x * x + b * b + 1)).sum(keepdims=True)
    },
    width_left_out={"x": lambda g, x, b: g * (1 + x / np.sqrt(x * x + 1)) / 2},
)
variants(
    "expectile",
    distinct((6,)),
    lambda x: np.where(x > 0, 0.8, 0.2) * x * x,
    {"x": lambda g, x: 2 * g * np.where(x > 0, 0.8, 0.2) * x},
    1,
    weights_exchanged={"x": lambda g, x: 2 * g * np.where(x > 0, 0.2, 0.8) * x},
    sign_of_one_branch={"x": lambda g, x: 2 * g * np.where(x > 0, 0.8, 0.2) * np.abs(x)},
    one_weight={"x": lambda g, x: 2 * g * 0.8 * x},
)
