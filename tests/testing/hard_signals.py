"""Hard functions of signals and solvers; their gradients are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, decades, normals

# --- signals ---

TURNS = 2 * np.pi * np.outer(np.arange(5), np.arange(8)) / 8


def power(x: Any) -> Any:
    return (np.cos(TURNS) @ x) ** 2 + (np.sin(TURNS) @ x) ** 2


def cepstrum(x: Any) -> Any:
    return np.cos(TURNS[:, :5]) @ np.log(power(x) + 1e-12)


def goertzel(x: Any, w: Any) -> Any:
    factor = 2 * np.cos(w[0])
    a = b = 0 * x[0]
    for t in range(x.shape[0]):
        a, b = x[t] + factor * a - b, a
    return a * a + b * b - factor * a * b


def prediction(x: Any) -> Any:
    r = [(x[: x.shape[0] - k] * x[k:]).sum() for k in range(4)]
    error, coefficients = r[0], [r[0] / r[0]]
    for k in range(1, 4):
        reflection = -sum(c * r[k - i] for i, c in enumerate(coefficients)) / error
        ahead = [*coefficients, 0 * r[0]]
        coefficients = [a + reflection * b for a, b in zip(ahead, ahead[::-1], strict=True)]
        error = error * (1 - reflection * reflection)
    return error / r[0]


def distortion(estimate: Any, signal: Any) -> Any:
    target = (estimate @ signal) / (signal @ signal) * signal
    gap = estimate - target
    return 10 * np.log10((target @ target) / (gap @ gap))


def similarity(x: Any, y: Any) -> Any:
    a, b = x.mean(), y.mean()
    cov = ((x - a) * (y - b)).mean()
    return (
        (2 * a * b + 1e-4)
        * (2 * cov + 9e-4)
        / ((a * a + b * b + 1e-4) * (x.var() + y.var() + 9e-4))
    )


def resonance(w: Any, radius: Any) -> Any:
    re = 1 - 2 * radius * np.cos(0.3) * np.cos(w) + radius**2 * np.cos(2 * w)
    im = 2 * radius * np.cos(0.3) * np.sin(w) - radius**2 * np.sin(2 * w)
    return -10 * np.log10(re * re + im * im)


def compressed(x: Any) -> Any:
    level = 20 * np.log10(np.abs(x))
    over = np.clip(level + 20 + 3, 0, 6)
    gain = -0.75 * (over * over / 12 + np.maximum(level + 20 - 3, 0))
    return x * 10 ** (gain / 20)


def variation(x: Any) -> Any:
    a, b = x[1:, :-1] - x[:-1, :-1], x[:-1, 1:] - x[:-1, :-1]
    return np.sqrt(a * a + b * b + 1e-10).sum()


def smoothed(x: Any, w: Any) -> Any:
    return np.flip(np.convolve(np.flip(np.convolve(x, w)), w))[2:-2] - x * w.sum() ** 2


SIGNALS: dict[str, Program] = {
    "cepstrum of a tone": (
        cepstrum, lambda r: [np.cos(np.pi * np.arange(8) / 4) + 1e-2 * r.normal(size=8)]),
    "power of a slow tone": (
        goertzel, lambda r: [r.normal(size=30), r.uniform(0.02, 0.1, 1)]),
    "prediction of a smooth series": (
        prediction,
        lambda r: [np.sin(0.4 * np.arange(12) + r.uniform(0, 6)) + 0.02 * r.normal(size=12)]),
    "distortion of a near-perfect copy": (
        distortion, lambda r: (lambda s: [s + 1e-4 * r.normal(size=6), s])(r.normal(size=6))),
    "similarity of flat images": (
        similarity, lambda r: [0.5 + 1e-3 * r.normal(size=(2, 3)) for _ in range(2)]),
    "gain at a sharp resonance": (
        resonance, lambda r: [0.3 + 1e-3 * r.normal(size=3), 1 - 10 ** r.uniform(-4, -2, 3)]),
    "delay of a filter that passes all": (
        lambda w, radius: (1 - radius**2) / (1 + radius**2 - 2 * radius * np.cos(w - 1)),
        lambda r: [1 + 1e-2 * r.normal(size=3), 1 - 10 ** r.uniform(-4, -1, 3)]),
    "loud and quiet parts, compressed": (compressed, decades(-4, 1, (6,))),
    "flatness of a nearly white spectrum": (
        lambda p: np.exp(np.log(p).mean()) / p.mean() - 1, normals((6,), scale=1e-2, offset=1)),
    "peak between three close values": (
        lambda p: (p[0] - p[2]) / (2 * (p[0] - 2 * p[1] + p[2])),
        lambda r: [np.array([1.0, 1, 1]) - 1e-3 * np.array([1, 0, 1]) * r.uniform(0.3, 1, 3)]),
    "variation of a nearly flat image": (variation, normals((4, 4), scale=1e-4, offset=1)),
    "filter of both directions": (smoothed, normals((6,), (3,))),
    "tone of rising pitch": (
        lambda a, t: np.sin(np.exp(a) * t * t),
        lambda r: [r.uniform(3, 7, 4), r.uniform(0.5, 2, 4)]),
}  # fmt: skip

# --- solvers ---


def saddle(q: Any, a: Any, b: Any) -> Any:
    h = q @ q.T + 1e-3 * np.eye(3)
    above = np.concatenate([h, a.T], axis=1)
    below = np.concatenate([a, np.zeros((1, 1))], axis=1)
    return np.linalg.solve(np.concatenate([above, below]), np.concatenate([np.ones(3), b]))


def barrier(c: Any, mu: Any) -> Any:
    b = c + 2 * mu
    return (b - np.sqrt(b * b - 4 * c * mu)) / (2 * c)


def lasso(a: Any, b: Any) -> Any:
    x = 0 * a[0]
    for _ in range(8):
        x = x - 0.05 * a.T @ (a @ x - b)
        x = np.maximum(x - 0.01, 0) - np.maximum(-x - 0.01, 0)
    return x


def newton(x: Any, y: Any) -> Any:
    w = 0 * x[0]
    for _ in range(4):
        p = F.sigmoid(x @ w)
        hessian = (x.T * (p * (1 - p))) @ x + 0.1 * np.eye(2)
        w = w - np.linalg.solve(hessian, x.T @ (p - y) + 0.1 * w)
    return w


def equilibrium(x: Any, w: Any) -> Any:
    z = 0 * x
    for _ in range(20):
        z = np.tanh(w @ z / 4 + x)
    return z


def adam(w: Any, scale: Any) -> Any:
    m, v = 0 * w, 0 * w
    for step in range(1, 5):
        g = scale * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        w = w - 0.01 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    return w


def orthogonalised(g: Any) -> Any:
    x = g / (np.sqrt((g * g).sum()) + 1e-7)
    for _ in range(5):
        s = x @ x.T
        x = 3.4445 * x + (-4.775 * s + 2.0315 * s @ s) @ x
    return x


def mirror(x: Any, g: Any) -> Any:
    p = F.softmax(x, axis=-1)
    for _ in range(5):
        p = p * np.exp(-20 * (g + p))
        p = p / p.sum()
    return p


SOLVERS: dict[str, Program] = {
    "point of a saddle": (saddle, normals((3, 2), (1, 3), (1,))),
    "path beside a barrier": (
        barrier, lambda r: [r.uniform(0.5, 3, 4), 10 ** r.uniform(-5, -1, 4)]),
    "coefficients that shrink": (lasso, normals((4, 3), (4,))),
    "classes by four steps": (
        lambda x: newton(x, np.array([0.0, 1, 1, 0, 1])), normals((5, 2))),
    "layer at its equilibrium": (equilibrium, normals((3,), (3, 3))),
    "four steps of far slopes": (adam, lambda r: [r.normal(size=4), 10 ** r.uniform(-5, 4, 4)]),
    "step of equal singular values": (orthogonalised, normals((2, 4))),
    "steps on a simplex": (mirror, normals((5,), (5,), scale=0.3)),
    "ratio of lengths": (
        lambda w, g: w - np.sqrt((w * w).sum() / (g * g).sum()) * g,
        lambda r: [r.normal(size=4), 1e-8 * r.normal(size=4)]),
}  # fmt: skip

SIGNALS_AND_SOLVERS = {**SIGNALS, **SOLVERS}
