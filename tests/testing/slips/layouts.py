"""Slips in axes of equal length, layouts, slopes of another function, caches and outputs."""

from __future__ import annotations

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
    function,
    normal,
    positive,
    rules,
    sigmoid,
    slip,
    softmax,
    variants,
)
from tinygrad_w2v.autograd import Function
from tinygrad_w2v.testing import Verdict

# --- axes of equal length, layouts ---

variants(
    "running sum along the second of two equal axes",
    normal((4, 4)),
    lambda x: np.cumsum(x, axis=1),
    {"x": lambda g: np.cumsum(g[:, ::-1], axis=1)[:, ::-1]},
    1,
    along_the_first={"x": lambda g: np.cumsum(g[::-1], axis=0)[::-1]},
    along_both={"x": lambda g: np.cumsum(np.cumsum(g[::-1, ::-1], axis=1), axis=0)[::-1, ::-1]},
)
variants(
    "rows of a square, centred",
    normal((4, 4)),
    lambda x: x - x.mean(axis=1, keepdims=True),
    {"x": lambda g: g - g.mean(axis=1, keepdims=True)},
    2,
    columns_centred={"x": lambda g: g - g.mean(axis=0, keepdims=True)},
    all_centred={"x": lambda g: g - g.mean()},
)
variants(
    "largest of each row of a square",
    distinct((4, 4)),
    lambda x: x.max(axis=1),
    {"x": lambda g, x, out: g[:, None] * (x == out[:, None])},
    1,
    gradient_of_the_columns={"x": lambda g, x, out: g[None, :] * (x == out[:, None])},
)
variants(
    "values by columns",
    lambda rng: [np.asfortranarray(rng.normal(size=(3, 4)))],
    lambda x: x.ravel() ** 2,
    {"x": lambda g, x: 2 * x * g.reshape(3, 4)},
    1,
    order_of_the_memory={"x": lambda g, x: 2 * x * g.reshape(3, 4, order="F")},
)
variants(
    "batch of square products",
    normal((3, 3, 3), (3, 3, 3)),
    lambda a, b: a @ b,
    {
        "a": lambda g, b: g @ np.swapaxes(b, 1, 2),
        "b": lambda g, a: np.swapaxes(a, 1, 2) @ g,
    },
    2,
    all_axes_reversed={"a": lambda g, b: g @ np.transpose(b, (2, 1, 0))},
    batch_exchanged_with_rows={"b": lambda g, a: np.swapaxes(a, 0, 1) @ g},
)
variants(
    "product of quaternions",
    normal((4,), (4,)),
    lambda p, q: _product(p, q),
    {"p": lambda g, q: _product(g, q * SIGNS), "q": lambda g, p: _product(p * SIGNS, g)},
    1,
    not_conjugated={"p": lambda g, q: _product(g, q)},
    factors_in_another_order={"q": lambda g, p: _product(g, p * SIGNS)},
)
SIGNS = np.array([1.0, -1, -1, -1])


def _product(p: Any, q: Any) -> Any:
    real = p[0] * q[0] - p[1:] @ q[1:]
    return np.concatenate([[real], p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])])


CLASSES = np.array([0, 2, 1, 2])
WEIGHTS = np.array([1.0, 4.0, 0.5])
SHARE = WEIGHTS[CLASSES] / WEIGHTS[CLASSES].sum()
variants(
    "cross-entropy with weights of classes",
    normal((4, 3)),
    lambda x: -(SHARE * np.log(softmax(x))[np.arange(4), CLASSES]).sum(),
    {"x": lambda g, x: g * SHARE[:, None] * (softmax(x) - np.eye(3)[CLASSES])},
    1,
    divided_by_the_count={
        "x": lambda g, x: g * WEIGHTS[CLASSES][:, None] * (softmax(x) - np.eye(3)[CLASSES]) / 4
    },
    weights_of_the_columns={"x": lambda g, x: g * WEIGHTS * (softmax(x) - np.eye(3)[CLASSES]) / 7},
)
SEEN = np.array([1.0, 0, 1, 0])
variants(
    "binary cross-entropy with a weight of the positive",
    normal((4,)),
    lambda x: (3 * SEEN * np.log1p(np.exp(-x)) + (1 - SEEN) * np.log1p(np.exp(x))).sum(),
    {"x": lambda g, x: g * ((1 - SEEN) * sigmoid(x) - 3 * SEEN * sigmoid(-x))},
    2,
    weight_forgotten={"x": lambda g, x: g * (sigmoid(x) - SEEN)},
    weight_of_both={"x": lambda g, x: 3 * g * (sigmoid(x) - SEEN)},
)
variants(
    "cubic between nodes",
    lambda rng: [rng.normal(size=5), rng.uniform(1.1, 2.9, 3)],
    lambda y, t: _cubic(y, t),
    {"t": lambda g, y, t: g * _cubic(y, t, 1), "y": lambda g, t: _spread(g, t)},
    1,
    slope_of_the_line_between={
        "t": lambda g, y, t: g * (y[np.floor(t).astype(int) + 1] - y[np.floor(t).astype(int)])
    },
    slope_at_the_node={"t": lambda g, y, t: g * _cubic(y, np.floor(t) + 1e-12, 1)},
    nearest_only={"y": lambda g, t: np.eye(5)[:, np.rint(t).astype(int)] @ g},
)


