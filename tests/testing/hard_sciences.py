"""Hard functions of statistics, physics, signals and learning; their gradients are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, decades, normals

# --- statistics and finance ---


def beta_log_density(x: Any, a: Any) -> Any:
    b = 50.0
    return ((a - 1) * np.log(x) + (b - 1) * np.log1p(-x)).sum()


def black_scholes(spot: Any, volatility: Any) -> Any:
    deviation = volatility * 0.5
    d = (np.log(spot / 100) + 0.02 * 0.25) / deviation + deviation / 2
    return spot * (1 + F.erf(d / 2**0.5)) / 2 - 100 * (1 + F.erf((d - deviation) / 2**0.5)) / 2


def autocorrelation(x: Any) -> Any:
    centered = x - x.mean()
    return (centered[1:] * centered[:-1]).sum() / (centered * centered).sum()


def welford(x: Any) -> Any:
    mean, total = 0 * x[0], 0 * x[0]
    for count in range(x.shape[0]):
        gap = x[count] - mean
        mean = mean + gap / (count + 1)
        total = total + gap * (x[count] - mean)
    return total / x.shape[0]


def kalman(z: Any, noise: Any) -> Any:
    mean, variance = 0 * z[0], 1 + 0 * z[0]
    for t in range(z.shape[0]):
        variance = variance + 1e-6
        gain = variance / (variance + noise)
        mean, variance = mean + gain * (z[t] - mean), (1 - gain) * variance
    return mean


def forward_algorithm(emissions: Any, transitions: Any) -> Any:
    state = emissions[0]
    for t in range(1, emissions.shape[0]):
        state = F.logsumexp(state[:, None] + transitions, axis=0) + emissions[t]
    return F.logsumexp(state, axis=0)


STATISTICS: dict[str, Program] = {
    "beta density near its ends": (
        beta_log_density, lambda r: [r.uniform(0.001, 0.02, 4), r.uniform(0.5, 3, 4)]),
    "option price far in the money": (
        black_scholes, lambda r: [r.uniform(200, 400, 3), r.uniform(0.1, 0.3, 3)]),
    "option price far out of the money": (
        black_scholes, lambda r: [r.uniform(60, 80, 3), r.uniform(0.15, 0.3, 3)]),
    "autocorrelation about a large mean": (autocorrelation, normals((7,), offset=1e3)),
    "running variance about a large mean": (welford, normals((6,), offset=1e4)),
    "difference of two variances": (
        lambda x: welford(x) - x.var(), normals((5,), offset=3)),
    "filtered series with tiny noise": (
        kalman, lambda r: [r.normal(size=5), r.uniform(1e-8, 1e-6)* np.ones(1)]),
    "forward algorithm with rare transitions": (
        forward_algorithm, lambda r: [r.normal(size=(5, 3)), -20 * np.abs(r.normal(size=(3, 3)))]),
    "softmax regression at its optimum": (
        lambda w: F.cross_entropy(np.eye(3) @ w, np.arange(3)) * 1.0,
        lambda r: [12 * np.eye(3) + 0.1 * r.normal(size=(3, 3))]),
    "negative binomial of small dispersion": (
        lambda m, a: (np.log1p(a * m) / a + 3 * (np.log(m) + np.log(a) - np.log1p(a * m))).sum(),
        lambda r: [r.uniform(1, 20, 4), r.uniform(1e-6, 1e-4, 4)]),
    "kurtosis": (
        lambda x: ((x - x.mean()) ** 4).mean() / ((x - x.mean()) ** 2).mean() ** 2,
        normals((8,), offset=50)),
    "cauchy likelihood": (lambda x: -np.log1p((x / 1e-2) ** 2).sum(), decades(-4, 3, (5,))),
    "log-sum of weights of importance": (
        lambda p, q: 2 * F.logsumexp(p - q, axis=0) - F.logsumexp(2 * (p - q), axis=0),
        normals((6,), (6,), scale=10)),
    "covariance that cancels": (
        lambda x, y: ((x - x.mean()) * (y - y.mean())).mean() - (x * y).mean()
        + x.mean() * y.mean(),
        normals((6,), (6,))),
    "weights of an exponential average": (
        lambda x, a: sum(a * (1 - a) ** k * x[k] for k in range(12)).sum(),
        lambda r: [r.normal(size=12), r.uniform(1e-3, 1 - 1e-3, 2)]),
    "hazard far in the tail": (
        lambda x: np.exp(-x * x / 2) / (1 - F.erf(x / 2**0.5)), between(1, 3.5, (4,))),
    "sharpe ratio of steady returns": (
        lambda x: x.mean() / x.std(), normals((6,), scale=1e-5, offset=0.01)),
    "compound interest per second": (
        lambda rate: (1 + rate / 31_536_000) ** 31_536_000, between(0.01, 0.2, (3,))),
    "logistic map's invariant": (
        lambda x: np.arcsin(np.sqrt(x)) - 2 * np.arctan(np.sqrt(x / (1 - x))) / 2,
        between(0.05, 0.95, (4,))),
}  # fmt: skip

# --- physics and geometry ---


def lennard_jones(x: Any) -> Any:
    gaps = ((x[:, None] - x[None, :]) ** 2).sum(axis=-1) + 1e3 * np.eye(x.shape[0])
    return (4 * (gaps**-6 - gaps**-3)).sum()


def lens(n: Any, angle: Any) -> Any:
    inside = np.arcsin(np.sin(angle) / n)
    return (np.sin(angle - inside) / np.sin(angle + inside)) ** 2


def plane_through(points: Any) -> Any:
    a, b = points[1] - points[0], points[2] - points[0]
    return np.cross(a, b) / np.sqrt((np.cross(a, b) ** 2).sum())


def verlet(x: Any, v: Any) -> Any:
    for _ in range(15):
        v = v - 0.01 * np.sin(x)
        x = x + 0.01 * v
    return v * v / 2 - np.cos(x)


def hyperbolic_distance(a: Any, b: Any) -> Any:
    gap = ((a - b) ** 2).sum()
    scale = (1 - (a * a).sum()) * (1 - (b * b).sum())
    return np.arccosh(1 + 2 * gap / scale)


def in_ball(low: float, high: float) -> Any:
    def inputs(rng: np.random.Generator) -> list[Any]:
        found = [rng.normal(size=3) for _ in range(2)]
        return [rng.uniform(low, high) * x / np.linalg.norm(x) for x in found]

    return inputs


THIN = np.array([[0.0, 0, 0], [1, 0, 0], [2, 1e-3, 0]])

PHYSICS: dict[str, Program] = {
    "molecules at rest": (
        lennard_jones, lambda r: [np.eye(3) * 0.8 + 0.01 * r.normal(size=(3, 3))]),
    "molecules too close": (
        lennard_jones, lambda r: [np.eye(3) * 0.2 + 0.01 * r.normal(size=(3, 3))]),
    "reflection of a ray": (
        lens, lambda r: [r.uniform(1.001, 1.01, 3), r.uniform(0.01, 0.2, 3)]),
    "normal of a thin triangle": (
        plane_through,
        lambda r: [THIN + 1e-5 * r.normal(size=(3, 3))]),
    "energy of a pendulum": (verlet, normals((3,), (3,))),
    "relativistic energy of slow bodies": (
        lambda v: 1 / np.sqrt(1 - v * v) - 1, decades(-4, -1, (4,))),
    "velocity near that of light": (
        lambda e: np.sqrt(1 - 1 / (1 + e) ** 2), between(30, 1000, (4,))),
    "black body at low frequency": (
        lambda x: x**3 / np.expm1(x), lambda r: [10 ** r.uniform(-5, -1, 4)]),
    "black body at high frequency": (
        lambda x: x**3 / np.expm1(x), between(20, 200, (4,))),
    "screened potential": (lambda r: np.exp(-r / 1e-1) / r, between(0.01, 3, (5,))),
    "distance in the hyperbolic ball": (hyperbolic_distance, in_ball(0.3, 0.9)),
    "distance near its boundary": (hyperbolic_distance, in_ball(0.9999, 0.99999)),
    "reaction rate": (
        lambda t: 1e13 * np.exp(-1.2e4 / t), between(280, 900, (4,))),
    "fermi function": (
        lambda e: 1 / (1 + np.exp(np.clip((e - 1) / 0.002, -500, 500))), between(0.98, 1.02, (5,))),
    "dispersion of deep water": (
        lambda k: np.sqrt(9.81 * k * np.tanh(50 * k)), between(1e-4, 1, (5,))),
    "coordinates on a sphere and back": (
        lambda a, b: np.arctan2(np.sin(a) * np.cos(b), np.cos(a) * np.cos(b)) - a,
        lambda r: [r.uniform(-3, 3, 4), r.uniform(-1.5, 1.5, 4)]),
    "volume of a flat simplex": (
        lambda a: np.linalg.det(a[1:] - a[0]) / 6,
        lambda r: [r.normal(size=(4, 3)) * np.array([1, 1, 1e-7])]),
    "unit quaternions multiplied": (
        lambda p, q: (p[0] * q[0] - (p[1:] * q[1:]).sum()) / np.sqrt((p * p).sum() * (q * q).sum()),
        lambda r: (lambda p: [p, p * np.array([1, -1, -1, -1]) + 1e-6 * r.normal(size=4)])(
            r.normal(size=4))),
    "barometric formula": (
        lambda h: 101325 * (1 - 2.25577e-5 * h) ** 5.25588, between(1, 9000, (4,))),
    "lorentz boost and back": (
        lambda t, x: (t - 0.999 * x + 0.999 * (x - 0.999 * t)) / (1 - 0.999**2) - t,
        normals((3,), (3,))),
}  # fmt: skip

# --- signals and learning ---


def conjugate_gradient(a: Any, b: Any) -> Any:
    matrix = a.T @ a + 0.5 * np.eye(b.shape[0])
    x, residual = 0 * b, b
    p = residual
    for _ in range(3):
        image = matrix @ p
        step = (residual * residual).sum() / (p * image).sum()
        x = x + step * p
        after = residual - step * image
        p = after + (after * after).sum() / (residual * residual).sum() * p
        residual = after
    return x


def sinkhorn(cost: Any) -> Any:
    log_plan = -cost / 0.05
    for _ in range(8):
        log_plan = log_plan - F.logsumexp(log_plan, axis=1, keepdims=True)
        log_plan = log_plan - F.logsumexp(log_plan, axis=0, keepdims=True)
    return (np.exp(log_plan) * cost).sum()


def unrolled_descent(w: Any, x: Any) -> Any:
    for _ in range(6):
        w = w - 0.3 * x.T @ (x @ w - 1) / x.shape[0]
    return ((x @ w - 1) ** 2).mean()


def iir(x: Any, pole: float) -> Any:
    state, found = 0 * x[0], []
    for t in range(x.shape[0]):
        state = pole * state + x[t]
        found.append(state)
    return np.stack(found)


def rotary(q: Any, k: Any) -> Any:
    angle = np.array([1e4, 1e-4])
    half = [(v[:2] * np.cos(angle) - v[2:] * np.sin(angle)) for v in (q, k)]
    other = [(v[:2] * np.sin(angle) + v[2:] * np.cos(angle)) for v in (q, k)]
    return (half[0] * half[1] + other[0] * other[1]).sum() - (q * k).sum()


def mixture(x: Any, mean: Any, log_scale: Any) -> Any:
    z = (x[:, None] - mean[None, :]) * np.exp(-log_scale)
    return F.logsumexp(-z * z / 2 - log_scale, axis=1).sum()


def flow(x: Any) -> Any:
    total = 0 * x.sum()
    for _ in range(5):
        total = total + np.log1p(-(np.tanh(x) ** 2) + 1e-12).sum()
        x = 3 * np.tanh(x)
    return total


TURN = np.array([[0.0, -1], [1, 0]])


def turned(a: Any) -> Any:
    return a @ a


LEARNING: dict[str, Program] = {
    "conjugate gradients": (conjugate_gradient, normals((4, 3), (3,))),
    "optimal transport": (sinkhorn, lambda r: [r.uniform(0, 1, (4, 4))]),
    "loss after six steps": (unrolled_descent, normals((3,), (5, 3))),
    "resonant filter": (lambda x: iir(x, 0.999), normals((20,))),
    "growing filter": (lambda x: iir(x, 4.0), normals((15,))),
    "filter and its inverse": (
        lambda x: iir(x, 0.9)[1:] - 0.9 * iir(x, 0.9)[:-1] - x[1:], normals((9,))),
    "rotated queries and keys": (rotary, normals((4,), (4,))),
    "mixture with a narrow component": (
        mixture, lambda r: [r.normal(size=5), r.normal(size=3), np.array([-4.0, 0, 2])]),
    "mixture with a far component": (
        mixture, lambda r: [r.normal(size=5), np.array([0.0, 1, 40]), r.normal(size=3) / 3]),
    "log-determinant of a saturated flow": (flow, normals((4,))),
    "hard sigmoid between its corners": (
        lambda x: np.clip(0.2 * x + 0.5, 0, 1), between(-2.4, 2.4, (5,))),
    "truncated normal": (
        lambda m: np.log(F.erf((m + 1) / 1e-1) - F.erf((m - 1) / 1e-1)), between(-0.8, 0.8, (4,))),
    "temperature of 1e-3": (
        lambda x: F.softmax(x / 1e-3, axis=-1) @ np.arange(4.0), normals((2, 4))),
    "temperature of 1e3": (
        lambda x: F.softmax(x / 1e3, axis=-1) - 0.25, normals((2, 4))),
    "label that is certain": (
        lambda x: F.cross_entropy(x, np.array([1, 2])), lambda r: [
            35 * np.eye(4)[[1, 2]] + r.normal(size=(2, 4))]),
    "embedding of a long context, averaged": (
        lambda w: w[np.arange(200) % 5].mean(axis=0) @ np.array([1.0, -1, 0.5]), normals((5, 3))),
    "two heads that cancel": (
        lambda x, a: (F.softmax(x @ a, axis=-1) - F.softmax(x @ a + 3.0, axis=-1)) @ x.T,
        normals((3, 3), (3, 3))),
    "instance norm of an almost flat image": (
        lambda x: (x - x.mean(axis=(1, 2), keepdims=True))
        / np.sqrt(x.var(axis=(1, 2), keepdims=True) + 1e-5),
        normals((2, 2, 3), scale=1e-3, offset=0.5)),
    "spectral norm by iteration": (
        lambda w: (w / np.sqrt(((w @ np.array([0.6, 0.8])) ** 2).sum())) @ np.ones(2),
        lambda r: [np.outer([3.0, 1], [0.6, 0.8]) + 1e-3 * r.normal(size=(2, 2))]),
    "advantages, standardised": (
        lambda x: ((x - x.mean()) / (x.std() + 1e-8) * np.array([1.0, -2, 0.5, 1, 0])).sum(),
        normals((5,), scale=1e-3, offset=100)),
    "ratio of policies, clipped": (
        lambda a, b: np.minimum(np.exp(a - b), np.clip(np.exp(a - b), 0.8, 1.2)).sum(),
        lambda r: (lambda a: [a, a + r.choice([-1, 1], 5) * r.uniform(0.3, 0.5, 5)])(
            r.normal(size=5))),
    "second moment of tiny gradients": (
        lambda g: g / (np.sqrt(0.001 * g * g) + 1e-8), decades(-12, -2, (5,))),
    "energy of a restricted machine": (
        lambda v, w: -F.softplus(v @ w).sum() + np.log1p(np.exp(-np.abs(v @ w))).sum(),
        normals((3,), (3, 4), scale=3)),
    "wavelet and its inverse": (
        lambda x: ((x[0::2] + x[1::2]) / 2**0.5 + (x[0::2] - x[1::2]) / 2**0.5) / 2**0.5 - x[0::2],
        normals((8,), scale=100)),
    "dice loss of an empty mask": (
        lambda x: 1 - (2 * (F.sigmoid(x) * 0.0).sum() + 1) / (F.sigmoid(x).sum() + 1),
        lambda r: [r.uniform(-30, -5, 6)]),
    "gradient penalty's norm": (
        lambda w, x: (np.sqrt(((np.tanh(x @ w)[:, None] * w.T) ** 2).sum(axis=1)) - 1) ** 2,
        normals((3, 2), (3,))),
    "bradley-terry of equal strengths": (
        lambda s: F.softplus(s[:, None] - s[None, :]).sum(), normals((5,), scale=1e-7)),
    "chain of small rotations": (
        lambda a: turned(turned(turned(turned(np.eye(2) + a * TURN)))).sum(),
        lambda r: [r.uniform(1e-6, 1e-4, (1, 1))]),
}  # fmt: skip

SCIENCES = {**STATISTICS, **PHYSICS, **LEARNING}
