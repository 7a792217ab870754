"""Slips in losses and tables, and in second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import (
    Maker,
    Points,
    normal,
    positive,
    rules,
    sigmoid,
    slip,
    softmax,
    variants,
)
from tinygrad_w2v import special

# --- losses and tables ---

LABELS = np.array([2, -1, 0, -1])
KEPT = (LABELS >= 0)[:, None]
TARGETS = np.eye(3)[LABELS] * KEPT


def labelled(x: Any) -> Any:
    logs = np.log(softmax(x))
    return -(TARGETS * logs).sum() / 2


variants(
    "cross-entropy without the unlabelled rows",
    normal((4, 3)),
    labelled,
    {"x": lambda g, x: g * (softmax(x) * KEPT - TARGETS) / 2},
    1,
    unlabelled_rows_not_masked={"x": lambda g, x: g * (softmax(x) - TARGETS) / 2},
    divided_by_all_rows={"x": lambda g, x: g * (softmax(x) * KEPT - TARGETS) / 4},
)
LENGTHS = np.array([2, 4, 1])
PRESENT = np.arange(4) < LENGTHS[:, None]
variants(
    "loss of sequences of unequal length",
    normal((3, 4)),
    lambda x: ((x * x * PRESENT).sum(axis=1) / LENGTHS).sum(),
    {"x": lambda g, x: 2 * g * x * PRESENT / LENGTHS[:, None]},
    1,
    padding_not_masked={"x": lambda g, x: 2 * g * x / LENGTHS[:, None]},
    one_step_too_many={
        "x": lambda g, x: 2 * g * x * (np.arange(4) <= LENGTHS[:, None]) / LENGTHS[:, None]
    },
    padded_length={"x": lambda g, x: 2 * g * x * PRESENT / 4},
)
WORDS = np.array([3, 0, 1, 0])
USED = (WORDS != 0)[:, None]


def of_words(g: Any, used: Any = USED) -> Any:
    found = np.zeros((4, 2))
    np.add.at(found, WORDS, g * used)
    return found


variants(
    "table with a row for padding",
    normal((4, 2)),
    lambda w: w[WORDS] * USED,
    {"w": lambda g: of_words(g)},
    1,
    padding_gets_a_gradient={"w": lambda g: of_words(g, np.ones((4, 1)))},
    first_word_masked={"w": lambda g: of_words(g, (np.arange(4) > 0)[:, None])},
)
variants(
    "one table for words and scores",
    normal((4, 3)),
    lambda w: np.tanh(w[WORDS[:2]]) @ w.T,
    {
        "w": lambda g, w: (
            g.T @ np.tanh(w[WORDS[:2]])
            + np.eye(4)[:, WORDS[:2]] @ ((g @ w) * (1 - np.tanh(w[WORDS[:2]]) ** 2))
        )
    },
    1,
    scores_only={"w": lambda g, w: g.T @ np.tanh(w[WORDS[:2]])},
    words_only={
        "w": lambda g, w: np.eye(4)[:, WORDS[:2]] @ ((g @ w) * (1 - np.tanh(w[WORDS[:2]]) ** 2))
    },
)
variants(
    "positions of a short sequence",
    normal((3, 2), (6, 2)),
    lambda x, p: np.exp(x + p[:3]),
    {"x": lambda g, out: g * out, "p": lambda g, out: np.pad(g * out, ((0, 3), (0, 0)))},
    2,
    last_positions={"p": lambda g, out: np.pad(g * out, ((3, 0), (0, 0)))},
    shifted_by_one={"p": lambda g, out: np.pad(g * out, ((1, 2), (0, 0)))},
)
variants(
    "normal likelihood of a log-variance",
    normal((4,), (4,)),
    lambda m, s: (np.exp(-s) * m * m + s).sum() / 2,
    {
        "m": lambda g, m, s: g * np.exp(-s) * m,
        "s": lambda g, m, s: g * (1 - np.exp(-s) * m * m) / 2,
    },
    2,
    sign_of_the_fit={"s": lambda g, m, s: g * (1 + np.exp(-s) * m * m) / 2},
    deviation_for_variance={"s": lambda g, m, s: g * (1 - 2 * np.exp(-s) * m * m) / 2},
    log_variance_not_negated={"m": lambda g, m, s: g * np.exp(s) * m},
)
variants(
    "logarithm of the beta function",
    positive((3,), (3,)),
    lambda a, b: special.gammaln(a) + special.gammaln(b) - special.gammaln(a + b),
    {
        "a": lambda g, a, b: g * (special.digamma(a) - special.digamma(a + b)),
        "b": lambda g, a, b: g * (special.digamma(b) - special.digamma(a + b)),
    },
    1,
    sum_left_out={"a": lambda g, a: g * special.digamma(a)},
    logarithm_for_one_term={"b": lambda g, a, b: g * (special.digamma(b) - np.log(a + b))},
)
variants(
    "box of two corners",
    positive((2,), (2,), low=1.0, high=2.0),
    lambda low, high: np.prod(low + high),
    {
        "low": lambda g, low, high: g * np.flip(low + high),
        "high": lambda g, low, high: g * np.flip(low + high),
    },
    2,
    own_side={"low": lambda g, low, high: g * (low + high)},
    sides_of_another_box={"high": lambda g, low, high: g * np.flip(high - low)},
)

# --- second derivatives ---


def by_op(subject: str, points: Points, forward: Any, slope: Any, right: Any, wrong: Any) -> None:
    """Add a slip of an op whose rule is an op, ``g * slope``, with a wrong rule of its own."""

    def make(second: Any) -> Maker:
        def maker() -> Any:
            inner = unregistered(slope, x=second)
            return unregistered(forward, x=lambda g, x: g * inner(x))

        return maker

    slip(f"slope as an op: {subject}", points, make(wrong), make(right), order=2)


by_op(
    "sigmoid of a softplus",
    normal((4,)),
    lambda x: np.log1p(np.exp(x)),
    lambda x: sigmoid(x),
    lambda g, out: g * out * (1 - out),
    lambda g, out: g * out * (1 + out),
)
by_op(
    "cosine of a sine",
    normal((4,)),
    lambda x: np.sin(x),
    lambda x: np.cos(x),
    lambda g, x: -g * np.sin(x),
    lambda g, x: g * np.sin(x),
)
by_op(
    "inverse of a logarithm",
    positive((4,)),
    lambda x: np.log(x),
    lambda x: 1 / x,
    lambda g, x: -g / x**2,
    lambda g, x: -g / x,
)
by_op(
    "tail of a normal distribution",
    lambda rng: [rng.uniform(-4, 4, 5)],
    lambda x: special.ndtr(x),
    lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    lambda g, x, out: -g * x * out,
    lambda g, x, out: np.where(np.abs(x) < 1, -g * x * out, 0.0),
)
slip(
    "second order: a square in the rule is a constant",
    normal((3,), (3,)),
    rules(
        lambda a, b: a / b,
        a=lambda g, b: g / b,
        b=lambda g, a, b: -g * a / _values(b) ** 2,
    ),
    rules(lambda a, b: a / b, a=lambda g, b: g / b, b=lambda g, a, b: -g * a / b**2),
    order=2,
)


def _values(x: Any) -> Any:
    return x.detach().numpy() if isinstance(x, tg.Tensor) else x
