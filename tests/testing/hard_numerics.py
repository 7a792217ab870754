"""Hard functions of special functions, interpolation, likelihoods, precisions and scales."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Inputs, Program, between, decades, normals
from tinygrad_w2v import special


def beside(*places: float, gap: float) -> Inputs:
    """Make inputs at a distance of about `gap` from places."""
    return lambda rng: [
        np.array(places) + gap * rng.choice([-1, 1], len(places)) * rng.uniform(0.5, 2, len(places))
    ]


def powers(low: float, high: float, count: int = 4, offset: float = 0.0, sign: int = 1) -> Inputs:
    """Make one input of an offset plus or minus powers of ten."""
    return lambda rng: [offset + sign * 10 ** rng.uniform(low, high, count)]


# --- special functions, at roots, branch points and far out ---


def log1mexp(x: Any) -> Any:
    return np.where(x < np.log(2), np.log(-np.expm1(-x)), np.log1p(-np.exp(-x)))


SPECIAL: dict[str, Program] = {
    "inverse error function near 1": (special.erfinv, powers(-9, -3, offset=1, sign=-1)),
    "normal quantile of rare events": (special.ndtri, powers(-12, -2)),
    "quantile of its distribution": (
        lambda x: special.ndtri(special.ndtr(x)) - x, normals((4,), scale=2)),
    "error function of its inverse": (
        lambda x: special.erf(special.erfinv(x)) - x, between(-0.99, 0.99, (4,))),
    "log of a normal tail": (special.log_ndtr, between(-40, -5, (4,))),
    "scaled tail": (special.erfcx, between(5, 100, (4,))),
    "tail against its scaled form": (
        lambda x: special.erfc(x) - np.exp(-x * x) * special.erfcx(x), between(0.5, 4, (4,))),
    "log-gamma beside its roots": (tg.lgamma, beside(1, 1, 2, 2, gap=1e-6)),
    "log-gamma of tiny values": (tg.lgamma, powers(-12, -3)),
    "log-gamma of large values": (tg.lgamma, powers(2, 6)),
    "digamma beside its root": (tg.digamma, beside(1.4616321449683622, gap=1e-6)),
    "recurrence of digamma": (
        lambda x: tg.digamma(x + 1) - tg.digamma(x) - 1 / x, between(0.1, 5, (4,))),
    "log-beta of large arguments": (
        lambda a, b: tg.lgamma(a) + tg.lgamma(b) - tg.lgamma(a + b), between(1e2, 1e4, (3,), (3,))),
    "reflection of the gamma function": (
        lambda x: tg.lgamma(x) + tg.lgamma(1 - x) + np.log(np.sin(np.pi * x)),
        between(0.05, 0.95, (4,))),
    "bessel function beside its root": (special.bessel_j0, beside(2.404825557695773, gap=1e-5)),
    "bessel function beside 0": (special.bessel_j1, decades(-8, -2, (4,))),
    "ratio of modified bessel functions": (
        lambda x: special.i1(x) / special.i0(x), between(0.01, 30, (4,))),
    "bessel function at its pole": (special.modified_bessel_k0, powers(-6, -1)),
    "bessel function far out": (special.modified_bessel_k1, between(10, 200, (4,))),
    "wronskian of modified bessel functions": (
        lambda x: special.i0(x) * special.modified_bessel_k1(x)
        + special.i1(x) * special.modified_bessel_k0(x) - 1 / x, between(0.1, 10, (2,))),
    "concentrated density on a circle": (
        lambda k, x: k * (np.cos(x) - 1) - np.log(special.i0e(k)),
        lambda r: [r.uniform(50, 500, 3), r.normal(size=3)]),
    "incomplete gamma function in its tail": (
        lambda x: tg.igammac(np.array(3.0), x), between(10, 40, (4,))),
    "chi-squared distribution near 0": (lambda x: tg.igamma(np.array(2.5), x), powers(-4, 1)),
    "arcsine beside 1": (np.arcsin, powers(-8, -3, offset=1, sign=-1)),
    "inverse hyperbolic cosine beside 1": (np.arccosh, powers(-8, -3, offset=1)),
    "inverse hyperbolic tangent beside -1": (np.arctanh, powers(-9, -3, offset=-1)),
    "angle beside its branch cut": (
        np.arctan2, lambda r: [1e-5 * r.choice([-1, 1], 4) * r.uniform(0.5, 2, 4),
                               -r.uniform(0.5, 2, 4)]),
    "cube root beside 0": (np.cbrt, decades(-9, -3, (4,))),
    "large negative power": (lambda x: x**-30, between(0.5, 2, (4,))),
    "power by an exponent beside 0": (
        lambda x, p: x**p, lambda r: [r.uniform(0.1, 9, 3), 1e-8 * r.normal(size=3)]),
    "log of a sum of far exponentials": (np.logaddexp, decades(0, 3, (4,), (4,))),
    "log of a difference of exponentials": (
        lambda a, gap: a + np.log(-np.expm1(-gap)),
        lambda r: [r.normal(size=4), 10 ** r.uniform(-8, -1, 4)]),
    "log of 1 - exp(-x) in two branches": (log1mexp, powers(-6, 1.3, 5)),
    "hypotenuse over 24 decades": (np.hypot, decades(-12, 12, (4,), (4,))),
    "remainder within a period": (
        lambda x: np.sin(np.remainder(x, 2 * np.pi)) - np.sin(x), between(0.5, 6, (4,))),
    "sinc beside integers": (np.sinc, beside(1, 2, 3, gap=1e-6)),
}  # fmt: skip

# --- interpolation, quadrature, differences ---

NODES = np.cos(np.pi * np.arange(7) / 6)
SIGNS = np.array([0.5, -1, 1, -1, 1, -1, 0.5])


def barycentric(x: Any, values: Any) -> Any:
    terms = SIGNS / (x[:, None] - NODES)
    return (terms * values).sum(axis=1) / terms.sum(axis=1)


def divided_differences(nodes: Any, values: Any) -> Any:
    for order in range(1, 4):
        values = (values[1:] - values[:-1]) / (nodes[order:] - nodes[:-order])
    return values


def natural_spline(values: Any) -> Any:
    matrix = 4 * np.eye(4) + np.eye(4, k=1) + np.eye(4, k=-1)
    bends = np.linalg.solve(matrix, 6 * (values[2:] - 2 * values[1:-1] + values[:-2]))
    return (values[1:-1] + values[2:]) / 2 - bends / 8


def bilinear(image: Any, x: Any, y: Any) -> Any:
    i, j = (np.floor(v.detach().numpy()).astype(int) for v in (x, y))
    u, v = x - i, y - j
    top = image[i, j] * (1 - v) + image[i, j + 1] * v
    return top * (1 - u) + (image[i + 1, j] * (1 - v) + image[i + 1, j + 1] * v) * u


def richardson(x: Any) -> Any:
    def slope(h: float) -> Any:
        return (np.sin(3 * x + h) - np.sin(3 * x - h)) / (2 * h)

    return (4 * slope(5e-4) - slope(1e-3)) / 3


def romberg(a: Any) -> Any:
    rows = [(1 + np.exp(a)) / 2]
    for level in range(1, 5):
        middle = (2 * np.arange(2 ** (level - 1)) + 1) / 2**level
        rows.append(rows[-1] / 2 + sum(np.exp(a * t) for t in middle) / 2**level)
    for order in range(1, 4):
        rows = [(4**order * b - c) / (4**order - 1) for c, b in itertools.pairwise(rows)]
    return rows[-1] - np.expm1(a) / a


INTERPOLATION: dict[str, Program] = {
    "interpolation beside its nodes": (
        barycentric, lambda r: [NODES[[1, 2, 4]] + 1e-6 * r.uniform(0.5, 2, 3), r.normal(size=7)]),
    "divided differences of close nodes": (
        divided_differences, lambda r: [1 + 1e-3 * (np.arange(5) + r.uniform(-0.2, 0.2, 5)),
                                        r.normal(size=5)]),
    "natural spline": (natural_spline, normals((6,), offset=100)),
    "image sampled between pixels": (
        bilinear, lambda r: [r.normal(size=(4, 4)), r.uniform(0, 2, 3).round(1) + 0.013,
                             r.uniform(0, 2, 3).round(1) + 0.017]),
    "difference quotient, extrapolated": (richardson, normals((4,))),
    "extrapolated quadrature": (romberg, between(0.5, 3, (3,))),
    "thin plate": (
        lambda x: (lambda d: (d * np.log(d + 1e-12)).sum())(
            ((x[:, None] - x[None]) ** 2).sum(axis=-1)), normals((4, 2))),
    "polynomial fit of degree 7": (
        lambda y: np.linalg.solve(np.vander(np.linspace(-1, 1, 8)), y), normals((8,))),
    "hat functions": (
        lambda x: np.maximum(1 - np.abs(x[:, None] - np.arange(5.0)), 0) @ np.arange(5.0) ** 2,
        lambda r: [np.arange(4) + r.uniform(0.05, 0.95, 4)]),
    "smooth step, twice": (
        lambda x: (lambda t: t * t * (3 - 2 * t))(np.clip(x, 0, 1)), between(0.001, 0.02, (4,))),
}  # fmt: skip

# --- likelihoods ---


def student(x: Any, n: Any) -> Any:
    density = tg.lgamma((n + 1) / 2) - tg.lgamma(n / 2) - np.log(n) / 2
    return (density - (n + 1) / 2 * np.log1p(x * x / n)).sum()


def dirichlet(p: Any, a: Any) -> Any:
    return ((a - 1) * np.log(p)).sum() - tg.lgamma(a).sum() + tg.lgamma(a.sum())


def process(x: Any, y: Any) -> Any:
    kernel = np.exp(-((x[:, None] - x[None]) ** 2)) + 1e-5 * np.eye(4)
    factor = np.linalg.cholesky(kernel)
    white = np.linalg.solve(factor, y)
    return (white * white).sum() / 2 + np.log(np.diagonal(factor)).sum()


def zero_inflated(logit: Any, mean: Any) -> Any:
    return np.logaddexp(F.logsigmoid(logit), F.logsigmoid(-logit) - mean).sum()


def correlation(x: Any, y: Any) -> Any:
    x, y = x - x.mean(), y - y.mean()
    return np.arctanh((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


TARGETS = np.array([0.0, 1, 1, 0])

LIKELIHOODS: dict[str, Program] = {
    "student likelihood of nearly normal tails": (
        student, lambda r: [r.normal(size=4), 10 ** r.uniform(2, 4, 1)]),
    "dirichlet density of tiny concentrations": (
        dirichlet, lambda r: [r.dirichlet(np.ones(4)), 10 ** r.uniform(-4, -1, 4)]),
    "gaussian process of close inputs": (process, normals((4,), (4,), scale=0.3)),
    "zero-inflated counts": (
        zero_inflated, lambda r: [30 * r.normal(size=4), 10 ** r.uniform(-3, 2, 4)]),
    "fisher's z of nearly equal series": (
        correlation, lambda r: (lambda x: [x, x + 1e-4 * r.normal(size=6)])(r.normal(size=6))),
    "gumbel density": (lambda z: -(z + np.exp(-z)), between(-5, 50, (5,))),
    "weibull density of a large shape": (
        lambda x, k: np.log(k) + (k - 1) * np.log(x) - x**k,
        lambda r: [r.uniform(0.3, 1.2, 3), r.uniform(20, 60, 3)]),
    "quantile of close values": (
        lambda x: np.quantile(x, 0.3), lambda r: [1 + 1e-5 * (r.permutation(7) + 0.1)]),
    "mean difference over the mean": (
        lambda x: np.abs(x[:, None] - x[None]).mean() / (2 * x.mean()),
        lambda r: [r.permutation(5) * 1e-3 + 10]),
    "distance of sorted samples": (
        lambda x, y: np.abs(np.sort(x) - np.sort(y)).mean(),
        lambda r: [r.permutation(6) * 0.1, r.permutation(6) * 0.1 + 1e-4]),
    "skewness about 1e4": (
        lambda x: ((x - x.mean()) ** 3).mean() / x.var() ** 1.5, normals((7,), offset=1e4)),
    "gaussian likelihood of tiny variances": (
        lambda x, v: F.gaussian_nll_loss(x, np.zeros(4), v),
        lambda r: [1e-3 * r.normal(size=4), 10 ** r.uniform(-5, -2, 4)]),
    "binary labels of saturated logits": (
        lambda x: F.binary_cross_entropy_with_logits(x, TARGETS, reduction="none"),
        lambda r: [np.array([-60.0, 45, -38, 700]) + r.normal(size=4)]),
    "probabilities beside 0 and 1": (
        lambda p: F.binary_cross_entropy(p, TARGETS),
        lambda r: [np.abs(np.array([0.0, 1, 0, 1]) - 10 ** r.uniform(-9, -2, 4))]),
    "divergence from a log-target": (
        lambda x, y: F.kl_div(F.log_softmax(x, -1), F.log_softmax(y, -1), log_target=True,
                              reduction="sum"), normals((2, 4), (2, 4), scale=12)),
    "counts of large rates": (
        lambda x: F.poisson_nll_loss(x, np.array([0.0, 3, 40]), log_input=True),
        between(-8, 12, (3,))),
    "margin of nearly equal scores": (
        lambda x: F.multi_margin_loss(x, np.array([0, 2]), margin=1.0),
        lambda r: [1e-4 * r.normal(size=(2, 4))]),
    "soft margin of confident scores": (
        lambda x: F.soft_margin_loss(x, np.array([1.0, -1, 1, -1])), normals((4,), scale=40)),
    "smoothed labels of huge logits": (
        lambda x: F.cross_entropy(x, np.array([0, 3]), label_smoothing=0.1),
        normals((2, 4), scale=500)),
}  # fmt: skip

# --- low precision, integers, mixed scales ---


def as_float32(inputs: Inputs) -> Inputs:
    return lambda rng: [array.astype(np.float32) for array in inputs(rng)]


def mixed(rng: np.random.Generator) -> list[Any]:
    return [rng.normal(size=(3, 3)), 10 ** rng.uniform(-6, 6, 3)]


SCALES: dict[str, Program] = {
    "float32 logits": (
        lambda x: F.cross_entropy(x, np.array([0, 2])), as_float32(normals((2, 4), scale=30))),
    "float32 variance about 1000": (
        lambda x: F.layer_norm(x, (5,)), as_float32(normals((2, 5), offset=1000))),
    "float16 tanh": (
        np.tanh, lambda r: [r.normal(size=5).astype(np.float16)]),
    "float32 beside float64": (
        lambda x, y: x @ y, lambda r: [r.normal(size=(2, 3)).astype(np.float32),
                                       r.normal(size=(3, 2))]),
    "rows chosen by integers": (
        lambda w, ids: w[ids].sum(axis=0) ** 2,
        lambda r: [1e-3 * r.normal(size=(4, 3)), r.integers(0, 4, 6)]),
    "integer exponents": (
        lambda x, n: x**n, lambda r: [r.normal(size=5), np.array([0, 1, 2, 3, 4])]),
    "integers times floats": (
        lambda x: (np.arange(5) * x) @ np.arange(5), normals((5,))),
    "product of far scales": (lambda a, b: a * b, decades(-12, 12, (5,), (5,))),
    "square of a sum over 24 decades": (lambda x: x.sum() ** 2, decades(-12, 12, (6,))),
    "shares over 24 decades": (
        lambda x: x / x.sum(), lambda r: [10 ** r.uniform(-12, 12, 5)]),
    "softmax of logarithms": (
        lambda x: F.softmax(np.log(x), axis=0) - x / x.sum(),
        lambda r: [10 ** r.uniform(-12, 12, 5)]),
    "matrix between scales": (lambda a, d: a * d / d[:, None], mixed),
    "rows of far scales solved": (
        lambda a, d: np.linalg.solve(a * d[:, None] + np.diag(d), d), mixed),
    "quadratic form of far scales": (lambda a, d: d @ (a @ d), mixed),
    "root of a sum of squares over 20 decades": (
        lambda x: np.sqrt((x * x).sum()), decades(-10, 10, (6,))),
}  # fmt: skip

NUMERICS = {**SPECIAL, **INTERPOLATION, **LIKELIHOODS, **SCALES}
