"""Slips in one part of many values, in one of several outputs, and in whole models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.slips.catalogue import (
    Points,
    distinct,
    function,
    normal,
    positive,
    rules,
    sigmoid,
    slip,
    softmax,
    variants,
)
from tinygrad_w2v.autograd import grad
from tinygrad_w2v.testing import Verdict

# --- one part of many values ---


def but(array: Any, place: Any, factor: float = 0.0) -> Any:
    """Return a copy in which the values at a place are multiplied by a factor."""
    changed = np.array(array)
    changed[place] *= factor
    return changed


variants(
    "sine of 300 values, in blocks of 64",
    normal((300,)),
    lambda x: np.sin(x),
    {"x": lambda g, x: g * np.cos(x)},
    1,
    last_block_left_out={"x": lambda g, x: but(g * np.cos(x), slice(256, None))},
    last_value_left_out={"x": lambda g, x: but(g * np.cos(x), -1)},
    seam_counted_twice={"x": lambda g, x: but(g * np.cos(x), slice(63, None, 64), 2.0)},
)
variants(
    "layer of 20 by 30",
    normal((8, 20), (20, 30), (30,)),
    lambda x, w, b: np.tanh(x @ w + b),
    {
        "x": lambda g, out, w: (g * (1 - out * out)) @ w.T,
        "w": lambda g, out, x: x.T @ (g * (1 - out * out)),
        "b": lambda g, out: (g * (1 - out * out)).sum(axis=0),
    },
    1,
    last_example_left_out={"w": lambda g, out, x: x[:-1].T @ (g * (1 - out * out))[:-1]},
    last_unit_left_out={"b": lambda g, out: but((g * (1 - out * out)).sum(axis=0), -1)},
    first_feature_left_out={"x": lambda g, out, w: but((g * (1 - out * out)) @ w.T, (..., 0))},
    one_weight_off_by_a_hundredth={
        "w": lambda g, out, x: but(x.T @ (g * (1 - out * out)), (7, 11), 1.01)
    },
)
variants(
    "gram matrix of 14 rows",
    normal((14, 9)),
    lambda x: x @ x.T,
    {"x": lambda g, x: (g + g.T) @ x},
    1,
    diagonal_counted_once={"x": lambda g, x: (g + g.T) @ x - np.diag(g)[:, None] * x},
    lower_half_only={"x": lambda g, x: 2 * np.tril(g) @ x},
)


def reflected(x: Any) -> Any:
    return np.pad(x, 1, mode="reflect")[:, ::-1] * 1.5


def of_border(g: Any, corners: float = 1.0) -> Any:
    found = 1.5 * g[:, ::-1].copy()
    found[np.ix_([0, -1], [0, -1])] *= corners
    for _ in range(2):
        found[2] += found[0]
        found[-3] += found[-1]
        found = found[1:-1].T
    return found


variants(
    "image with a reflected border",
    normal((9, 12)),
    reflected,
    {"x": lambda g: of_border(g)},
    1,
    corners_left_out={"x": lambda g: of_border(g, 0.0)},
    corners_counted_twice={"x": lambda g: of_border(g, 2.0)},
    border_left_out={"x": lambda g: 1.5 * g[1:-1, -2:0:-1]},
)


def four_heads(x: Any, w: Any) -> Any:
    return np.concatenate([softmax(x @ w[k] @ x.T) @ x for k in range(4)], axis=1)


def of_heads(g: Any, x: Any, w: Any, heads: int = 4) -> Any:
    found = np.zeros((4, 4, 4))
    for k in range(heads):
        p, own = softmax(x @ w[k] @ x.T), g[:, 4 * k : 4 * k + 4] @ x.T
        found[k] = x.T @ (p * (own - (p * own).sum(axis=1, keepdims=True))) @ x
    return found


TOKENS = np.linspace(-1, 1, 24).reshape(6, 4) ** 3 * 2
variants(
    "four heads of attention",
    normal((4, 4, 4)),
    lambda w: four_heads(TOKENS, w),
    {"w": lambda g, w: of_heads(g, TOKENS, w)},
    1,
    last_head_left_out={"w": lambda g, w: of_heads(g, TOKENS, w, 3)},
)
ROWS = np.arange(60) * 7 % 40


def gathered(g: Any, x: Any, rows: Any = ROWS, skip: int = 60) -> Any:
    found = np.zeros(x.shape)
    np.add.at(found, rows[:skip], (2 * g * x[ROWS])[:skip])
    return found


variants(
    "sixty rows of forty",
    normal((40, 5)),
    lambda x: x[ROWS] ** 2,
    {"x": lambda g, x: gathered(g, x)},
    1,
    second_use_left_out={"x": lambda g, x: gathered(g, x, skip=40)},
    last_use_left_out={"x": lambda g, x: gathered(g, x, skip=59)},
    two_rows_exchanged={"x": lambda g, x: gathered(g, x, np.where(ROWS == 7, 8, ROWS))},
)
variants(
    "limits of rare values",
    lambda rng: [np.where(np.arange(150) % 50 == 7, 5.0, 0.5) + rng.uniform(-0.3, 0.3, 150)],
    lambda x: np.minimum(x * x, 9.0),
    {"x": lambda g, x: 2 * g * x * (x < 3)},
    1,
    limit_not_masked={"x": lambda g, x: 2 * g * x},
    limit_of_the_square={"x": lambda g, x: 2 * g * x * (x < 9)},
)
variants(
    "states of 60 steps",
    lambda rng: [rng.normal(size=60)],
    lambda x: np.stack([(0.8 ** np.arange(t, -1, -1) * x[: t + 1]).sum() for t in range(60)]),
    {"x": lambda g: np.array([(0.8 ** np.arange(60 - t) * g[t:]).sum() for t in range(60)])},
    1,
    truncated_after_eight={
        "x": lambda g: np.array([(0.8 ** np.arange(60 - t) * g[t:])[:8].sum() for t in range(60)])
    },
    truncated_after_forty={
        "x": lambda g: np.array([(0.8 ** np.arange(60 - t) * g[t:])[:40].sum() for t in range(60)])
    },
    last_step_left_out={
        "x": lambda g: np.array([(0.8 ** np.arange(60 - t) * g[t:])[:-1].sum() for t in range(60)])
    },
)

# --- several outputs and inputs ---


def outputs(name: str, points: Points, forward: Any, right: Any, **wrong: Any) -> None:
    """Add slips of a Function of several outputs, by ``backward(saved, *gs)``."""
    for mistake, backward in wrong.items():
        made = function(forward, backward), function(forward, right)
        slip(f"{name}: {mistake.replace('_', ' ')}", points, *made)


outputs(
    "a large and a tiny output",
    normal((4,), (4,)),
    lambda a, b: (1e3 * a * b, 1e-9 * tg.sin(a)),
    lambda s, g, h: (1e3 * g * s[1] + 1e-9 * h * tg.cos(s[0]), 1e3 * g * s[0]),
    tiny_one_of_the_wrong_sign=lambda s, g, h: (
        1e3 * g * s[1] - 1e-9 * h * tg.cos(s[0]),
        1e3 * g * s[0],
    ),
    tiny_one_left_out=lambda s, g, h: (1e3 * g * s[1], 1e3 * g * s[0]),
)
outputs(
    "sum, product and ratio",
    positive((3,), (3,)),
    lambda a, b: (a + b, a * b, a / b),
    lambda s, g, h, k: (g + h * s[1] + k / s[1], g + h * s[0] - k * s[0] / s[1] ** 2),
    ratio_not_negated=lambda s, g, h, k: (
        g + h * s[1] + k / s[1],
        g + h * s[0] + k * s[0] / s[1] ** 2,
    ),
    outputs_in_another_order=lambda s, g, h, k: (
        h + g * s[1] + k / s[1],
        h + g * s[0] - k * s[0] / s[1] ** 2,
    ),
    first_output_forgotten=lambda s, g, h, k: (
        h * s[1] + k / s[1],
        h * s[0] - k * s[0] / s[1] ** 2,
    ),
)
outputs(
    "mean and centred values",
    normal((6,)),
    lambda x: (x.mean(), x - x.mean()),
    lambda s, g, h: g / 6 + h - h.mean(),
    mean_not_removed=lambda s, g, h: g / 6 + h,
    mean_not_divided=lambda s, g, h: g + h - h.mean(),
)
slip(
    "product: one gradient too few",
    positive((3,), (3,)),
    function(lambda a, b: a * b, lambda s, g: g * s[1]),
    function(lambda a, b: a * b, lambda s, g: (g * s[1], g * s[0])),
    Verdict.WRONG_CONTRACT,
)

# --- models ---


def penalty(x: Any, w: Any, create_graph: bool) -> Any:
    score = np.tanh(x @ w).sum()
    slope = grad(score, [x], retain_graph=True, create_graph=create_graph)[0]
    return score + ((np.sqrt((slope * slope).sum(axis=1)) - 1) ** 2).sum()


def adapted(x: Any, w: Any, detached: bool) -> Any:
    loss = ((x @ w - 1) ** 2).mean()
    step = grad(loss, [w], create_graph=not detached)[0]
    return ((x @ (w - 0.3 * step)) ** 2).mean()


def tied(table: Any, w: Any, detached: bool) -> Any:
    hidden = np.tanh(table[np.array([0, 2, 1])] @ w)
    return F.cross_entropy(hidden @ (table.detach() if detached else table).T, np.arange(3))


def recurrent(x: Any, w: Any, detached: bool) -> Any:
    h = 0 * x[0]
    for t in range(x.shape[0]):
        h = np.tanh(h @ w + x[t])
        if detached and t == 3:
            h = h.detach()
    return h


def weighted(x: Any, w: Any, detached: bool) -> Any:
    losses = (x @ w) ** 2
    shares = F.softmax(losses, axis=0)
    return ((shares.detach() if detached else shares) * losses).sum()


def scaled(x: Any, w: Any, detached: bool) -> Any:
    y = x @ w
    size = np.sqrt((y * y).mean() + 1e-3)
    return y / (float(size.detach()) if detached else size)


def teacher(x: Any, w: Any, detached: bool) -> Any:
    old = 0.9 * w + 0.1
    target = F.softmax(x @ (old.detach() if detached else old), axis=-1)
    return -(target * F.log_softmax(x @ w, axis=-1)).sum()


def through_list(x: Any, w: Any, detached: bool) -> Any:
    rows = [x[k] @ w for k in range(3)]
    if detached:
        rows[1] = tg.tensor(rows[1].detach().numpy())
    return np.exp(np.stack(rows))


MODELS: dict[str, tuple[Callable[[Any, Any, bool], Any], Points]] = {
    "a penalty of slopes without their graph": (
        lambda x, w, wrong: penalty(x, w, not wrong),
        normal((3, 4), (4, 2)),
    ),
    "an inner step without its graph": (adapted, normal((5, 3), (3, 2))),
    "a tied table, detached once": (tied, normal((4, 3), (3, 3))),
    "a recurrence cut in the middle": (recurrent, normal((6, 3), (3, 3))),
    "weights of the losses, detached": (weighted, normal((5, 3), (3,), scale=0.6)),
    "a scale read as a number": (scaled, normal((4, 3), (3, 2))),
    "a target that moves": (teacher, normal((3, 4), (4, 3))),
    "one row made anew": (through_list, normal((3, 4), (4, 2))),
}
for what, (model, points) in MODELS.items():
    slip(
        f"in a model: {what}",
        points,
        lambda model=model: lambda x, w: model(x, w, True),
        lambda model=model: lambda x, w: model(x, w, False),
    )


GRID = np.linspace(-6, 6, 97)
slip(
    "tanh by a table of 97 values",
    distinct((6,)),
    rules(lambda x: np.interp(x, GRID, np.tanh(GRID)), x=lambda g, x: g * (1 - np.tanh(x) ** 2)),
    rules(lambda x: np.tanh(x), x=lambda g, x: g * (1 - np.tanh(x) ** 2)),
)
slip(
    "swish of 130 values, one constant in float16",
    normal((130,)),
    rules(
        lambda x: x * sigmoid(1.702 * x),
        x=lambda g, x: _swish(g, x, float(np.float16(1.702))),
    ),
    rules(lambda x: x * sigmoid(1.702 * x), x=lambda g, x: _swish(g, x, 1.702)),
)


def _swish(g: Any, x: Any, factor: float) -> Any:
    s = sigmoid(factor * x)
    return g * (s + factor * x * s * (1 - s))
