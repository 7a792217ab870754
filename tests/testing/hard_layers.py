"""Hard functions of attention, normalisation and losses; their gradients are correct."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, decades, normals

# --- attention and normalisation ---


def linear_attention(q: Any, k: Any, v: Any) -> Any:
    q, k = F.elu(q) + 1, F.elu(k) + 1
    return (q @ (k.T @ v)) / (q @ k.sum(axis=0))[:, None]


def with_nothing(x: Any) -> Any:
    top = x.detach().numpy().max(axis=-1, keepdims=True)
    e = np.exp(x - top)
    return e / (np.exp(-top) + e.sum(axis=-1, keepdims=True))


def by_distance(q: Any, k: Any, slope: Any) -> Any:
    place = np.arange(4)
    bias = np.where(place[:, None] >= place, place - place[:, None], -1e3)
    return F.softmax(q @ k.T + bias * slope, axis=-1)


def of_angles(q: Any, k: Any, v: Any) -> Any:
    q, k = (x / np.sqrt((x * x).sum(axis=-1, keepdims=True)) for x in (q, k))
    return F.softmax(80 * q @ k.T, axis=-1) @ v


def difference(x: Any, w: Any, u: Any) -> Any:
    return (F.softmax(x @ w, axis=-1) - 0.8 * F.softmax(x @ (w + u), axis=-1)) @ x


def sparse(x: Any) -> Any:
    sizes = np.flip(np.sort(x))
    totals = np.cumsum(sizes)
    values, sums = sizes.detach().numpy(), totals.detach().numpy()
    kept = int(np.sum(1 + np.arange(1, values.size + 1) * values > sums))
    return np.maximum(x - (totals[kept - 1] - 1) / kept, 0)


def delta_rule(k: Any, v: Any, gate: Any) -> Any:
    k = k / np.sqrt((k * k).sum(axis=1, keepdims=True))
    state = 0 * np.outer(v[0], k[0])
    for t in range(k.shape[0]):
        state = F.sigmoid(gate[t]) * (state - np.outer(state @ k[t], k[t])) + np.outer(v[t], k[t])
    return state


def selective(x: Any, dt: Any, a: Any) -> Any:
    h, found = 0 * a, []
    for t in range(x.shape[0]):
        step = F.softplus(dt[t])
        h = np.exp(-step * a) * h + step * x[t]
        found.append(h.sum())
    return np.stack(found)


def time_mixing(k: Any, v: Any, decay: Any) -> Any:
    above, below, found = 0 * v[0], 0 * v[0], []
    for t in range(k.shape[0]):
        now = np.exp(k[t] + 0.5)
        found.append((above + now * v[t]) / (below + now))
        keep = np.exp(-np.exp(decay[0]))
        above, below = keep * above + np.exp(k[t]) * v[t], keep * below + np.exp(k[t])
    return np.stack(found)


def remembering(x: Any, w: Any) -> Any:
    h, c = 0 * x[0], 0 * x[0]
    for t in range(x.shape[0]):
        z = h @ w
        c = F.sigmoid(z + 14) * c + F.sigmoid(x[t] - 9) * np.tanh(z + x[t])
        h = F.sigmoid(z + x[t]) * np.tanh(c)
    return h


def half_inverse(x: Any) -> Any:
    x = x - x.mean(axis=0)
    cov = x.T @ x / x.shape[0] + 1e-3 * np.eye(2)
    scale = np.trace(cov)
    y, z = cov / scale, np.eye(2)
    for _ in range(8):
        t = (3 * np.eye(2) - z @ y) / 2
        y, z = y @ t, t @ z
    return x @ z / np.sqrt(scale)


def demodulated(w: Any, s: Any) -> Any:
    return w * s / np.sqrt(((w * s) ** 2).sum(axis=1, keepdims=True) + 1e-8)


def splines(x: Any, c: Any) -> Any:
    """Return the values of a cubic spline with knots at the integers −3 ... 6."""
    x = x[:, None]
    knots = np.arange(-3.0, 7)
    place = x.detach().numpy()
    basis = ((place >= knots[:-1]) & (place < knots[1:])) * (1 + 0 * x)
    for degree in (1, 2, 3):
        up = (x - knots[: -degree - 1]) / degree * basis[:, :-1]
        basis = up + (knots[degree + 1 :] - x) / degree * basis[:, 1:]
    return basis @ c


def deep(x: Any, w: Any) -> Any:
    for _ in range(30):
        x = x + 1e-3 * np.tanh(x @ w)
    return x


LAYERS: dict[str, Program] = {
    "linear attention of shut features": (
        linear_attention, lambda r: [r.normal(size=(3, 2)) - 12, r.normal(size=(4, 2)) - 6,
                                     r.normal(size=(4, 2))]),
    "attention that may choose nothing": (with_nothing, normals((3, 4), scale=8, offset=-10)),
    "attention by distance": (
        by_distance,
        lambda r: [r.normal(size=(4, 3)), r.normal(size=(4, 3)), r.uniform(0.5, 30, 1)]),
    "attention by angles": (of_angles, normals((3, 4), (4, 4), (4, 2))),
    "attention that subtracts": (
        difference, lambda r: [r.normal(size=(3, 3)), r.normal(size=(3, 3)),
                               1e-3 * r.normal(size=(3, 3))]),
    "squared attention": (
        lambda q, k: np.maximum(q @ k.T - 0.2, 0) ** 2 / 4, normals((3, 4), (4, 4))),
    "sparse shares": (sparse, normals((6,), scale=0.5)),
    "memory that overwrites": (delta_rule, normals((5, 3), (5, 2), (5,))),
    "states of far rates": (
        selective, lambda r: [r.normal(size=5), 2 * r.normal(size=5), 10 ** r.uniform(-3, 3, 4)]),
    "mixing in time": (
        time_mixing,
        lambda r: [4 * r.normal(size=(5, 2)), r.normal(size=(5, 2)), r.uniform(-6, 2, 1)]),
    "cell that never forgets": (remembering, normals((6, 3), (3, 3))),
    "whitening by iteration": (half_inverse, normals((6, 2), offset=2)),
    "filters of styles of far scales": (
        demodulated, lambda r: [r.normal(size=(2, 4)), 10 ** r.uniform(-5, 2, 4)]),
    "learned splines": (splines, lambda r: [r.uniform(0.02, 2.98, 4), r.normal(size=6)]),
    "waves of waves": (
        lambda x, w, v: np.sin(30 * np.sin(30 * x @ w / 3) @ v / 3),
        normals((2, 3), (3, 3), (3, 2), scale=0.5)),
    "positions of high frequency": (
        lambda x: np.sin(2.0 ** np.arange(14) * np.pi * x[:, None]).sum(axis=1), normals((3,))),
    "layer norm with one far value": (
        lambda x: F.layer_norm(x, (5,)), lambda r: [r.normal(size=(2, 5)) + 1e4 * np.eye(5)[:2]]),
    "rows of length one in the 1-norm": (
        lambda x: x / np.abs(x).sum(axis=1, keepdims=True), decades(-6, 2, (2, 4))),
    "thirty residual layers": (deep, normals((3,), (3, 3))),
}  # fmt: skip


# --- losses ---


def angular(a: Any, b: Any) -> Any:
    cosine = (a * b).sum(axis=1) / np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return 30 * np.cos(np.arccos(cosine) + 0.5)


def twins(a: Any, b: Any) -> Any:
    a, b = ((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-6) for x in (a, b))
    cross = a.T @ b / a.shape[0]
    return ((np.eye(2) - cross) ** 2).sum()


def labelled_path(x: Any) -> Any:
    """Return the log-probability of the label [1, 2], over all alignments with blanks 0."""
    logs = F.log_softmax(x, axis=-1)
    label = [0, 1, 0, 2, 0]
    low = -60 + 0 * x[0, 0]
    state = [logs[0, 0], logs[0, 1], low, low, low]
    for t in range(1, x.shape[0]):
        new = []
        for s, symbol in enumerate(label):
            total = np.logaddexp(state[s], state[s - 1]) if s else state[s]
            if s == 3:
                total = np.logaddexp(total, state[1])
            new.append(total + logs[t, symbol])
        state = new
    return np.logaddexp(state[-1], state[-2])


def discrepancy(x: Any, y: Any) -> Any:
    def kernel(a: Any, b: Any) -> Any:
        return np.exp(-((a[:, None] - b[None, :]) ** 2) / 2).mean()

    return kernel(x, x) + kernel(y, y) - 2 * kernel(x, y)


LOSSES: dict[str, Program] = {
    "margin of angles": (
        angular,
        lambda r: (lambda a: [a, a + np.array([[0.02], [1], [3]]) * r.normal(size=(3, 4))])(
            r.normal(size=(3, 4)))),
    "twins that agree": (
        twins, lambda r: (lambda a: [a, a + 1e-3 * r.normal(size=(5, 2))])(r.normal(size=(5, 2)))),
    "preferences that are certain": (
        lambda a, b: -F.logsigmoid(0.5 * (a - b)).sum(),
        lambda r: [r.normal(size=4) - 400, r.normal(size=4) - 400 + np.array([-300, -60, 60, 0])]),
    "code that is nearly the prior": (
        lambda m, s: (m * m + np.exp(s) - 1 - s).sum() / 2, normals((4,), (4,), scale=1e-3)),
    "label of two symbols": (labelled_path, normals((5, 3), scale=3)),
    "samples of nearly one kind": (
        discrepancy, lambda r: (lambda x: [x, x + 1e-2 * r.normal(size=5)])(r.normal(size=5))),
    "gain of an ensemble": (
        lambda x: F.logsumexp(F.log_softmax(x, axis=-1), axis=0) - np.log(3)
        - F.log_softmax(x, axis=-1).mean(axis=0),
        lambda r: [r.normal(size=4) + 1e-2 * r.normal(size=(3, 4))]),
    "path through a tree of words": (
        lambda h, w: F.logsigmoid((w @ h) * np.array([1.0, -1, 1, 1, -1])).sum(),
        normals((3,), (5, 3), scale=4)),
    "energy of stored patterns": (
        lambda x, p: (x @ x) / 2 - F.logsumexp(50 * p @ x, axis=0) / 50, normals((3,), (5, 3))),
    "ranks by comparisons": (
        lambda x: F.sigmoid((x[:, None] - x[None, :]) / 1e-2).sum(axis=1),
        normals((5,), scale=0.05)),
    "pairs by their similarity": (
        lambda p, n: F.softplus(F.logsumexp(-80 * p * (p - 0.75), axis=0)
                                + F.logsumexp(80 * n * (n - 0.25), axis=0)),
        between(-0.2, 1, (3,), (4,))),
}  # fmt: skip

METHODS = {**LAYERS, **LOSSES}
