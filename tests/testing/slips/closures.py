"""Slips in closures and plain functions of Tensors: randomness, memory, precision, lost graphs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.rules import unregistered
from tests.testing.slips.catalogue import Maker, distinct, normal, positive, rules, slip
from tinygrad_w2v.testing import Verdict


def same(function: Callable[..., Any]) -> Maker:
    """Make a function that has no state."""
    return lambda: function


# --- randomness and counters ---------------------------------------------------------------------


def dropout(probability: float) -> Maker:
    def make() -> Any:
        rng = np.random.default_rng(0)
        return lambda x: x * (rng.random(x.shape) >= probability) / (1 - probability)

    return make


def fixed_dropout(probability: float) -> Maker:
    mask = np.random.default_rng(1).random((3, 4)) >= probability
    return same(lambda x: x * mask / (1 - probability))


def noisy(scale: float) -> Maker:
    def make() -> Any:
        rng = np.random.default_rng(0)
        return lambda x: np.tanh(x + scale * rng.normal(size=x.shape))

    return make


def warming(calls: int) -> Maker:
    def make() -> Any:
        count = itertools.count()
        return lambda x: x * x * min(1.0, (1 + next(count)) / calls)

    return make


def late(calls: int) -> Maker:
    def make() -> Any:
        count = itertools.count()
        return lambda x: x * x * (1.0 if next(count) < calls else 2.0)

    return make


def random_rule(probability: float) -> Maker:
    def make() -> Any:
        rng = np.random.default_rng(0)
        return unregistered(lambda x: 2 * x, x=lambda g: 2 * g * (rng.random() > probability))

    return make


def negative_samples() -> Any:
    rng = np.random.default_rng(0)
    return lambda h, w: (w[rng.integers(0, 5, 3)] @ h).sum()


for probability in (0.1, 0.25, 0.5, 0.9):
    slip(
        f"dropout of {probability} draws its mask inside",
        normal((3, 4)),
        dropout(probability),
        fixed_dropout(probability),
        Verdict.NOT_DETERMINISTIC,
    )
for scale in (1e-8, 1e-3, 1.0):
    slip(
        f"noise of {scale} is drawn inside",
        normal((4,)),
        noisy(scale),
        same(np.tanh),
        Verdict.NOT_DETERMINISTIC,
    )
for calls in (2, 30):
    slip(
        f"warms up over {calls} calls",
        normal((4,)),
        warming(calls),
        same(lambda x: x * x),
        Verdict.NOT_DETERMINISTIC,
    )
for calls in (1, 4, 15, 40):
    slip(
        f"changes after {calls} calls",
        normal((4,)),
        late(calls),
        same(lambda x: x * x),
        Verdict.NOT_DETERMINISTIC,
    )
for probability in (0.1, 0.5):
    slip(
        f"the rule returns 0 with probability {probability}",
        normal((4,)),
        random_rule(probability),
        rules(lambda x: 2 * x, x=lambda g: 2 * g),
        Verdict.NOT_DETERMINISTIC,
    )
slip(
    "negative samples are drawn inside",
    normal((3,), (5, 3)),
    negative_samples,
    same(lambda h, w: (w[np.array([1, 4, 4])] @ h).sum()),
    Verdict.NOT_DETERMINISTIC,
)

# --- memory --------------------------------------------------------------------------------------


def write(target: Any, values: Any) -> Any:
    target[...] = values
    return target


def zeroed(x: Any) -> Any:
    x[x < 0] = 0
    return x.copy()


def halved_cotangent(g: Any) -> Any:
    g /= 2
    return g.copy()


slip(
    "the forward zeroes its input in place",
    distinct((6,)),
    rules(zeroed, x=lambda g, x: g * (x > 0)),
    rules(lambda x: np.maximum(x, 0), x=lambda g, x: g * (x > 0)),
    Verdict.MUTATES_INPUT,
)
slip(
    "the forward sorts its input in place",
    distinct((6,)),
    rules(lambda x: (x.sort(), x * 1.0)[1], x=lambda g: g * 1.0),
    rules(lambda x: np.sort(x), x=lambda g, x: g[np.argsort(np.argsort(x))]),
    Verdict.MUTATES_INPUT,
)
slip(
    "the rule divides g in place",
    normal((4,)),
    rules(lambda x: x / 2, x=halved_cotangent),
    rules(lambda x: x / 2, x=lambda g: g / 2),
    Verdict.MUTATES_INPUT,
)
slip(
    "the rule writes into the saved input",
    normal((4,)),
    rules(lambda x: x * x, x=lambda g, x: write(x, 2 * g * x).copy()),
    rules(lambda x: x * x, x=lambda g, x: 2 * g * x),
    Verdict.MUTATES_INPUT,
)
slip(
    "the rule writes into the saved result",
    normal((4,)),
    rules(lambda x: np.exp(x), x=lambda g, out: write(out, g * out).copy()),
    rules(lambda x: np.exp(x), x=lambda g, out: g * out),
    Verdict.MUTATES_INPUT,
)

# --- contract ------------------------------------------------------------------------------------

slip(
    "the gradient has a row too many",
    normal((3, 4)),
    rules(lambda x: x * 2, x=lambda g: np.concatenate([2 * g, g[:1]])),
    rules(lambda x: x * 2, x=lambda g: 2 * g),
    Verdict.WRONG_CONTRACT,
)
slip(
    "the gradient is transposed",
    normal((3, 4)),
    rules(lambda x: x.T * 2, x=lambda g: 2 * g),
    rules(lambda x: x.T * 2, x=lambda g: 2 * g.T),
    Verdict.WRONG_CONTRACT,
)
slip(
    "the gradient of a column is flat",
    normal((4, 1)),
    rules(lambda x: x[:, 0] * 2, x=lambda g: 2 * g[None, :, None]),
    rules(lambda x: x[:, 0] * 2, x=lambda g: 2 * g[:, None]),
    Verdict.WRONG_CONTRACT,
)
slip(
    "the gradient is float32",
    normal((3, 4)),
    rules(lambda x: np.sin(x), x=lambda g, x: (g * np.cos(x)).astype(np.float32).astype(float)),
    rules(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x)),
    Verdict.WRONG_CONTRACT,
)

# --- precision -----------------------------------------------------------------------------------


def single(x: Any) -> Any:
    return x.astype(np.float32)


def double(x: Any) -> Any:
    return x.astype(np.float64)


PRECISE: dict[str, tuple[Callable[..., Any], Callable[..., Any], Any]] = {
    "the exponential": (lambda x: double(np.exp(single(x))), np.exp, normal((4,))),
    "a product": (
        lambda a, b: double(single(a) @ single(b)),
        lambda a, b: a @ b,
        normal((2, 3), (3, 4)),
    ),
    "a scaled square": (
        lambda x: 0.1 * double(single(x) * single(x)),
        lambda x: 0.1 * x * x,
        normal((4,)),
    ),
    "one term": (lambda x: x + double(np.sin(single(x))), lambda x: x + np.sin(x), normal((4,))),
    "a sum": (lambda x: np.pi * double(single(x).sum()), lambda x: np.pi * x.sum(), normal((6,))),
    "a softmax": (
        lambda x: double(F.softmax(single(x), axis=-1)),
        lambda x: F.softmax(x, axis=-1),
        normal((2, 4)),
    ),
    "a norm": (
        lambda x: np.sqrt(double((single(x) ** 2).sum())),
        lambda x: np.sqrt((x**2).sum()),
        normal((5,)),
    ),
    "half precision": (lambda x: x * double(x.astype(np.float16)), lambda x: x * x, positive((4,))),
}
for what, (imprecise, precise, points) in PRECISE.items():
    slip(f"float32 inside: {what}", points, same(imprecise), same(precise), Verdict.PRECISION)
slip(
    "float32 inside, and a rule off by 1e-5",
    normal((4,)),
    rules(
        lambda x: np.sin(x.astype(np.float32)).astype(float),
        x=lambda g, x: g * np.cos(x) * (1 + 1e-5),
    ),
    rules(lambda x: np.sin(x), x=lambda g, x: g * np.cos(x)),
    Verdict.PRECISION,
)

# --- the graph is left ---------------------------------------------------------------------------


def without_grad(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        with tg.no_grad():
            return function(*args)

    return call


def values(x: Any) -> Any:
    return x.detach().numpy()


LEFT: dict[str, tuple[Callable[..., Any], Callable[..., Any], Any]] = {
    "a detached factor": (lambda x: x * x.detach(), lambda x: x * x, normal((4,))),
    "a detached mean": (lambda x: x - x.detach().mean(), lambda x: x - x.mean(), normal((4,))),
    "a detached norm": (
        lambda x: x / np.sqrt((x.detach() ** 2).sum()),
        lambda x: x / np.sqrt((x**2).sum()),
        normal((4,)),
    ),
    "no_grad around a gate": (
        lambda x: x * without_grad(F.sigmoid)(x),
        lambda x: x * F.sigmoid(x),
        normal((4,)),
    ),
    "no_grad around all": (
        without_grad(lambda x: np.tanh(x) * 2),
        lambda x: np.tanh(x) * 2,
        normal((4,)),
    ),
    "a new Tensor of the values": (
        lambda x: x + np.exp(tg.tensor(values(x))),
        lambda x: x + np.exp(x),
        normal((4,)),
    ),
    "NumPy on the values": (lambda x: x * np.sin(values(x)), lambda x: x * np.sin(x), normal((4,))),
    "a Python number": (lambda x: x * float(values(x).sum()), lambda x: x * x.sum(), normal((4,))),
    "list of numbers": (
        lambda x: x.sum() * sum(v * v for v in values(x).tolist()),
        lambda x: x.sum() * (x * x).sum(),
        normal((4,)),
    ),
    "a weight detached": (
        lambda x, w: x @ w.detach() + w.sum(),
        lambda x, w: x @ w + w.sum(),
        normal((2, 3), (3, 4)),
    ),
    "a clamp on the values": (
        lambda x: x * np.clip(values(x), -0.6, 0.6),
        lambda x: x * np.clip(x, -0.6, 0.6),
        distinct((6,)),
    ),
    "rounding": (
        lambda x: x + (np.round(values(4 * x)) / 4 - values(x)),
        lambda x: x * 1.0,
        lambda rng: [rng.normal(size=5)],
    ),
}
for what, (lost, whole, points) in LEFT.items():
    slip(f"leaves the graph: {what}", points, same(lost), same(whole), Verdict.WRONG_RULE)


# --- second derivatives --------------------------------------------------------------------------


def constant(x: Any) -> Any:
    return x.detach() if isinstance(x, tg.Tensor) else x


SECOND: dict[str, tuple[Callable[..., Any], Callable[..., Any], Callable[..., Any], Any]] = {
    "the input is constant in the rule": (
        lambda x: x**3,
        lambda g, x: 3 * g * constant(x) ** 2,
        lambda g, x: 3 * g * x**2,
        normal((4,)),
    ),
    "the result is constant in the rule": (
        lambda x: np.exp(x),
        lambda g, out: g * constant(out),
        lambda g, out: g * out,
        normal((4,)),
    ),
    "one factor is constant in the rule": (
        lambda x: np.sin(x * x),
        lambda g, x: 2 * g * x * np.cos(constant(x) ** 2),
        lambda g, x: 2 * g * x * np.cos(x * x),
        normal((4,)),
    ),
    "g is constant in the rule": (
        lambda x: x * x,
        lambda g, x: 2 * constant(g) * x,
        lambda g, x: 2 * g * x,
        normal((4,)),
    ),
    "the norm is constant in the rule": (
        lambda x: np.sqrt((x * x).sum()),
        lambda g, x, out: g * x / constant(out),
        lambda g, x, out: g * x / out,
        normal((4,)),
    ),
    "the softmax is constant in one term": (
        lambda x: np.exp(x) / np.exp(x).sum(),
        lambda g, out: out * (g - (g * constant(out)).sum()),
        lambda g, out: out * (g - (g * out).sum()),
        normal((4,)),
    ),
}
for what, (forward, wrong, right, points) in SECOND.items():
    slip(f"second order: {what}", points, rules(forward, x=wrong), rules(forward, x=right), order=2)
