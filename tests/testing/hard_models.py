"""Losses and layers with correct gradients that are hard to check."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v.nn.functional as F
from tests.testing.points import Program, between, decades, normals

# --- losses --------------------------------------------------------------------------------------


def gaussian_likelihood(mean: Any, log_variance: Any) -> Any:
    return (0.5 * np.exp(-log_variance) * (mean - 1) ** 2 + 0.5 * log_variance).sum()


def focal(x: Any, target: Any) -> Any:
    p = F.sigmoid(x)
    right = target * p + (1 - target) * (1 - p)
    return -((1 - right) ** 2 * np.log(right)).mean()


def triplet(a: Any, b: Any, c: Any) -> Any:
    near, far = (np.sqrt(((a - each) ** 2).sum(axis=-1)) for each in (b, c))
    return np.maximum(near - far + 100, 0).mean()


def contrastive(a: Any, b: Any, temperature: float) -> Any:
    a, b = (x / np.sqrt((x * x).sum(axis=-1, keepdims=True)) for x in (a, b))
    return F.cross_entropy(a @ b.T / temperature, np.arange(a.shape[0]))


def smoothed(x: Any) -> Any:
    return (
        -(F.log_softmax(x, axis=-1) * np.full(4, 0.025)).sum()
        - 0.9 * F.log_softmax(x, axis=-1)[:, 1].sum()
    )


def jensen_shannon(x: Any, y: Any) -> Any:
    p, q = F.softmax(x, axis=-1), F.softmax(y, axis=-1)
    m = np.log((p + q) / 2)
    return (p * (np.log(p) - m) + q * (np.log(q) - m)).sum() / 2


LOSSES: dict[str, Program] = {
    "gaussian likelihood of a tiny variance": (
        gaussian_likelihood, lambda r: [1 + 1e-3 * r.normal(size=4), r.uniform(-14, -12, 4)]),
    "logits of 300 against labels": (
        lambda x: F.binary_cross_entropy_with_logits(x, np.array([0.0, 1, 1, 0])),
        lambda r: [np.array([-300.0, 300, -20, 35]) + r.normal(size=4)]),
    "focal loss of a confident model": (
        lambda x: focal(x, np.array([0.0, 1, 1, 0])),
        lambda r: [np.array([-9.0, 9, -2, 12]) + r.normal(size=4)]),
    "poisson likelihood of large counts": (
        lambda x: (np.exp(x) - np.array([5e4, 1e5, 3.0]) * x).sum(), between(9, 12, (3,))),
    "student likelihood of outliers": (
        lambda x: np.log1p(x * x / 3).sum(), decades(-4, 6, (6,))),
    "log-cosh of mixed residuals": (
        lambda x: (np.logaddexp(x, -x) - np.log(2)).sum(), decades(-6, 2, (6,))),
    "triplet with a large margin": (triplet, normals((3, 4), (3, 4), (3, 4))),
    "contrastive loss at temperature 0.01": (
        lambda a, b: contrastive(a, b, 0.01), normals((3, 5), (3, 5))),
    "contrastive loss of aligned pairs": (
        lambda a, b: contrastive(a, a + b, 0.05),
        lambda r: [r.normal(size=(4, 3)), 1e-5 * r.normal(size=(4, 3))]),
    "smoothed labels, confident logits": (smoothed, normals((3, 4), scale=60)),
    "divergence of equal distributions": (
        lambda x: jensen_shannon(x, x * 1.0), normals((2, 4))),
    "divergence of close distributions": (
        lambda x, e: jensen_shannon(x, x + e),
        lambda r: [r.normal(size=(2, 4)), 1e-4 * r.normal(size=(2, 4))]),
    "quadratic penalty at its minimum": (
        lambda w: 1e6 * ((w - 1) ** 2).sum(), lambda r: [1 + 1e-9 * r.normal(size=5)]),
    "data term and tiny regulariser": (
        lambda w, x: ((x @ w - 1) ** 2).sum() + 1e-8 * (w * w).sum(), normals((3,), (5, 3))),
    "perplexity": (
        lambda x: np.exp(F.cross_entropy(x, np.array([0, 1, 2]))), normals((3, 5), scale=12)),
    "hinge far from its margin": (
        lambda x: np.maximum(1 - x * np.array([1.0, -1, 1, 1]), 0).sum(),
        decades(1, 5, (4,))),
    "log-odds near certainty": (
        lambda p: np.log(p / (1 - p)), lambda r: [1 - 10 ** r.uniform(-7, -4, 4)]),
    "pinball loss of mixed residuals": (
        lambda x: np.maximum(0.1 * x, -0.9 * x).mean(), decades(-8, 3, (6,))),
}  # fmt: skip

# --- layers --------------------------------------------------------------------------------------


def batch_norm(x: Any, gain: Any, shift: Any) -> Any:
    return gain * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-12) + shift


def experts(x: Any, w: Any, v: Any) -> Any:
    return (F.softmax(20 * (x @ w), axis=-1)[:, None, :] * (x @ v)[:, :, None]).sum(axis=-1)


def masked_attention(q: Any, k: Any, v: Any) -> Any:
    scores = q @ k.T / np.sqrt(3) + np.where(np.tri(4, dtype=bool), 0.0, -np.inf)
    return F.softmax(scores, axis=-1) @ v


NOISE = np.random.default_rng(1).gumbel(size=(3, 4))

LAYERS: dict[str, Program] = {
    "batch norm of nearly equal rows": (
        batch_norm,
        lambda r: [5 + 1e-3 * r.normal(size=(4, 3)), r.normal(size=3), r.normal(size=3)]),
    "group of constant features": (
        lambda x, w: F.layer_norm(x * np.ones(5) + w, (5,)),
        lambda r: [r.normal(size=(3, 1)), 1e-2 * r.normal(size=5)]),
    "mixture of experts with hard gates": (experts, normals((3, 4), (4, 2), (4, 3))),
    "causal attention": (masked_attention, normals((4, 3), (4, 3), (4, 3))),
    "causal attention of large queries": (
        lambda q, k, v: masked_attention(40 * q, k, v), normals((4, 3), (4, 3), (4, 3))),
    "gumbel-softmax at temperature 0.02": (
        lambda x: F.softmax((x + NOISE) / 0.02, axis=-1), normals((3, 4))),
    "weight norm of a tiny vector": (
        lambda v, g: g * v / np.sqrt((v * v).sum()),
        lambda r: [1e-8 * r.normal(size=4), r.normal(size=1)]),
    "residual branch of 1e-6": (
        lambda x, w: x + 1e-6 * np.tanh(x @ w), normals((3, 4), (4, 4))),
    "sum of a convolution and its negative": (
        lambda x, w: F.conv1d(x, w) + F.conv1d(-x, w), normals((1, 2, 6), (2, 2, 3))),
    "gate shut": (
        lambda x, w: F.sigmoid(x @ w - 45) * x[:, :2], normals((3, 4), (4, 2))),
    "repeated rows of a table": (
        lambda w: 1e5 * w[np.array([1, 1, 0, 1])].sum(axis=0), normals((3, 2))),
    "negative sampling of confident scores": (
        lambda h, w: -(F.logsigmoid(8 * (w[0] * h).sum())
                       + F.logsigmoid(-8 * (w[1:] @ h)).sum()), normals((3,), (4, 3))),
    "squared relu beside 0": (
        lambda x: np.maximum(x, 0) ** 2, decades(-9, 0, (6,))),
    "swish far out": (F.silu, decades(0, 3, (6,))),
    "gelu of mixed magnitudes": (lambda x: F.gelu(x), decades(-8, 1, (6,))),
    "logits shifted by 1e5": (lambda x: F.softmax(x + 1e5, axis=-1), normals((2, 4))),
    "logits centred before the softmax": (
        lambda x: F.softmax(x - x.mean(axis=-1, keepdims=True), axis=-1) - F.softmax(x, axis=-1),
        normals((2, 4))),
    "average pooling of an odd signal": (
        lambda x: (F.avg_pool1d(x, 2) - F.avg_pool1d(x[:, :, ::-1], 2)[:, :, ::-1]),
        normals((1, 1, 6))),
    "inputs of very different scale": (
        lambda a, b: np.tanh(a * 1e-5) @ np.tanh(b * 1e5),
        lambda r: [1e5 * r.normal(size=(2, 3)), 1e-5 * r.normal(size=(3, 2))]),
    "loss scaled up and down": (
        lambda x, w: (np.tanh(x @ w) * 2.0**40).sum() / 2.0**40, normals((3, 2), (2, 2))),
    "momentum of a cumulative product": (
        lambda x: np.cumsum(np.cumprod(0.9 + 0.001 * x)), normals((8,))),
    "selected maximum of far values": (
        lambda x: x.max(axis=1) + x.min(axis=1), decades(-3, 6, (3, 5))),
    "differences of sorted values": (
        lambda x: np.sort(x)[1:] - np.sort(x)[:-1], normals((6,))),
    "standard score of one large value": (
        lambda x: (x - x.mean()) / x.std(),
        lambda r: [np.array([1e6, *r.normal(size=5)])]),
    "clip of everything": (lambda x: np.clip(x, -1e-3, 1e-3) * 1e3, decades(-1, 2, (5,))),
}  # fmt: skip