def _basis(t: Any, slope: int = 0) -> Any:
    """Return the weights of the four values around, or their slopes, (4, len(t))."""
    u = t - np.floor(t)
    powers = [u**3, u * u, u, u**0] if not slope else [3 * u * u, 2 * u, u**0, 0 * u]
    table = np.array([[-1, 2, -1, 0], [3, -5, 0, 2], [-3, 4, 1, 0], [1, -1, 0, 0]]) / 2
    return table @ np.stack(powers)


def _cubic(y: Any, t: Any, slope: int = 0) -> Any:
    places = np.floor(t).astype(int) + np.arange(-1, 3)[:, None]
    return (_basis(t, slope) * y[places]).sum(axis=0)


def _spread(g: Any, t: Any) -> Any:
    found = np.zeros(5)
    np.add.at(found, np.floor(t).astype(int) + np.arange(-1, 3)[:, None], _basis(t) * g)
    return found


# --- slopes of another function ---


def replaced(name: str, points: Points, wrong: Any, right: Any) -> None:
    slip(f"slope of another function: {name}", points, lambda: wrong, lambda: right)


replaced(
    "a hard choice with the slope of the soft one",
    normal((2, 4)),
    lambda x: F.softmax(x, axis=-1) + tg.tensor(_choice(x)),
    lambda x: F.softmax(x, axis=-1) * 1.0,
)
replaced(
    "a limit that passes the gradient",
    distinct((8,)),
    lambda x: x + (np.clip(x, -0.5, 0.5) - x).detach(),
    lambda x: np.clip(x, -0.5, 0.5),
)
replaced(
    "a gradient that is reversed",
    normal((3, 3)),
    lambda x: np.tanh(unregistered(lambda y: y * 1.0, y=lambda g: -g)(x)),
    lambda x: np.tanh(x),
)
replaced(
    "a spike with a smooth slope",
    distinct((6,)),
    unregistered(lambda x: (x > 0.1) * 1.0, x=lambda g, x: g / (1 + np.abs(x)) ** 2),
    lambda x: x / (1 + np.abs(x)),
)
replaced(
    "a root by iteration, one step differentiated",
    positive((4,)),
    lambda x: (lambda y: (y + x / y) / 2 + 0.1 * x)(np.sqrt(x.detach()) * 1.05),
    lambda x: np.sqrt(x) + 0.1 * x,
)


def _choice(x: Any) -> Any:
    values = x.detach().numpy()
    soft = F.softmax(x.detach(), axis=-1).numpy()
    return np.eye(4)[values.argmax(axis=-1)] - soft


# --- state ---


def kept_transpose(is_kept: bool) -> Maker:
    """Make a product whose rule uses the transpose of the first weight, or of its own."""

    def make() -> Any:
        kept: list[Any] = []

        def rule(g: Any, w: Any) -> Any:
            kept.append(np.array(w.T))
            return g @ kept[0 if is_kept else -1]

        return unregistered(lambda x, w: x @ w, x=rule, w=lambda g, x: x.T @ g)

    return make


def by_mean(is_coarse: bool) -> Maker:
    """Make a rule that looks its slope up by the rounded mean of the input, or by its bytes."""

    def make() -> Any:
        kept: dict[Any, Any] = {}

        def rule(g: Any, x: Any) -> Any:
            key = round(float(x.mean()), 1) if is_coarse else x.tobytes()
            return g * kept.setdefault(key, 1 - np.tanh(x) ** 2)

        return unregistered(lambda x: np.tanh(x), x=rule)

    return make


def by_identity(is_shared: bool) -> Maker:
    """Make a Function that stores its input in a list of the module, not in the context."""

    def make() -> Any:
        stack: list[Any] = []

        class Squared(Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                stack.append(x.detach().clone())
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx: Any, *g: Any) -> Any:
                return 2 * g[0] * (stack[-1] if is_shared else ctx.saved_tensors[0])

        return Squared.apply

    return make


