"""Correct functions that look wrong: harmless state, views, hooks, own rules; and hard forms."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Inputs, Program, between, decades, normals
from tests.testing.rules import unregistered
from tinygrad_w2v import nn
from tinygrad_w2v.autograd import Function, grad
from tinygrad_w2v.autograd.functional import hvp, jacobian

# --- state that does not matter ---


def counted() -> Callable[..., Any]:
    count, seen = itertools.count(), []

    def function(x: Any) -> Any:
        seen.append((next(count), float(x.detach().numpy().sum())))
        return np.tanh(x)

    return function


def reseeded(x: Any) -> Any:
    rng = np.random.default_rng(3)
    return F.relu(x + 3) * (rng.random(x.shape) < 0.5) + rng.normal(size=x.shape)


def by_content() -> Callable[..., Any]:
    """Make an op whose rule reuses what it computed for the same values."""
    kept: dict[bytes, Any] = {}

    def rule(g: Any, x: Any) -> Any:
        if isinstance(x, tg.Tensor):
            return g * np.cos(x)
        return g * kept.setdefault(x.tobytes(), np.cos(x))

    return unregistered(lambda x: np.sin(x), x=rule)


@functools.cache
def waves(count: int) -> Any:
    return np.cos(np.outer(np.arange(count), np.arange(count)))


def with_statistics() -> Callable[..., Any]:
    mean, variance = tg.zeros(3, dtype=tg.float64), tg.ones(3, dtype=tg.float64)
    return lambda x: F.batch_norm(x, mean, variance, training=True)


def observed(x: Any) -> Any:
    seen: list[Any] = []
    hidden = np.exp(-x * x)
    hidden.register_hook(lambda g: seen.append(np.array(g.detach().numpy())))
    return hidden * x


def in_a_module() -> Callable[..., Any]:
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()
    return lambda x: model(x) / (1 + (x * x).sum())


def logged(x: Any) -> Any:
    with tg.no_grad():
        size = np.sqrt((x * x).sum())
    return np.sin(x) if size > -1 else x


STATE: dict[str, Program] = {
    "calls are counted": (counted(), normals((4,))),
    "the same numbers drawn at every call": (reseeded, normals((6,), scale=0.3)),
    "results kept by their content": (by_content(), normals((5,))),
    "a table made once": (lambda x: waves(x.shape[0]) @ np.exp(x), normals((5,))),
    "running statistics that are not used": (with_statistics(), normals((6, 3))),
    "a hook that looks": (observed, normals((5,))),
    "a model that is kept": (in_a_module(), normals((2, 3))),
    "a value that is only compared": (logged, normals((4,))),
}

# --- views, repetitions, own rules ---


class Cubed(Function):
    """x³ by a rule of its own, which can be differentiated."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, *g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return 3 * x * x * g[0]


