"""Hard functions of many values: networks, orders and paths; their gradients are correct."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, decades, normals

# --- networks with kinks ---


def deep_relu(x: Any, *weights: Any) -> Any:
    for w in weights:
        x = np.maximum(x @ w, 0)
    return x.sum(axis=1)


def image_classes(x: Any, w: Any, v: Any) -> Any:
    hidden = F.max_pool2d(F.relu(F.conv2d(x, w, padding=1)), 2)
    return F.cross_entropy(hidden.reshape(x.shape[0], -1) @ v, np.arange(x.shape[0]) % 3)


def block(x: Any, q: Any, k: Any, v: Any, up: Any, down: Any) -> Any:
    y = F.layer_norm(x, (6,))
    x = x + F.softmax(y @ q @ (y @ k).T / 6**0.5, axis=-1) @ (y @ v)
    return x + np.maximum(F.layer_norm(x, (6,)) @ up, 0) @ down


def gates(x: Any, w: Any, u: Any) -> Any:
    h = c = 0 * x[:, 0, :4]
    for t in range(x.shape[1]):
        z = x[:, t] @ w + h @ u
        i, f, o, n = (z[:, 4 * k : 4 * k + 4] for k in range(4))
        c = F.sigmoid(f) * c + F.sigmoid(i) * np.tanh(n)
        h = F.sigmoid(o) * np.tanh(c)
    return h


def neighbours(x: Any, w: Any) -> Any:
    around = (np.roll(np.eye(20), 1, axis=0) + np.roll(np.eye(20), 3, axis=0)) / 2
    for _ in range(4):
        x = F.leaky_relu(around @ x @ w, 0.1) + x
    return x


def maxout(x: Any, w: Any) -> Any:
    return np.max((x @ w).reshape(-1, 5, 4), axis=1)


def field(x: Any, w: Any, v: Any) -> Any:
    waves = np.concatenate([f(2.0**k * x) for k in range(6) for f in (np.sin, np.cos)], axis=1)
    return np.maximum(waves @ w, 0) @ v


def shrunk_code(x: Any, d: Any) -> Any:
    z = 0 * (x @ d)
    for _ in range(5):
        z = z - 0.05 * (z @ d.T - x) @ d
        z = np.sign(z.detach()) * np.maximum(np.abs(z) - 0.01, 0)
    return z


NETWORKS: dict[str, Program] = {
    "four relu layers": (deep_relu, normals((6, 12), (12, 16), (16, 16), (16, 16), (16, 5))),
    "image classifier": (image_classes, normals((3, 2, 8, 8), (4, 2, 3, 3), (64, 3), scale=0.5)),
    "transformer block": (
        block, normals((7, 6), (6, 6), (6, 6), (6, 6), (6, 18), (18, 6), scale=0.7)),
    "ten steps of gates": (gates, normals((2, 10, 5), (5, 16), (4, 16), scale=0.6)),
    "layers on a graph": (neighbours, normals((20, 6), (6, 6), scale=0.5)),
    "largest of five layers": (maxout, normals((9, 8), (8, 20))),
    "field of encoded places": (field, normals((12, 3), (36, 10), (10, 2))),
    "code that shrinks": (shrunk_code, normals((4, 8), (8, 14), scale=0.6)),
    "hinge of many samples": (
        lambda x, w: np.maximum(1 - x @ w, 0).mean(), normals((150, 4), (4,))),
    "absolute residuals of many samples": (
        lambda x, w: np.abs(x @ w - 1).mean() + 1e-3 * np.abs(w).sum(), normals((120, 5), (5,))),
    "normalised batch, then relu": (
        lambda x, w: np.maximum(F.batch_norm(x @ w, None, None, training=True), 0),
        normals((30, 5), (5, 8))),
    "six bits of a relu": (
        lambda x: sum(np.clip(np.maximum(x - k, 0), 0, 1) * 2.0**k for k in range(6)),
        between(-1, 6, (140,))),
    "two critics, the smaller": (
        lambda x, a, b: np.minimum(np.tanh(x @ a), np.tanh(x @ b)).mean(axis=0),
        normals((60, 4), (4, 3), (4, 3))),
}  # fmt: skip

# --- orders and paths ---


def best_path(x: Any, moves: Any) -> Any:
    score = x[0]
    for t in range(1, x.shape[0]):
        score = np.max(score[:, None] + moves, axis=0) + x[t]
    return np.max(score)


def warped(a: Any, b: Any) -> Any:
    cost = (a[:, None] - b[None, :]) ** 2
    table: dict[tuple[int, int], Any] = {}
    for i in range(a.shape[0]):
        for j in range(b.shape[0]):
            before = [table[p] for p in ((i - 1, j), (i, j - 1), (i - 1, j - 1)) if p in table]
            best = before[0] if before else 0.0
            for each in before[1:]:
                best = np.minimum(best, each)
            table[i, j] = cost[i, j] + best
    return table[a.shape[0] - 1, b.shape[0] - 1]


def shortest(w: Any) -> Any:
    for k in range(w.shape[0]):
        w = np.minimum(w, w[:, k : k + 1] + w[k : k + 1])
    return w


def paired(x: Any, y: Any) -> Any:
    return np.abs(np.sort(x, axis=0) - np.sort(y, axis=0)).mean()


ORDERS: dict[str, Program] = {
    "best path through fifteen steps": (best_path, normals((15, 5), (5, 5))),
    "warped distance": (warped, normals((7,), (8,))),
    "shortest paths between seven places": (shortest, between(0.1, 3, (7, 7))),
    "distance of sorted columns": (paired, normals((50, 2), (50, 2))),
    "median of each row": (lambda x: np.median(x, axis=1), normals((9, 15))),
    "five largest of 200": (lambda x: tg.topk(x, 5)[0] ** 2, normals((200,))),
    "gaps of 150 sorted values": (lambda x: np.diff(np.sort(x)), normals((150,))),
    "range of 200 values near 1000": (
        lambda x: x.max() - x.min(), normals((200,), offset=1000)),
    "running maximum of 130 values": (
        lambda x: tg.cummax(x, 0)[0], lambda r: [np.cumsum(r.normal(size=130))]),
    "farthest of the nearest": (
        lambda a, b: np.max(np.min(np.sqrt(((a[:, None] - b[None]) ** 2).sum(axis=2)), axis=1)),
        normals((12, 3), (14, 3))),
}  # fmt: skip

# --- large arrays ---


def energy(x: Any) -> Any:
    gaps = x[:, None] - x[None, :]
    squares = (gaps * gaps).sum(axis=2) + np.eye(x.shape[0])
    return (np.triu(np.ones((x.shape[0],) * 2), 1) / np.sqrt(squares)).sum()


def definite(x: Any) -> Any:
    return x @ x.T / x.shape[0] + 1e-2 * np.eye(x.shape[0])


LARGE: dict[str, Program] = {
    "charges of 40 bodies": (energy, normals((40, 3))),
    "factor of a matrix of 12": (lambda x: np.linalg.cholesky(definite(x)), normals((12, 12))),
    "inverse of a matrix of 12": (lambda x: np.linalg.inv(definite(x)), normals((12, 12))),
    "log-determinant of a matrix of 15": (
        lambda x: np.linalg.slogdet(definite(x))[1], normals((15, 15))),
    "sum of 300 far values": (lambda x: (x * x).sum() + x.sum(), decades(-8, 8, (300,))),
    "300 far values": (lambda x: np.sinh(np.arcsinh(x) / 2), decades(-8, 8, (300,))),
    "softmax of 500 classes": (
        lambda x: F.cross_entropy(x, np.array([3, 400])), normals((2, 500), scale=10)),
    "product of 300 values near 1": (
        lambda x: np.cumprod(x), normals((300,), scale=0.02, offset=1)),
    "table of 200 rows, six used": (
        lambda w: np.tanh(w[np.array([3, 3, 77, 150, 199, 0])]).sum(axis=0), normals((200, 3))),
    "outer product of far values": (np.outer, decades(-5, 5, (30,), (30,))),
    "variation of an image of 15": (
        lambda x: np.abs(np.diff(x, axis=0)).sum() + np.abs(np.diff(x, axis=1)).sum(),
        normals((15, 15))),
    "mean of a large batch, removed": (lambda x: x - x.mean(axis=0), normals((64, 4), offset=1e5)),
    "kernel of 25 places": (
        lambda x: np.exp(-tg.cdist(x, x + 0.5) ** 2), normals((25, 2))),
    "heat on 150 places": (
        lambda u: sum(np.roll(u, k) * 0.5**abs(k) for k in range(-8, 9)) - 3 * u, normals((150,))),
    "one class among 300 rows": (
        lambda x: F.log_softmax(x, axis=1)[:, 0].mean(), normals((300, 2), scale=20)),
    "chain of 12 matrices": (
        lambda a: functools.reduce(lambda p, k: p @ a[k], range(1, 12), a[0]),
        normals((12, 4, 4), scale=0.5)),
}  # fmt: skip

SIZES = {**NETWORKS, **ORDERS, **LARGE}
