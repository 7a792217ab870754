"""Hard functions of chemistry, medicine, finance and likelihoods; their gradients are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Inputs, Program, between, normals
from tinygrad_w2v import special


def powers(low: float, high: float, *shapes: tuple[int, ...]) -> Inputs:
    """Make positive inputs whose magnitudes spread over decades."""
    return lambda rng: [10 ** rng.uniform(low, high, shape) for shape in shapes]


def close(low: float, high: float, *shape: int, apart: float) -> Inputs:
    """Make two inputs whose values are a small, random part apart."""

    def inputs(rng: np.random.Generator) -> list[Any]:
        a = rng.uniform(low, high, shape)
        sign = rng.choice([-1, 1], shape)
        return [a, a * (1 + apart * sign * rng.uniform(0.3, 1, shape))]

    return inputs


# --- chemistry and physics of matter ---


def acidity(constant: Any, amount: Any) -> Any:
    ions = (-constant + np.sqrt(constant * constant + 4 * constant * amount)) / 2
    return -np.log10(ions)


def tight_binding(enzyme: Any, inhibitor: Any, constant: Any) -> Any:
    total = enzyme + inhibitor + constant
    return (total - np.sqrt(total * total - 4 * enzyme * inhibitor)) / 2


def lambert(x: Any) -> Any:
    w = np.log1p(x)
    for _ in range(10):
        e = np.exp(w)
        w = w - (w * e - x) / (e * (w + 1))
    return w


def friction(reynolds: Any, roughness: Any) -> Any:
    y = 6 + 0 * reynolds
    for _ in range(20):
        y = -2 * np.log10(roughness / 3.7 + 2.51 * y / reynolds)
    return 1 / (y * y)


def magnetisation(t: Any) -> Any:
    m = 1 + 0 * t
    for _ in range(10):
        u = np.tanh(m / t)
        m = m - (m - u) / (1 - (1 - u * u) / t)
    return m


def ionised(exponent: Any) -> Any:
    s = np.exp(exponent)
    return (-s + np.sqrt(s * s + 4 * s)) / 2


def cubic_root(p: Any, q: Any) -> Any:
    u = np.cbrt(q / 2 + np.sqrt(q * q / 4 + p**3 / 27))
    return u - p / (3 * u)


MATTER: dict[str, Program] = {
    "acidity of weak and strong acids": (
        acidity, lambda r: [10 ** r.uniform(-10, -3, 4), 10 ** r.uniform(-4, 0, 4)]),
    "tight binding at the equivalence point": (
        tight_binding, lambda r: (lambda e: [
            e, e * (1 + 1e-3 * r.normal(size=4)), 10 ** r.uniform(-6, -3, 4)])(
                r.uniform(1, 2, 4))),
    "steep cooperative binding": (
        lambda x, n: x**n / (1 + x**n), lambda r: [r.uniform(0.3, 3, 4), r.uniform(8, 30, 4)]),
    "bond at its length of rest": (
        lambda x: 4.5 * (1 - np.exp(-1.9 * (x - 0.74))) ** 2,
        normals((4,), scale=1e-4, offset=0.74)),
    "potential between unequal solutions": (
        lambda p, n: 0.0257 * np.log((p[0] + 0.04 * n[0]) / (p[1] + 0.04 * n[1])),
        powers(-3, 3, (2,), (2,))),
    "activity of dilute ions": (
        lambda i: np.exp(-1.17 * np.sqrt(i) / (1 + np.sqrt(i))) - 1, powers(-10, -2, (4,))),
    "diode with a series resistance": (lambert, powers(-3, 6, (4,))),
    "isotope ratio per mille": (
        lambda a, b: 1000 * (a / b - 1), close(0.002, 0.02, 4, apart=1e-5)),
    "pressure at the critical point": (
        lambda v, t: 8 * t / (3 * v - 1) - 3 / (v * v),
        lambda r: [1 + 1e-3 * r.normal(size=4), 1 + 1e-3 * r.normal(size=4)]),
    "friction in a pipe": (
        friction, lambda r: [10 ** r.uniform(4, 8, 3), 10 ** r.uniform(-6, -2, 3)]),
    "magnet below its critical temperature": (magnetisation, between(0.4, 0.9, (4,))),
    "ionised part of a gas": (ionised, between(-40, 9, (5,))),
    "real root of a cubic": (
        cubic_root, lambda r: [10 ** r.uniform(0, 2, 4), r.uniform(0.5, 5, 4)]),
    "heat capacity of an oscillator": (
        lambda x: x * x * np.exp(x) / np.expm1(x) ** 2, powers(-3, 2, (5,))),
    "alignment of dipoles": (lambda x: 1 / np.tanh(x) - 1 / x, between(0.03, 5, (5,))),
    "tunnelling through a barrier": (
        lambda e: np.exp(-2 * np.pi * 3 / np.sqrt(e)), powers(-3.5, 1, (5,))),
    "capillary in both regimes": (
        lambda k, h: np.sqrt((9.81 * k + 7e-5 * k**3) * np.tanh(k * h)),
        powers(-2, 3, (4,), (4,))),
}  # fmt: skip

# --- medicine and populations ---


def two_rates(a: Any, b: Any, t: Any) -> Any:
    return a / (a - b) * (np.exp(-b * t) - np.exp(-a * t))


def final_size(rate: Any) -> Any:
    z = 1 + 0 * rate
    for _ in range(9):
        e = np.exp(-rate * z)
        z = z - (z - 1 + e) / (1 - rate * e)
    return z


def life_table(q: Any) -> Any:
    alive = np.cumprod(1 - q)
    return alive.sum() + np.log(alive[-1])


POPULATIONS: dict[str, Program] = {
    "uptake and decay of nearly equal rates": (
        two_rates, lambda r: [*close(0.5, 2, 3, apart=0.05)(r), r.uniform(0.5, 4, 3)]),
    "uptake and decay of far rates": (
        two_rates,
        lambda r: [r.uniform(50, 100, 3), 10 ** r.uniform(-9, -6, 3), r.uniform(1, 4, 3)]),
    "doses that add up": (
        lambda k: (1 - np.exp(-12 * k)) / (1 - np.exp(-k)), powers(-2, 1, (4,))),
    "final size of an epidemic": (final_size, between(1.4, 5, (4,))),
    "growth from a tiny seed": (
        lambda n, t: 1 / (1 + (1 / n - 1) * np.exp(-t)),
        lambda r: [10 ** r.uniform(-9, -3, 4), r.uniform(1, 30, 4)]),
    "survival to a great age": (
        lambda t: np.exp(-1e-5 / 0.1 * np.expm1(0.1 * t)), between(5, 140, (5,))),
    "life table of rare deaths": (life_table, powers(-6, -2, (8,))),
    "counter that is nearly dead": (
        lambda n: n / (1 - 1e-3 * n), lambda r: [1000 * (1 - 10 ** r.uniform(-4, -1, 4))]),
    "log odds of nearly equal groups": (
        lambda a, b: np.log(a / (1 - a)) - np.log(b / (1 - b)), close(0.2, 0.7, 4, apart=1e-6)),
}  # fmt: skip

# --- finance ---


def bond(y: Any, years: int = 12) -> Any:
    return 0.04 * sum((1 + y) ** -k for k in range(1, years + 1)) + (1 + y) ** -years


def yield_of(price: Any) -> Any:
    y = 0.05 + 0 * price
    for _ in range(6):
        slope = -0.04 * sum(k * (1 + y) ** -(k + 1) for k in range(1, 13)) - 12 * (1 + y) ** -13
        y = y - (bond(y) - price) / slope
    return y


def smile(z: Any, rho: Any) -> Any:
    return z / np.log((np.sqrt(1 - 2 * rho * z + z * z) + z - rho) / (1 - rho))


def drawdown(returns: Any) -> Any:
    prices = np.exp(np.cumsum(returns))
    return 1 - prices / tg.cummax(prices, 0)[0]


def hedged(w: Any, noise: Any) -> Any:
    return w @ (np.ones((3, 3)) + noise @ noise.T) @ w


FINANCE: dict[str, Program] = {
    "yield of a bond": (yield_of, between(0.8, 1.3, (3,))),
    "convexity of a bond by differences": (
        lambda y: (bond(y + 1e-3) - 2 * bond(y) + bond(y - 1e-3)) / 1e-6 / bond(y),
        between(0.01, 0.08, (3,))),
    "forward rate of one day": (lambda a, b: 365 * (a / b - 1), close(0.8, 1, 4, apart=1e-4)),
    "volatility smile near the money": (
        smile, lambda r: [r.choice([-1, 1], 4) * 10 ** r.uniform(-3, -1, 4),
                          r.uniform(-0.7, 0.5, 4)]),
    "drawdown of a path": (drawdown, normals((9,), scale=0.02)),
    "growth beside ruin": (
        lambda f: 0.6 * np.log1p(f) + 0.4 * np.log1p(-f),
        lambda r: [1 - 10 ** r.uniform(-7, -1, 4)]),
    "utility near the logarithm": (
        lambda c, g: (c ** (1 - g) - 1) / (1 - g),
        lambda r: [r.uniform(0.2, 5, 4), 1 + r.choice([-1, 1], 4) * r.uniform(5e-3, 0.1, 4)]),
    "hedged positions": (
        hedged, lambda r: [np.array([1.0, 1, -2]) * (1 + 1e-4 * r.normal(size=3)),
                           1e-3 * r.normal(size=(3, 3))]),
    "digital option at its strike": (
        lambda s: special.ndtr(np.log(s / 100) / 1e-3), between(99.7, 100.3, (4,))),
    "payments at a small rate": (
        lambda r: r / (1 - (1 + r) ** -360.0), powers(-4, -2, (4,))),
    "mean of the worst days": (
        lambda x: np.sort(x)[:3].mean() - x.mean(), normals((10,), scale=1e-3, offset=0.01)),
}  # fmt: skip

# --- likelihoods ---


def extreme(z: Any, shape: Any) -> Any:
    t = np.log1p(shape * z) / shape
    return -(1 + shape) * t - np.exp(-t)


def powered(x: Any, power: Any) -> Any:
    size = np.log1p(np.abs(x))
    up, down = np.expm1(power * size) / power, np.expm1((2 - power) * size) / (2 - power)
    return np.where(x > 0, up, -down)


def beta_binomial(a: Any, b: Any, k: float = 3.0, n: float = 10.0) -> Any:
    g = special.gammaln
    return g(a + k) + g(b + n - k) - g(a + b + n) - g(a) - g(b) + g(a + b)


def tweedie(mu: Any, p: Any, y: float = 2.0) -> Any:
    return (
        y ** (2 - p) / ((1 - p) * (2 - p)) - y * mu ** (1 - p) / (1 - p) + mu ** (2 - p) / (2 - p)
    )


def copula(u: Any, v: Any, r: Any) -> Any:
    a, b, rho = special.ndtri(u), special.ndtri(v), np.tanh(r)
    rest = 1 - rho * rho
    return -np.log(rest) / 2 - (rho * rho * (a * a + b * b) - 2 * rho * a * b) / (2 * rest)


def evidence(x: Any, y: Any, noise: Any) -> Any:
    cov = x @ x.T + noise * np.eye(4)
    return np.linalg.slogdet(cov)[1] + y @ np.linalg.solve(cov, y)


def ranking(s: Any) -> Any:
    return (s - np.flip(tg.logcumsumexp(np.flip(s), 0))).sum()


def biweight(x: Any) -> Any:
    inside = 1 - np.clip(1 - x * x, 0, 1) ** 3
    return inside.sum()


def divergence(p: Any, q: Any, order: Any) -> Any:
    p, q = F.softmax(p, axis=-1), F.softmax(q, axis=-1)
    return np.log((p**order * q ** (1 - order)).sum()) / (order - 1)


def transport(a: Any, b: Any) -> Any:
    a, b = (m @ m.T + np.eye(2) for m in (a, b))
    root = np.sqrt(np.trace(a @ b) + 2 * np.sqrt(np.linalg.det(a @ b)))
    return np.trace(a) + np.trace(b) - 2 * root


LIKELIHOODS: dict[str, Program] = {
    "extreme values of a small shape": (
        extreme, lambda r: [r.uniform(-2, 5, 4), r.uniform(5e-3, 0.15, 4)]),
    "excess beside its largest value": (
        lambda z: np.log1p(-0.5 * z), lambda r: [2 - 10 ** r.uniform(-6, -1, 4)]),
    "box and cox, of a small power": (
        lambda x, p: np.expm1(p * np.log(x)) / p,
        lambda r: [r.uniform(0.1, 9, 4), r.choice([-1, 1], 4) * 10 ** r.uniform(-3, -1, 4)]),
    "power of both signs": (
        powered, lambda r: [r.choice([-1, 1], 5) * r.uniform(0.05, 4, 5), r.uniform(0.05, 1.9, 5)]),
    "skewed normal in its short tail": (
        lambda x, a: -x * x / 2 + special.log_ndtr(a * x),
        lambda r: [r.uniform(-4, 2, 5), r.uniform(3, 9, 5)]),
    "censored and seen values": (
        lambda m: (-((np.array([0.3, 1.7]) - m[:2]) ** 2) / 0.02).sum()
        + special.log_ndtr((m[2:] - 1) / 0.1).sum(), between(-2, 2, (5,))),
    "category between close cuts": (
        lambda a, x: np.log(special.ndtr(a + 1e-3 - x) - special.ndtr(a - x)),
        normals((4,), (4,))),
    "counts of nearly equal odds": (beta_binomial, powers(1.5, 2.7, (3,), (3,))),
    "ranking of a long list": (ranking, normals((8,), scale=10)),
    "deviance of counts beside the mean": (
        lambda m, p: tweedie(m, p),
        lambda r: [2 + 1e-2 * r.normal(size=3), r.uniform(1.1, 1.4, 3)]),
    "deviance of a fitted share": (
        lambda p: (0.3 * np.log(0.3 / p) + 0.7 * np.log(0.7 / (1 - p))).sum(),
        lambda r: [0.3 * (1 + 1e-5 * r.normal(size=4))]),
    "copula of nearly equal margins": (
        copula, lambda r: (lambda u: [u, u + 1e-3 * r.normal(size=3), r.uniform(1, 3, 3)])(
            r.uniform(0.05, 0.95, 3))),
    "evidence of a model with little noise": (
        evidence, lambda r: [r.normal(size=(4, 2)), r.normal(size=4), 10 ** r.uniform(-4, -2, 1)]),
    "weights that fall to zero": (
        biweight, lambda r: [r.choice([-1, 1], 6) * (1 + np.array([-0.9, -0.1, -1e-3, 1e-3, 1, 9])
                                                     * r.uniform(0.5, 1, 6))]),
    "divergence of an order near one": (
        divergence, lambda r: [r.normal(size=4), r.normal(size=4), r.uniform(1.02, 1.3, 1)]),
    "entropy of an order near one": (
        lambda x, q: (1 - (F.softmax(x, axis=-1) ** q).sum()) / (q - 1),
        lambda r: [3 * r.normal(size=5), r.uniform(1.02, 1.3, 1)]),
    "transport between close normals": (
        transport, lambda r: (lambda a: [a, a + 0.02 * r.normal(size=(2, 2))])(
            r.normal(size=(2, 2)))),
    "effective number of samples": (
        lambda w: np.exp(2 * F.logsumexp(w, axis=0) - F.logsumexp(2 * w, axis=0)),
        normals((7,), scale=12)),
    "normal and inverse gaussian of far scales": (
        lambda x, s: (np.log(s) - 3 * np.log(x)) / 2 - s * (x - 1) ** 2 / (2 * x),
        powers(-2, 3, (4,), (4,))),
    "evidence of a regression of four parts": (
        lambda d, v, a: (special.gammaln(a) - special.gammaln(a + 0.5) - np.log(v) / 2
                         + (a + 0.5) * np.log1p(v * d * d / 2)),
        lambda r: [r.normal(size=3), 10 ** r.uniform(-5, 2, 3), 1 + 10 ** r.uniform(-3, 2, 3)]),
}  # fmt: skip

QUANTITIES = {**MATTER, **POPULATIONS, **FINANCE, **LIKELIHOODS}