class Polar(Function):
    """Length and angle of pairs; the rule uses one of the results."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        length = tg.sqrt(x * x + y * y)
        ctx.save_for_backward(x, y, length)
        return length, tg.atan2(y, x)

    @staticmethod
    def backward(ctx: Any, *g: Any) -> Any:
        x, y, length = ctx.saved_tensors
        square = x * x + y * y
        return g[0] * x / length - g[1] * y / square, g[0] * y / length + g[1] * x / square


def jumps_elsewhere(x: Any) -> Any:
    return x * x + np.floor(x.detach())


def masked_mean(x: Any) -> Any:
    values = np.where(x > -5, x, 0.0)
    return np.log(np.where(values > 0, values, 1.0)).sum() + values.mean()


def stacked(x: Any, w: Any) -> Any:
    rows = [row @ w for row in x]
    rows.reverse()
    return np.concatenate([np.stack(rows), np.stack(rows[::2])])


def laplacian(x: Any) -> Any:
    slope = grad((np.sin(x) * np.exp(x[::-1])).sum(), [x], create_graph=True)[0]
    return slope + grad((slope * slope).sum(), [x], create_graph=True)[0] / 10


def away_from_integers(*shape: int) -> Inputs:
    return lambda rng: [rng.integers(-3, 3, shape) + rng.uniform(0.05, 0.95, shape)]


FORMS: dict[str, Program] = {
    "the input itself": (lambda x: x, normals((4,))),
    "a view of the input": (lambda x: x.T, normals((2, 3))),
    "one result twice": (lambda x: (lambda y: (y, y))(np.sin(x)), normals((4,))),
    "a result and a view of it": (
        lambda x: (lambda y: (y, y[1:], y.T))(np.exp(x)), normals((3, 2))),
    "input, reshaped and beside itself": (
        lambda x: (x.reshape(-1), x, x.reshape(3, 2)), normals((2, 3))),
    "stretched input": (lambda x: np.broadcast_to(x, (3, 4)), normals((4,))),
    "cube by its own rule": (Cubed.apply, decades(-4, 3, (5,))),
    "length and angle by their own rule": (Polar.apply, between(0.1, 2, (3,), (3,))),
    "stairs that are detached": (jumps_elsewhere, away_from_integers(5)),
    "mean and logarithm under masks": (masked_mean, normals((7,))),
    "rows in a list": (stacked, normals((4, 3), (3, 2))),
    "slopes of slopes": (laplacian, normals((4,), scale=0.5)),
    "a slice that is written": (
        lambda x: tg.slice_scatter(x * 2, x[:2] * x[2:4], 0, 1, 3), normals((5,))),
    "values added at indices": (
        lambda x, y: tg.index_add(x, 0, np.array([1, 1, 3]), np.exp(y)), normals((4, 2), (3, 2))),
    "choice by another input": (
        lambda a, b, c: np.where(c.detach() > 0, a * b, a / (1 + b * b)),
        normals((5,), (5,), (5,))),
    "no use of one input": (lambda a, b: np.sin(a) + 0 * a, normals((3,), (2,))),
    "two uses of one table": (
        lambda w: F.embedding(np.array([0, 2, 2]), w) @ w.T, normals((4, 3))),
    "a scalar beside a matrix": (
        lambda s, x: np.exp(-s * s) * x + s,
        lambda r: [np.array(r.normal()), r.normal(size=(3, 3))]),
}  # fmt: skip

# --- more than one output, of one scale each ---


def value_and_rest(x: Any) -> Any:
    """Return a rounded-looking pair: a sum, and what the summation lost of it."""
    total = x.sum()
    return total, (x - total / x.shape[0]).sum(), x.mean() - total / x.shape[0]


def factors(a: Any) -> Any:
    q, r = tg.linalg.qr(a)
    return q, r, q @ r - a


def fit(x: Any, y: Any) -> Any:
    w = np.linalg.solve(x.T @ x, x.T @ y)
    residual = y - x @ w
    return w, residual, x.T @ residual, (residual * residual).sum()


def beliefs(x: Any) -> Any:
    p = F.softmax(x, axis=-1)
    return p, np.log(p), p.sum(axis=-1) - 1, -(p * np.log(p)).sum(axis=-1)


def filtered(z: Any) -> Any:
    mean, variance, logs = 0 * z[0], 10 + 0 * z[0], 0 * z[0]
    for t in range(z.shape[0]):
        gap, total = z[t] - mean, variance + 0.1
        logs = logs - np.log(total) / 2 - gap * gap / (2 * total)
        mean, variance = mean + variance / total * gap, variance * (1 - variance / total) + 0.01
    return mean, variance, logs


SEVERAL: dict[str, Program] = {
    "a sum and what it lost": (value_and_rest, normals((6,), offset=100)),
    "two factors and their product": (factors, normals((4, 3))),
    "a fit and its residuals": (fit, normals((6, 2), (6,))),
    "shares, logarithms and their sums": (beliefs, normals((2, 4), scale=6)),
    "state, variance and likelihood": (filtered, normals((6,))),
    "values and their differences": (
        lambda x: (1e6 * x, np.diff(1e6 * x), np.diff(np.sin(1e6 * x / 1e6))), normals((5,))),
    "an inverse and its residual": (
        lambda a: (np.linalg.inv(a), a @ np.linalg.inv(a) - np.eye(3)),
        lambda r: [r.normal(size=(3, 3)) + 2 * np.eye(3)]),
    "centred, scaled and their moments": (
        lambda x: (lambda z: (z, z.sum(), (z * z).mean() - 1))((x - x.mean()) / x.std()),
        normals((6,), offset=20)),
    "product of slopes": (
        lambda x: hvp(
            lambda y: (np.sin(y) * y[::-1] ** 2).sum(), x, np.array([1.0, -2, 1]),
            create_graph=True),
        normals((3,))),
    "matrix of slopes": (
        lambda x: jacobian(lambda y: np.stack([y[0] * y[1], np.exp(y[0])]), x, create_graph=True),
        normals((2,))),
    "a loss and its parts of far weights": (
        lambda x, w: (lambda a, b: {"loss": a + 1e-8 * b, "fit": a, "size": 1e-8 * b})(
            ((x @ w) ** 2).mean(), (w * w).sum()), normals((4, 3), (3, 2))),
    "energies of two orders": (
        lambda q: (1e5 * (q * q).sum(), 1e-7 * np.cos(q).prod(), 1e-7 * (q - q.mean()).sum()),
        normals((4,))),
}  # fmt: skip

STATE_AND_FORMS = {**STATE, **FORMS, **SEVERAL}
