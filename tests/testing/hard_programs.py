"""Functions of several inputs with correct gradients that are hard to check, by subject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.hard_models import LAYERS, LOSSES
from tests.testing.points import Program, between, decades, normals


def repeated(step: Callable[[Any], Any], times: int) -> Callable[[Any], Any]:
    def function(x: Any) -> Any:
        for _ in range(times):
            x = step(x)
        return x

    return function


# --- geometry and linear algebra ---


def angle(a: Any, b: Any) -> Any:
    return np.arccos((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def heron(x: Any) -> Any:
    a, b, c = x[0], x[1], x[2]
    s = (a + b + c) / 2
    return np.sqrt(s * (s - a) * (s - b) * (s - c))


def gram_schmidt(a: Any) -> Any:
    q: list[Any] = []
    for column in range(a.shape[1]):
        v = a[:, column]
        for other in q:
            v = v - (v * other).sum() * other
        q.append(v / np.sqrt((v * v).sum()))
    return np.stack(q)


def power_iteration(a: Any) -> Any:
    v = np.ones(a.shape[0]) / 2
    for _ in range(40):
        v = a @ (a.T @ v)
        v = v / np.sqrt((v * v).sum())
    return np.sqrt(((a.T @ v) ** 2).sum())


def newton_inverse(a: Any) -> Any:
    x = a.T / (a.detach().numpy() ** 2).sum()
    for _ in range(25):
        x = x @ (2 * np.eye(a.shape[0]) - a @ x)
    return x


def rotation(q: Any) -> Any:
    w, x, y, z = (q[k] / np.sqrt((q * q).sum()) for k in range(4))
    return np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)])


def pairwise(x: Any) -> Any:
    squares = (x * x).sum(axis=1)
    return squares[:, None] + squares[None, :] - 2 * x @ x.T


def kernel(x: Any, width: float) -> Any:
    return np.exp(-((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=-1) / width)


def haversine(p: Any) -> Any:
    a = (
        np.sin((p[0] - p[2]) / 2) ** 2
        + np.cos(p[0]) * np.cos(p[2]) * np.sin((p[1] - p[3]) / 2) ** 2
    )
    return 2 * 6371 * np.arcsin(np.sqrt(a))


DFT = np.cos(2 * np.pi * np.outer(np.arange(6), np.arange(6)) / 6)

GEOMETRY: dict[str, Program] = {
    "angle of nearly parallel vectors": (
        angle, lambda r: (lambda a: [a, a + 1e-3 * r.normal(size=4)])(r.normal(size=4))),
    "area of a thin triangle": (
        heron, lambda r: [np.array([1.0, 1, 2 - 1e-4]) * (1 + 1e-6 * r.normal(size=3))]),
    "orthogonalised, ill conditioned": (
        gram_schmidt, lambda r: [np.ones((3, 3)) + 1e-2 * r.normal(size=(3, 3))]),
    "orthogonality of orthogonalised": (
        lambda a: gram_schmidt(a) @ gram_schmidt(a).T, normals((4, 3))),
    "largest singular value by iteration": (
        power_iteration, lambda r: [np.diag([5.0, 2, 1]) + 0.1 * r.normal(size=(3, 3))]),
    "inverse by iteration": (
        newton_inverse, lambda r: [3 * np.eye(3) + r.normal(size=(3, 3))]),
    "rotation of a long quaternion": (rotation, normals((4,), scale=1e6)),
    "length of a rotated vector": (
        lambda q, v: ((rotation(q) @ v) ** 2).sum(), normals((4,), (3,))),
    "pairwise distances by the difference of squares": (
        pairwise, normals((4, 3), offset=100)),
    "narrow kernel": (lambda x: kernel(x, 0.05), normals((4, 2))),
    "wide kernel": (lambda x: kernel(x, 1e6), normals((4, 2))),
    "log of a sum of narrow kernels": (
        lambda x: F.logsumexp(-((x[:, None] - x[None, :]) ** 2) / 1e-3, axis=1),
        normals((5,))),
    "distance of close places": (
        haversine, lambda r: [np.array([0.8, 0.1, 0.8, 0.1]) + 1e-4 * r.normal(size=4)]),
    "cosine of equal vectors": (lambda x: F.cosine_similarity(x, 3 * x, axis=-1),
                                normals((3, 4))),
    "projection applied twice": (
        lambda a: a @ np.linalg.inv(a.T @ a) @ a.T @ a - a, normals((5, 2))),
    "determinant of a singular matrix": (
        lambda a: np.linalg.det(np.concatenate([a, a[:1] + a[1:]], axis=0)), normals((2, 3))),
    "determinant of a nearly singular matrix": (
        np.linalg.det, lambda r: [np.ones((3, 3)) + 1e-3 * r.normal(size=(3, 3))]),
    "distance under an ill-conditioned covariance": (
        lambda x, c: x @ np.linalg.solve(c @ c.T + 1e-6 * np.eye(3), x),
        normals((3,), (3, 2))),
    "residual of a solved system": (
        lambda a, b: a @ np.linalg.solve(a, b) - b,
        lambda r: [3 * np.eye(3) + r.normal(size=(3, 3)), r.normal(size=3)]),
    "cosine transform and back": (
        lambda x: np.linalg.solve(DFT + 3 * np.eye(6), (DFT + 3 * np.eye(6)) @ x) - x,
        normals((6,))),
    "trace of a commutator": (
        lambda a, b: np.trace(a @ b - b @ a), normals((3, 3), (3, 3))),
    "angle around the circle": (
        lambda x: np.arctan2(np.sin(x), np.cos(x)), between(-3, 3, (5,))),
    "radius in polar coordinates": (
        lambda r, t: np.sqrt((r * np.cos(t)) ** 2 + (r * np.sin(t)) ** 2),
        between(0.5, 2, (4,), (4,))),
    "edge filter on a constant row": (
        lambda x: F.conv1d((x * np.ones(8)).reshape(1, 1, 8), np.array([[[1.0, -2, 1]]])),
        normals((1,), offset=1000)),
}  # fmt: skip

# --- iterations and special functions ---


def kepler(m: Any) -> Any:
    e = m
    for _ in range(60):
        e = m + 0.5 * np.sin(e)
    return e


def square_root(x: Any) -> Any:
    y = 1 + 0 * x
    for _ in range(40):
        y = (y + x / y) / 2
    return y


def runge_kutta(x: Any) -> Any:
    for _ in range(20):
        a = -30 * x
        b = -30 * (x + 0.05 * a)
        x = x + 0.1 * (a + b) / 2 * 0.2
    return x


def leapfrog(q: Any, p: Any) -> Any:
    start = 0.5 * (q * q + p * p)
    for _ in range(30):
        p = p - 0.005 * q
        q = q + 0.01 * p
        p = p - 0.005 * q
    return 0.5 * (q * q + p * p) - start


def chebyshev(x: Any) -> Any:
    before, now = 1 + 0 * x, x
    for _ in range(24):
        before, now = now, 2 * x * now - before
    return now


def wilkinson(x: Any) -> Any:
    result = 1 + 0 * x
    for root in range(1, 13):
        result = result * (x - root)
    return result


def sine_series(x: Any) -> Any:
    term = total = x
    for k in range(1, 40):
        term = -term * x * x / (2 * k * (2 * k + 1))
        total = total + term
    return total


def recurrent(x: Any, w: Any, gain: float) -> Any:
    h = 0 * x[0]
    for t in range(x.shape[0]):
        h = np.tanh(gain * (h @ w) + x[t])
    return h


ITERATIONS: dict[str, Program] = {
    "kepler's equation": (kepler, between(0.1, 3, (4,))),
    "square root by iteration": (square_root, between(0.01, 50, (4,))),
    "stiff decay": (runge_kutta, normals((4,))),
    "energy drift of a symplectic step": (leapfrog, normals((3,), (3,))),
    "chebyshev polynomial of degree 25": (chebyshev, between(-1, 1, (4,))),
    "polynomial with roots 1 to 12": (wilkinson, between(1.2, 11.8, (3,))),
    "sine by its series": (sine_series, between(5, 12, (3,))),
    "seven steps of a logistic map": (
        repeated(lambda x: 3.9 * x * (1 - x), 7), between(0.1, 0.9, (3,))),
    "saturated recurrence": (
        lambda x, w: recurrent(x, w, 20.0), normals((8, 3), (3, 3))),
    "forgetting recurrence": (
        lambda x, w: recurrent(x, w, 0.05), normals((12, 2), (2, 2))),
    "tower of square roots": (
        repeated(lambda x: np.sqrt(1 + x), 30), between(0.1, 5, (4,))),
    "logarithms of logarithms": (
        repeated(lambda x: np.log1p(x), 12), between(0.1, 100, (4,))),
    "sinc beside 0": (lambda x: np.sin(x) / x, decades(-6, -2, (4,))),
    "(1 − cos x) / x² beside 0": (lambda x: (1 - np.cos(x)) / (x * x), decades(-2, 0, (4,))),
    "(eˣ − 1) / x beside 0": (lambda x: np.expm1(x) / x, decades(-8, -2, (4,))),
    "x / (eˣ − 1) of both signs": (lambda x: x / np.expm1(x), decades(-5, 2, (5,))),
    "difference of hypotenuses": (
        lambda x: np.hypot(1e4, x) - 1e4, decades(-1, 2, (4,))),
    "root of a quadratic with cancellation": (
        lambda b: -b + np.sqrt(b * b - 1), between(1e2, 1e4, (4,))),
    "gaussian tail": (lambda x: 1 - F.erf(x), between(1.5, 4, (4,))),
    "gaussian tail far out": (lambda x: 0.5 * (1 - F.erf(x / 1.4142)), between(5, 8, (4,))),
    "inverse hyperbolic tangent near 1": (
        np.arctanh, lambda r: [1 - 10 ** r.uniform(-9, -5, 4)]),
    "power of a power": (lambda x: (x**7) ** (1 / 7) - x, between(0.1, 9, (5,))),
    "20-norm": (lambda x: (np.abs(x) ** 20).sum() ** (1 / 20), decades(-2, 2, (5,))),
    "harmonic mean of mixed magnitudes": (
        lambda x: 5 / (1 / x).sum(), lambda r: [10 ** r.uniform(-6, 6, 5)]),
    "geometric mean of mixed magnitudes": (
        lambda x: np.exp(np.log(x).mean()), lambda r: [10 ** r.uniform(-30, 30, 5)]),
    "x^x": (lambda x: x**x, between(0.01, 5, (4,))),
    "weighted mean with vanishing weights": (
        lambda x, w: (x * np.exp(w)).sum() / np.exp(w).sum(),
        lambda r: [r.normal(size=5), r.uniform(-60, 0, 5)]),
}  # fmt: skip

PROGRAMS = {**GEOMETRY, **ITERATIONS, **LOSSES, **LAYERS}
