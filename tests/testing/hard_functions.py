"""More functions with correct gradients that are hard to check, by the reason why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.points import Points, normal, uniform

MASK, INFINITE = (np.triu(np.full((4, 4), low), 1) for low in (-1e9, -np.inf))


def standardized(x: Any) -> Any:
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def chain(w: float, n: int) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        for _ in range(n):
            x = np.tanh(w * x)
        return x

    return function


def power(x: Any) -> Any:
    for _ in range(100):
        x = 1.5 * x
    return x


def correlation(x: Any) -> Any:
    a, b = x[0] - x[0].mean(), x[1] - x[1].mean()
    return (a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())


def nearly_parallel(rng: np.random.Generator) -> Any:
    a = rng.normal(size=5)
    return np.stack([a, 2 * a + 1e-4 * rng.normal(size=5)])


MORE: dict[str, tuple[Callable[[Any], Any], Points]] = {
    "batch norm of two rows": (standardized, normal(2, 3)),
    "layer norm of two features": (lambda x: F.layer_norm(x, (2,)), normal(3, 2)),
    "layer norm of one feature": (lambda x: F.layer_norm(x, (1,)), normal(3, 1)),
    "softmax of one class": (lambda x: F.softmax(x, axis=-1), normal(4, 1)),
    "cross-entropy of one class": (lambda x: F.cross_entropy(x, np.array([0, 0])), normal(2, 1)),
    "variance of one element": (lambda x: np.var(x, axis=1), normal(3, 1)),
    "cosine similarity of parallel vectors": (
        lambda x: (x * 2 * x).sum() / np.sqrt((x * x).sum() * (4 * x * x).sum()),
        normal(4),
    ),
    "causal mask of -1e9": (lambda x: F.softmax(x @ x.T + MASK, axis=-1) @ x, normal(4, 3)),
    "causal mask of -inf": (lambda x: F.softmax(x @ x.T + INFINITE, axis=-1) @ x, normal(4, 3)),
    "tanh at 20": (np.tanh, uniform(15, 25, 4)),
    "sigmoid at ±800": (F.sigmoid, lambda r: np.array([-800.0, 800, -40, 40]) + r.normal(size=4)),
    "log-sigmoid at -800": (
        lambda x: -F.softplus(-x),
        lambda r: np.array([-800.0, -50, 50, 0.5]) + r.normal(size=4),
    ),
    "softplus far out": (F.softplus, lambda r: np.array([-100.0, -30, 30, 700]) + r.normal(size=4)),
    "erf-like gelu far out": (F.gelu, lambda r: np.array([-30.0, -9, 9, 30]) + r.normal(size=4)),
    "x log x near 0": (lambda x: x * np.log(x), uniform(1e-12, 1e-10, 3)),
    "expm1 of tiny": (np.expm1, normal(4, scale=1e-12)),
    "log1p of tiny": (np.log1p, normal(4, scale=1e-12)),
    "1 - cos of small": (lambda x: 1 - np.cos(x), normal(4, scale=1e-3)),
    "exp(x) - 1 - x of small": (lambda x: np.exp(x) - 1 - x, normal(4, scale=1e-3)),
    "smooth abs": (lambda x: np.sqrt(x * x + 1e-12), normal(4)),
    "smooth abs near 0": (lambda x: np.sqrt(x * x + 1e-12), normal(4, scale=1e-6)),
    "|x|^3 near 0": (lambda x: np.abs(x) ** 3, normal(4, scale=1e-5)),
    "norm of tiny vector": (lambda x: np.sqrt((x * x).sum()), normal(4, scale=1e-80)),
    "norm of large vector": (lambda x: np.sqrt((x * x).sum()), normal(4, scale=1e100)),
    "near ties of max": (lambda x: x.max() * 1.0, lambda r: 1 + 1e-7 * r.permutation(5)),
    "clip near its bound": (
        lambda x: np.clip(x, -1, 1),
        lambda r: 1 + r.choice([-1, 1], 4) * r.uniform(1e-8, 1e-7, 4),
    ),
    "huber near delta": (
        lambda x: F.huber_loss(x, np.zeros(4), delta=1.0),
        lambda r: 1 + r.choice([-1, 1], 4) * r.uniform(1e-7, 1e-6, 4),
    ),
    "relu of mixed magnitudes": (
        lambda x: np.maximum(x, 0),
        lambda r: r.normal(size=6) * 10.0 ** r.integers(-10, 5, 6),
    ),
    "square at mixed magnitudes": (
        lambda x: (x * x).sum(),
        lambda r: r.normal(size=6) * 10.0 ** r.integers(-10, 5, 6),
    ),
    "product with a zero": (
        lambda x: x[0] * x[1] * x[2],
        lambda r: np.array([0.0, *r.normal(size=2)]),
    ),
    "prod with a zero": (lambda x: np.prod(x), lambda r: np.array([0.0, *r.normal(size=3)])),
    "cumprod": (lambda x: np.cumprod(x), uniform(1e-3, 1e-2, 5)),
    "constant": (lambda x: 0 * x + 1, normal(4)),
    "unused entries": (lambda x: x[1] * x[1], normal(5)),
    "vanishing recurrence": (chain(0.1, 30), normal(3)),
    "recurrence at the edge": (chain(1.0, 50), normal(3)),
    "growing recurrence": (chain(3.0, 20), normal(3)),
    "1.5**100 x": (power, normal(3)),
    "inverse, ill conditioned": (
        lambda a: np.linalg.inv(a),
        lambda r: np.eye(3) + 1e-3 * r.normal(size=(3, 3)) + np.outer([1, 1, 1], [1e3, 0, 0]),
    ),
    "inverse of hilbert": (
        lambda a: np.linalg.inv(a),
        lambda r: 1 / (np.arange(4)[:, None] + np.arange(4) + 1) + 1e-6 * r.normal(size=(4, 4)),
    ),
    "cholesky": (lambda a: F.cholesky(a @ a.T + 0.01 * np.eye(3)), normal(3, 3)),
    "polynomial at a double root": (
        lambda x: (x - 1) ** 2 * (x + 2),
        uniform(1 - 1e-4, 1 + 1e-4, 3),
    ),
    "horner with cancellation": (lambda x: ((x - 7) * x + 21) * x - 35, uniform(2.9, 3.1, 3)),
    "difference of large squares": (lambda x: (1e6 + x) ** 2 - (1e6 - x) ** 2, normal(3)),
    "variance as a difference of squares at 1e7": (
        lambda x: (x * x).mean() - x.mean() ** 2,
        normal(5, offset=1e7),
    ),
    "softmax minus its maximum": (
        lambda x: F.softmax(x, axis=-1) - F.softmax(x, axis=-1).sum(axis=-1, keepdims=True) / 4,
        normal(2, 4),
    ),
    "entropy of a saturated softmax": (
        lambda x: -(F.softmax(x, axis=-1) * F.log_softmax(x, axis=-1)).sum(),
        normal(2, 4, scale=30),
    ),
    "attention of large scores": (lambda x: F.softmax(30 * (x @ x.T), axis=-1) @ x, normal(3, 3)),
    "mean of a million times x": (lambda x: (1e6 * x).mean() - 1e6 * x.mean(), normal(4)),
    "commuted sums": (lambda x: (x[0] + x[1]) + x[2] - (x[0] + (x[1] + x[2])), normal(3)),
    "exp(-1/x) near 0": (lambda x: np.exp(-1 / x), uniform(0.005, 0.02, 3)),
    "gaussian of narrow width": (lambda x: np.exp(-((x * 1e4) ** 2)), normal(3, scale=1e-4)),
    "lorentzian of narrow width": (
        lambda x: 1 / (1 + (1e5 * (x - 1)) ** 2),
        uniform(1 - 1e-5, 1 + 1e-5, 3),
    ),
    "sin(1/x)": (lambda x: np.sin(1 / x), uniform(1e-3, 2e-3, 3)),
    "sin(1e5 x)": (lambda x: np.sin(1e5 * x), normal(3)),
    "step of a steep sigmoid": (lambda x: F.sigmoid(1e6 * (x - 1)), uniform(1 - 1e-6, 1 + 1e-6, 3)),
    "x + 1e10": (lambda x: x + 1e10, normal(3)),
    "1e-300 x": (lambda x: 1e-300 * x, normal(3)),
    "denormal inputs": (lambda x: 3 * x, normal(3, scale=1e-308)),
    "mod-like fraction": (lambda x: x - np.floor(x.detach()), uniform(0.2, 0.8, 4)),
    "where with equal branches": (
        lambda x: np.where(x > 0, x * x, x * x),
        lambda r: np.array([0.0, *r.normal(size=3)]),
    ),
    "hypot of unequal legs": (
        lambda x: np.sqrt(x[0] ** 2 + x[1] ** 2),
        lambda r: np.array([1e8, 1e-3]) * (1 + 0.1 * r.random(2)),
    ),
    "log of softmax by hand": (lambda x: np.log(F.softmax(x, axis=-1)), normal(2, 4, scale=5)),
    "matrix power": (lambda a: a @ a @ a @ a @ a @ a, normal(3, 3)),
    "rank one product": (lambda a: (a @ a.T) @ (a @ a.T), normal(3, 1)),
    "unit rows of nearly equal": (
        lambda x: x / np.sqrt((x * x).sum(axis=-1, keepdims=True)),
        normal(3, 4, scale=1e-4, offset=1),
    ),
    "centred twice": (lambda x: (x - x.mean()) - (x - x.mean()).mean(), normal(5)),
    "std at 1e6": (lambda x: x.std(), normal(6, offset=1e6)),
    "correlation near 1": (correlation, nearly_parallel),
}