def normalised(is_running: bool) -> Maker:
    """Make a norm by a running variance, or by that of the batch."""

    def make() -> Any:
        variance = [1.0]

        def call(x: Any) -> Any:
            own = float(x.detach().numpy().var())
            variance[0] = 0.9 * variance[0] + 0.1 * own if is_running else 1.5
            return x / np.sqrt(variance[0] + 1e-5)

        return call

    return make


STATE: dict[str, tuple[Callable[[bool], Maker], Points]] = {
    "the transpose of the first weight": (kept_transpose, normal((3, 4), (4, 2))),
    "slopes kept by a rounded mean": (by_mean, normal((4,))),
    "the last input of any call": (by_identity, normal((4,))),
    "a running variance": (normalised, normal((6,))),
}
for what, (stateful, points) in STATE.items():
    slip(f"kept: {what}", points, stateful(True), stateful(False), Verdict.NOT_DETERMINISTIC)

# --- rules of Functions ---


FUNCTIONS: dict[str, tuple[Any, Any, Any, Points, Verdict]] = {
    "a product, not transposed back": (
        lambda x, w: x @ w.T, lambda g, x, w: (g @ w, x.T @ g), lambda g, x, w: (g @ w, g.T @ x),
        normal((2, 3), (4, 3)), Verdict.WRONG_CONTRACT),
    "a gradient too many": (
        lambda a, b: a * b, lambda g, a, b: (g * b, g * a, g), lambda g, a, b: (g * b, g * a),
        normal((3,), (3,)), Verdict.WRONG_CONTRACT),
    "no gradient": (
        lambda x: tg.exp(x), lambda g, x: None, lambda g, x: g * tg.exp(x), normal((3,)),
        Verdict.WRONG_RULE),
    "the incoming gradient, changed": (
        lambda x: 3 * x, lambda g, x: g.mul_(3), lambda g, x: g * 3, normal((4,)),
        Verdict.MUTATES_INPUT),
    "one gradient for both": (
        lambda a, b: a - b, lambda g, a, b: (g * 1.0, g * 1.0), lambda g, a, b: (g * 1.0, -g),
        normal((3,), (3,)), Verdict.WRONG_RULE),
    "a sum whose gradient is not spread": (
        lambda x: x.sum() * 2, lambda g, x: 2 * g, lambda g, x: 2 * g * tg.ones_like(x),
        normal((4,)), Verdict.WRONG_CONTRACT),
}  # fmt: skip
for what, (forward, wrong, right, points, verdict) in FUNCTIONS.items():
    slip(
        f"rule of a function: {what}",
        points,
        *(function(forward, lambda s, g, rule=rule: rule(g, *s)) for rule in (wrong, right)),
        verdict=verdict,
    )

# --- one of several outputs ---

slip(
    "one of several outputs: a tiny regulariser of the wrong sign",
    normal((4, 3), (3,)),
    lambda: lambda x, w: {"fit": ((x @ w) ** 2).sum(), "size": _size(w, -1.0)},
    lambda: lambda x, w: {"fit": ((x @ w) ** 2).sum(), "size": _size(w, 1.0)},
)
slip(
    "one of several outputs: counts beside a wrong share",
    positive((4,)),
    lambda: lambda x: (1e6 * x, _share(x, 0.0)),
    lambda: lambda x: (1e6 * x, _share(x, 1.0)),
)
slip(
    "one of several outputs: a wrong second derivative of a tiny one",
    normal((4,)),
    lambda: lambda x: (0.1 * x * x, _cubed(x, 3.0)),
    lambda: lambda x: (0.1 * x * x, _cubed(x, 6.0)),
    order=2,
)


def _size(w: Any, sign: float) -> Any:
    op = unregistered(lambda v: 1e-8 * (v * v).sum(), v=lambda g, v: sign * 2e-8 * g * v)
    return op(w)


def _share(x: Any, part: float) -> Any:
    def rule(g: Any, v: Any) -> Any:
        total = v.sum()
        return (g - part * (g * v).sum() / total) / total

    return unregistered(lambda v: v / v.sum(), v=rule)(x)


def _cubed(x: Any, factor: float) -> Any:
    slope = unregistered(lambda v: 3e-5 * v * v, v=lambda g, v: factor * 1e-5 * g * v)
    return unregistered(lambda v: 1e-5 * v**3, v=lambda g, v: g * slope(v))(x)


slip(
    "x log x: last term left out",
    positive((4,)),
    rules(lambda x: x * np.log(x), x=lambda g, x: g * np.log(x)),
    rules(lambda x: x * np.log(x), x=lambda g, x: g * (np.log(x) + 1)),
)
