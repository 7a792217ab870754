"""Hard functions of equations in time and space, graphs, sequences, fits and codes."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, decades, normals
from tinygrad_w2v import special

# --- equations in time and space ---


def heat(u: Any, steps: int = 10, rate: float = 0.25) -> Any:
    for _ in range(steps):
        u = u + rate * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return u


def burgers(u: Any) -> Any:
    for _ in range(6):
        u = (
            u
            - 0.05 * u * (np.roll(u, -1) - np.roll(u, 1))
            + 0.05 * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
        )
    return u


def implicit_euler(x: Any, rate: Any) -> Any:
    for _ in range(8):
        x = x / (1 + rate)
    return x


def lorenz(p: Any) -> Any:
    x, y, z = p[0], p[1], p[2]
    for _ in range(25):
        x, y, z = (
            x + 0.01 * 10 * (y - x),
            y + 0.01 * (x * (28 - z) - y),
            z + 0.01 * (x * y - 8 / 3 * z),
        )
    return np.stack([x, y, z])


def predator(p: Any) -> Any:
    a, b = p[0], p[1]
    for _ in range(20):
        a, b = a + 0.05 * (a - a * b), b + 0.05 * (a * b - b)
    return a - np.log(a) + b - np.log(b)


def shooting(v: Any) -> Any:
    x, w = 0 * v, v
    for _ in range(12):
        w = w - 0.1 * np.exp(x)
        x = x + 0.1 * w
    return x


def three_bodies(x: Any) -> Any:
    gap = x[:, None] - x[None]
    distance = np.sqrt((gap * gap).sum(axis=-1) + 1e-4)
    return (gap / distance[..., None] ** 3).sum(axis=1)


def diffusion_matrix(k: Any, f: Any) -> Any:
    lower, upper = k[:-1], k[1:]
    matrix = tg.diag_embed(lower + upper)
    matrix = matrix - tg.diag_embed(k[1:-1], 1) - tg.diag_embed(k[1:-1], -1)
    return np.linalg.solve(matrix, f)


def collocation(y: Any) -> Any:
    nodes = np.cos(np.pi * np.arange(6) / 5)
    gaps = nodes[:, None] - nodes[None] + np.eye(6)
    weights = np.prod(gaps, axis=1)
    d = weights[:, None] / weights[None] / gaps
    d = d - np.diag(d.sum(axis=1))
    return d @ (d @ y)


TIME: dict[str, Program] = {
    "heat on a ring": (heat, normals((6,))),
    "heat at the edge of stability": (lambda u: heat(u, 12, 0.5), normals((6,))),
    "sum of heat, less the first": (lambda u: heat(u).sum() - u.sum(), normals((6,))),
    "shock on a ring": (burgers, normals((7,))),
    "implicit steps of a stiff decay": (
        implicit_euler, lambda r: [r.normal(size=3), 10 ** r.uniform(-6, 4, 3)]),
    "butterfly": (lorenz, lambda r: [r.normal(size=3) + np.array([1.0, 1, 20])]),
    "invariant of hunters and prey": (predator, between(0.5, 2, (2,))),
    "shooting at a boundary": (shooting, normals((3,))),
    "forces of close bodies": (three_bodies, normals((3, 2), scale=0.1)),
    "forces of far bodies, summed": (
        lambda x: three_bodies(x).sum(axis=0), normals((3, 2), scale=100)),
    "flow through layers of far conductivity": (
        diffusion_matrix, lambda r: [10 ** r.uniform(-4, 4, 5), r.normal(size=4)]),
    "second derivative by collocation": (collocation, normals((6,), offset=10)),
    "strang splitting": (
        lambda x: (lambda h: h * np.exp(0.05 - 0.1 * h * h))(x * np.exp(0.05)), normals((4,))),
    "phase of a fast oscillator": (
        lambda x, w: np.cos(w * 100.0) * x + np.sin(w * 100.0) / w, lambda r: [
            r.normal(size=3), r.uniform(1, 10, 3)]),
    "adiabatic change": (lambda p: p ** (1 / 1.4) * 1e5, between(1e-3, 1e3, (4,))),
}  # fmt: skip

# --- graphs and sequences ---

EDGES = np.array([[0, 1], [1, 2], [2, 3], [3, 0], [0, 2]])


def page_rank(w: Any) -> Any:
    weights = np.exp(w)
    weights = weights / weights.sum(axis=0, keepdims=True)
    rank = np.full(4, 0.25)
    for _ in range(10):
        rank = 0.85 * (weights @ rank) + 0.15 / 4
    return rank


def message(x: Any, e: Any) -> Any:
    score = np.exp(e)
    total = tg.index_add(np.zeros(4), 0, EDGES[:, 1], score)[EDGES[:, 1]]
    part = (score / total)[:, None] * x[EDGES[:, 0]]
    return tg.index_add(np.zeros((4, 2)), 0, EDGES[:, 1], part)


def effective_resistance(g: Any) -> Any:
    laplacian = 0
    for k, (i, j) in enumerate(EDGES):
        side = np.zeros(4)
        side[i], side[j] = 1, -1
        laplacian = laplacian + g[k] * np.outer(side, side)
    return np.linalg.inv(laplacian + np.full((4, 4), 0.25))[0, 0]


def shortest(w: Any) -> Any:
    """Return soft shortest paths: -log of the sum of exp(-length) over paths of 3 steps."""
    log = -10 * w
    path = log
    for _ in range(2):
        path = F.logsumexp(path[:, :, None] + log[None], axis=1)
    return -path / 10


def alignment(s: Any) -> Any:
    rows = s.shape[0]
    best = {}
    for i in range(rows):
        for j in range(rows):
            before = [best[k] for k in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if k in best]
            best[i, j] = s[i, j] + (F.logsumexp(np.stack(before), axis=0) if before else 0.0)
    return best[rows - 1, rows - 1]


def spanning(w: Any) -> Any:
    a = np.exp(w) * (1 - np.eye(4))
    laplacian = tg.diag_embed(a.sum(axis=0)) - a
    return np.linalg.slogdet(laplacian[1:, 1:])[1]


def beam(x: Any) -> Any:
    state = np.zeros(3)
    for t in range(x.shape[0]):
        state = F.log_softmax(state[:, None] * 0.5 + x[t], axis=1).sum(axis=0)
    return state


GRAPHS: dict[str, Program] = {
    "rank of pages": (page_rank, normals((4, 4), scale=2)),
    "sum of ranks": (lambda w: page_rank(w).sum(), normals((4, 4), scale=2)),
    "attention along edges": (message, normals((4, 2), (5,), scale=8)),
    "effective resistance": (effective_resistance, lambda r: [10 ** r.uniform(-3, 3, 5)]),
    "soft shortest paths": (shortest, between(0, 3, (4, 4))),
    "soft alignment": (alignment, normals((4, 4), scale=5)),
    "spanning trees of far weights": (spanning, normals((4, 4), scale=6)),
    "beam of distributions": (beam, normals((4, 3, 3), scale=4)),
    "cut of a graph": (
        lambda p: (lambda q: (q[EDGES[:, 0]] * (1 - q[EDGES[:, 1]])).sum() / (q.sum() + 1e-9))(
            F.sigmoid(p)), normals((4,), scale=15)),
    "edit gates, all open": (
        lambda x, g: (F.sigmoid(g + 40) * x + F.sigmoid(-g - 40) * np.cumsum(x)).sum(),
        normals((5,), (5,))),
    "positions by cosines": (
        lambda x: np.cos(x[:, None] / 1e4 ** (np.arange(4) / 4)) @ np.ones(4),
        normals((3,), scale=50)),
    "sequence reversed twice": (
        lambda x: x[::-1][::-1] * np.flip(np.flip(x, 0), 0), decades(-9, 9, (5,))),
    "scores above a running mean": (
        lambda x: x - np.cumsum(x) / np.arange(1, 7), normals((6,), offset=1e5)),
}  # fmt: skip

# --- fits and estimates ---


def gauss_newton(p: Any) -> Any:
    t = np.linspace(0, 1, 5)
    target = 2 * np.exp(-1.3 * t)
    for _ in range(3):
        model = p[0] * np.exp(-p[1] * t)
        j = np.stack([np.exp(-p[1] * t), -p[0] * t * np.exp(-p[1] * t)], axis=1)
        p = p - np.linalg.solve(j.T @ j + 1e-8 * np.eye(2), j.T @ (model - target))
    return p


def irls(x: Any, y: Any) -> Any:
    slope = (x * y).sum() / (x * x).sum()
    for _ in range(4):
        weight = 1 / np.sqrt((y - slope * x) ** 2 + 1e-4)
        slope = (weight * x * y).sum() / (weight * x * x).sum()
    return slope


def mean_shift(x: Any, start: Any) -> Any:
    for _ in range(6):
        weight = np.exp(-((x - start) ** 2) / 2)
        start = (weight * x).sum() / weight.sum()
    return start


def expectation(x: Any, a: Any, b: Any) -> Any:
    for _ in range(4):
        share = F.sigmoid((x - (a + b) / 2) * (b - a))
        a, b = ((1 - share) * x).sum() / (1 - share).sum(), (share * x).sum() / share.sum()
    return np.stack([a, b])


def procrustes(a: Any, b: Any) -> Any:
    u, _, v = np.linalg.svd(a.T @ b)
    return a @ (u @ v) - b


def cox(x: Any) -> Any:
    return (x - tg.logcumsumexp(np.flip(x, 0), 0)[np.arange(4, -1, -1)]).sum()


def lowess(x: Any, y: Any) -> Any:
    weight = np.maximum(1 - np.abs(x[:, None] - x[None]) ** 3, 0) ** 3
    return (weight @ y) / weight.sum(axis=1)


def ellipse(a: Any) -> Any:
    m = ((1 - np.sqrt(1 - a)) / (1 + np.sqrt(1 - a))) ** 2
    return 1 + m / 4 + m * m / 64


FITS: dict[str, Program] = {
    "three steps to a fit": (
        gauss_newton, lambda r: [np.array([2.0, 1.3]) + 0.2 * r.normal(size=2)]),
    "robust slope of an exact line": (
        irls, lambda r: (lambda x: [x, 2 * x + 1e-3 * r.normal(size=6)])(r.normal(size=6))),
    "mode of a sample": (mean_shift, normals((7,), (1,))),
    "two means of one cluster": (
        expectation, lambda r: [r.normal(size=6), -0.1 * np.ones(1), 0.1 * np.ones(1)]),
    "rotation onto another shape": (
        procrustes, lambda r: (lambda a: [a, a + 0.05 * r.normal(size=(4, 2))])(
            r.normal(size=(4, 2)) * np.array([1.0, 3]))),
    "partial likelihood": (cox, normals((5,), scale=30)),
    "local averages": (lowess, lambda r: [np.sort(r.uniform(0, 2, 5)), r.normal(size=5)]),
    "perimeter of a flat ellipse": (ellipse, lambda r: [1 - 10 ** r.uniform(-6, -1, 4)]),
    "perimeter of a round ellipse": (ellipse, lambda r: [10 ** r.uniform(-6, -1, 4)]),
    "information of a rare event": (
        lambda p: -p * np.log2(p) - (1 - p) * np.log2(1 - p),
        lambda r: [10 ** r.uniform(-9, -1, 4)]),
    "mutual information of nearly independent signs": (
        lambda e: (lambda p: (p * np.log(4 * p)).sum())(0.25 + np.stack([e, -e, -e, e])),
        lambda r: [r.uniform(1e-5, 1e-3, 2)]),
    "tail of a mean of many": (
        lambda m: special.log_ndtr(-1e3**0.5 * m), between(0.01, 1, (4,))),
    "elo after equal games": (
        lambda a, b: 1 / (1 + 10 ** ((b - a) / 400)) - 0.5, normals((4,), (4,), offset=1500)),
    "interest that solves for itself": (
        lambda c: (lambda r: (lambda s: s - (c / (1 + s) - 1))(r - (c / (1 + r) - 1) / 2))(c / 10),
        between(1, 2, (3,))),
    "ridge path at a tiny penalty": (
        lambda x, p: x.T @ np.linalg.solve(x @ x.T + np.exp(p) * np.eye(3), np.ones(3)),
        lambda r: [r.normal(size=(3, 4)), r.uniform(-15, -5, 1)]),
    "ratio of nearly equal likelihoods": (
        lambda a: np.expm1(
            F.log_softmax(a, axis=0)[0] - F.log_softmax(a * (1 + 1e-9), axis=0)[0]),
        normals((4,), scale=3)),
}  # fmt: skip

# --- codes, colours, angles ---


def hsv(rgb: Any) -> Any:
    largest, smallest = np.max(rgb, axis=0), np.min(rgb, axis=0)
    return np.stack([(largest - smallest) / largest, largest])


def srgb(x: Any) -> Any:
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def great_circle(a: Any, b: Any) -> Any:
    half = (
        np.sin((b[0] - a[0]) / 2) ** 2
        + np.cos(a[0]) * np.cos(b[0]) * np.sin((b[1] - a[1]) / 2) ** 2
    )
    return 12742e3 * np.arcsin(np.sqrt(half))


def rodrigues(v: Any) -> Any:
    angle = np.sqrt((v * v).sum())
    k = tg.stack([0 * v[0], -v[2], v[1], v[2], 0 * v[0], -v[0], -v[1], v[0], 0 * v[0]]).reshape(
        3, 3
    )
    return np.sin(angle) / angle * k + (1 - np.cos(angle)) / angle**2 * (k @ k)


CODES: dict[str, Program] = {
    "saturation of grey": (hsv, lambda r: [0.5 + 1e-4 * (r.permutation(3) + 0.1)]),
    "gamma of dark values": (srgb, lambda r: [10 ** r.uniform(-5, -2.6, 5)]),
    "gamma of light values": (srgb, between(0.01, 1, (5,))),
    "distance of close towns": (
        great_circle, lambda r: (lambda a: [a, a + 1e-5 * r.normal(size=2)])(r.uniform(-1, 1, 2))),
    "distance of opposite towns": (
        great_circle, lambda r: (lambda a: [a, np.array([-1, 1]) * a + np.array([0, 3.1])])(
            r.uniform(-1, 1, 2))),
    "small turn about an axis": (rodrigues, normals((3,), scale=1e-3)),
    "large turn about an axis": (rodrigues, normals((3,), scale=3)),
    "cosine transform of far values": (
        lambda x: np.cos(np.pi * np.outer(np.arange(5), np.arange(5) + 0.5) / 5) @ x,
        decades(-8, 8, (5,))),
    "companding and back": (
        lambda x: np.sign(x)
        * np.expm1(np.log1p(255 * np.abs(x)) / np.log(256) * np.log(256)) / 255,
        decades(-6, 0, (5,))),
    "decibels of a small difference": (
        lambda a: 20 * np.log10(np.abs(np.sin(a) - a)), between(0.01, 0.3, (4,))),
    "soft quantiser": (
        lambda x: F.softmax(-50 * (x[:, None] - np.arange(4)) ** 2, axis=1) @ np.arange(4.0),
        between(0, 3, (4,))),
    "distance to a line through close points": (
        lambda p: np.abs(np.cross(p[1] - p[0], p[2] - p[0])[2])
        / np.sqrt(((p[1] - p[0]) ** 2).sum()),
        lambda r: [np.concatenate([1e-3 * r.normal(size=(2, 2)), r.normal(size=(1, 2))])
                   @ np.eye(2, 3)]),
    "phase unwrapped": (
        lambda x: np.arctan2(np.sin(x), np.cos(x)) - x, between(3.3, 9, (4,))),
    "polar plot of a limacon": (
        lambda t: np.sqrt((0.5 + np.cos(t)) ** 2 + 1e-10), between(1.8, 2.4, (4,))),
    "checksum of weights": (
        lambda w: (w * np.array([1.0, 1e3, 1e6, 1e9])).sum() - 1e9 * w[3], normals((4,))),
}  # fmt: skip

SIMULATIONS = {**TIME, **GRAPHS, **FITS, **CODES}
