"""Hard functions of convolutions, pooling, products, scans, masks, rows and factorisations."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Inputs, Program, between, decades, normals

# --- convolutions and pooling ---


def distinct(*shape: int, gap: float = 1.0, offset: float = 0.0) -> Inputs:
    """Make an input of values that are a gap apart, in random order."""
    return lambda rng: [offset + gap * (rng.permutation(int(np.prod(shape))).reshape(shape) + 0.3)]


def unpooled(x: Any) -> Any:
    values, index = F.max_pool1d_with_indices(x, 2)
    return F.max_unpool1d(values, index, 2) * x


def sobel(x: Any) -> Any:
    kernel = np.array([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]])
    a, b = F.conv2d(x, kernel), F.conv2d(x, np.swapaxes(kernel, 2, 3))
    return np.sqrt(a * a + b * b + 1e-9)


def deconvolved(x: Any, w: Any) -> Any:
    return F.conv_transpose1d(F.conv1d(x, w), w) - F.conv1d(F.conv_transpose1d(x, w), w)


IMAGES: dict[str, Program] = {
    "pooling of close values": (lambda x: F.max_pool2d(x, 2), distinct(1, 1, 4, 4, gap=1e-5)),
    "pooling of repeated values": (
        lambda x: F.max_pool1d(np.repeat(x, 2, axis=-1), 2), normals((1, 2, 3))),
    "overlapping windows of close values": (
        lambda x: F.max_pool1d(x, 3, stride=1), distinct(1, 1, 7, gap=1e-4, offset=5)),
    "values put back where they were": (unpooled, distinct(1, 2, 6, gap=0.01)),
    "p-norm of windows": (lambda x: F.lp_pool1d(x, 8, 2), decades(-2, 1, (1, 1, 6))),
    "average of windows of one constant": (
        lambda x: F.avg_pool2d(x, 3, stride=1, padding=1) - x, normals((1, 1, 3, 3), offset=1e3)),
    "maximum beside the average of all": (
        lambda x: F.adaptive_max_pool1d(x, 2) - F.adaptive_avg_pool1d(x, 2),
        distinct(1, 2, 5, gap=1e-3)),
    "edges of a flat image": (
        sobel, lambda r: [5 + 1e-4 * r.normal(size=(1, 1, 4, 4))]),
    "blur of far values": (
        lambda x: F.conv1d(x, np.array([[[1e-8, 1, 1e-8]]]), padding=1), decades(-6, 6, (1, 1, 6))),
    "convolution with its transpose": (deconvolved, normals((1, 1, 4), (1, 1, 2))),
    "difference of two dilations": (
        lambda x, w: F.conv1d(x, w, dilation=2)[..., :3] - F.conv1d(x, w)[..., 1:4],
        normals((1, 1, 7), (1, 1, 3), offset=10)),
    "grouped filters of far scales": (
        lambda x, w: F.conv2d(x, w, groups=2),
        lambda r: [r.normal(size=(1, 2, 3, 3)),
                   r.normal(size=(2, 1, 2, 2)) * np.array([1e-8, 1e8]).reshape(2, 1, 1, 1)]),
    "image sampled on a grid": (
        lambda x, g: F.grid_sample(x, g, align_corners=True),
        lambda r: [r.normal(size=(1, 1, 4, 4)),
                   (r.integers(0, 3, (1, 2, 2, 2)) + r.uniform(0.1, 0.9, (1, 2, 2, 2))) / 1.5 - 1]),
    "image enlarged and reduced": (
        lambda x: F.avg_pool1d(F.interpolate(x, scale_factor=2), 2) - x, normals((1, 1, 4))),
    "bilinear enlargement": (
        lambda x: F.interpolate(x, size=(5, 7), mode="bilinear"), normals((1, 1, 3, 3), scale=1e6)),
    "response normalised by its neighbours": (
        lambda x: F.local_response_norm(x, 3, alpha=10.0, k=1e-3), decades(-3, 1, (1, 5, 2))),
    "patches folded back": (
        lambda x: F.fold(F.unfold(x, 2), (3, 3), 2) / 4 - x, normals((1, 1, 3, 3))),
    "reflected border": (
        lambda x: F.conv1d(F.pad(x, (2, 2), mode="reflect"), np.array([[[1.0, -2, 1]]])),
        normals((1, 1, 5), offset=1e4)),
    "shuffled pixels and back": (
        lambda x: F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2) * x, decades(-6, 6, (1, 4, 1, 2))),
}  # fmt: skip

# --- products and factorisations ---


def chained(a: Any, b: Any, c: Any) -> Any:
    left = np.einsum("ij,jk,kl->il", a, b, c)
    return left - np.einsum("ij,jl->il", a, np.einsum("jk,kl->jl", b, c))


def tensor_train(a: Any, b: Any, c: Any) -> Any:
    return np.einsum("ai,ibj,jc->abc", a, b, c)


def least_squares(a: Any, b: Any) -> Any:
    return np.linalg.solve(a.T @ a + 1e-6 * np.eye(2), a.T @ b)


def skew(w: Any) -> Any:
    angle = np.triu(w, 1)
    q = tg.matrix_exp(angle - angle.T)
    return q @ q.T


def close_pair(rng: np.random.Generator) -> list[Any]:
    q = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return [q @ np.diag([1.0, 1.01, 3]) @ q.T]


PRODUCTS: dict[str, Program] = {
    "three matrices in two orders": (chained, normals((2, 3), (3, 2), (2, 3), scale=1e3)),
    "train of tensors": (tensor_train, decades(-4, 4, (2, 2), (2, 2, 2), (2, 2))),
    "diagonal, trace and sum by labels": (
        lambda a: np.einsum("ii->i", a) - np.diagonal(a) + np.einsum("ii", a), normals((3, 3))),
    "batched outer products": (
        lambda a, b: np.einsum("bi,bj->bij", a, b) - a[:, :, None] * b[:, None],
        normals((2, 3), (2, 3))),
    "kronecker product of far scales": (np.kron, decades(-5, 5, (2, 2), (2, 1))),
    "regression of nearly dependent columns": (
        least_squares, lambda r: (lambda a: [
            np.stack([a, a + 1e-2 * r.normal(size=5)], axis=1), r.normal(size=5)])(
                r.normal(size=5))),
    "rotation times its transpose": (skew, normals((3, 3))),
    "exponential of a small matrix": (
        lambda a: tg.matrix_exp(a) - np.eye(3), normals((3, 3), scale=1e-6)),
    "exponential of a large triangle": (
        lambda a: tg.matrix_exp(np.triu(a, 1)), normals((3, 3), scale=20)),
    "eigenvalues that are close": (lambda a: tg.linalg.eigvalsh((a + a.T) / 2), close_pair),
    "projection on an eigenvector": (
        lambda a: (lambda v: np.outer(v, v))(np.linalg.eigh((a + a.T) / 2)[1][:, 2]), close_pair),
    "sum of squared singular values": (
        lambda a: (tg.linalg.svdvals(a) ** 2).sum() - (a * a).sum(), normals((3, 2))),
    "smallest singular value": (
        lambda a: tg.linalg.svdvals(a)[-1], lambda r: [
            np.outer([1.0, 2, 3], [1.0, -1]) + 0.01 * r.normal(size=(3, 2))]),
    "orthogonal factor": (
        lambda a: tg.linalg.qr(a)[0].T @ tg.linalg.qr(a)[0], normals((4, 3))),
    "pseudoinverse of a tall matrix": (
        lambda a: np.linalg.pinv(a) @ a, normals((4, 2))),
    "log-determinants of a product": (
        lambda a, b: np.linalg.slogdet(a @ b)[1] - np.linalg.slogdet(a)[1]
        - np.linalg.slogdet(b)[1], normals((3, 3), (3, 3))),
    "triangular system with a small pivot": (
        lambda a, b: tg.linalg.solve_triangular(np.tril(a), b, upper=False),
        lambda r: [r.normal(size=(3, 3)) + np.diag([0, 1e-4, 0]), r.normal(size=(3, 1))]),
}  # fmt: skip

# --- scans, sorting, rows ---


def affine_scan(a: Any, b: Any) -> Any:
    """Return the states h = a · h + b by doubling."""
    step = 1
    while step < a.shape[0]:
        b = np.concatenate([b[:step], b[step:] + a[step:] * b[:-step]])
        a = np.concatenate([a[:step], a[step:] * a[:-step]])
        step *= 2
    return b


def discounted(r: Any, gamma: Any) -> Any:
    total, found = 0 * r[0], []
    for value in r[::-1]:
        total = value + gamma * total
        found.append(total)
    return np.stack(found)


def ranked(x: Any) -> Any:
    values, order = tg.sort(x)
    return values[1:] - values[:-1] + 0 * order[1:]


ROWS = np.array([0, 3, 3, 1, 0, 3])
PARTS = np.array([0, 0, 1, 1, 1, 2])
BEFORE = np.array([0, 1, 2, 2, 2, 2])

SCANS: dict[str, Program] = {
    "states by doubling": (affine_scan, normals((7,), (7,))),
    "states by doubling, decaying": (
        affine_scan, lambda r: [10 ** r.uniform(-8, -1, 7), r.normal(size=7)]),
    "discounted rewards": (
        discounted, lambda r: [r.normal(size=12), 1 - 10 ** r.uniform(-5, -1, 1)]),
    "running maximum of close values": (
        lambda x: tg.cummax(x, 0)[0], distinct(6, gap=1e-5, offset=1)),
    "running product through 0": (
        lambda x: np.cumprod(x), lambda r: [np.array([2.0, 0, 3, 0.5]) * r.uniform(0.5, 1, 4)]),
    "running log-sum of far values": (lambda x: tg.logcumsumexp(x, 0), normals((6,), scale=200)),
    "gaps of sorted close values": (ranked, distinct(5, gap=1e-6, offset=2)),
    "largest of far values": (
        lambda x: tg.topk(x, 3)[0] * np.array([1e-6, 1, 1e6]), decades(-6, 6, (7,))),
    "trapezoids of close places": (
        lambda y, x: np.trapezoid(y, x), lambda r: [
            r.normal(size=5), 1 + 1e-6 * (np.arange(5) + r.uniform(-0.2, 0.2, 5))]),
    "second difference of a long sum": (
        lambda x: np.diff(np.cumsum(np.cumsum(x)), n=2) - x[2:], normals((7,), scale=1e3)),
    "rows gathered and added back": (
        lambda w, v: tg.index_add(w, 0, ROWS, v)[ROWS] - v,
        normals((4, 2), (6, 2), scale=1e3)),
    "sum of each part over its size": (
        lambda x: tg.index_add(np.zeros(3), 0, PARTS, x)[PARTS] / 3 - x, normals((6,))),
    "softmax of each part": (
        lambda x: np.exp(x) / tg.index_add(np.zeros(3), 0, PARTS, np.exp(x))[PARTS],
        normals((6,), scale=20)),
    "largest of each part": (
        lambda x: tg.scatter_reduce(np.full(3, -1e3), 0, PARTS, x, "amax"), distinct(6, gap=1e-4)),
    "sparse rows of one table": (
        lambda w: (F.embedding(ROWS, w, sparse=True) ** 3).sum(), normals((5, 2))),
    "sparse rows and the whole table": (
        lambda w: F.embedding(ROWS, w, sparse=True).sum(axis=0) - 2 * w[0] - w[1] - 3 * w[3],
        normals((5, 2), offset=50)),
    "weighted bags with a vanishing weight": (
        lambda w, p: F.embedding_bag(ROWS, w, np.array([0, 2]), mode="sum", per_sample_weights=p),
        lambda r: [r.normal(size=(5, 2)), 10 ** r.uniform(-12, 2, 6)]),
    "largest of each bag": (
        lambda w: F.embedding_bag(ROWS, w, np.array([0, 3]), mode="max"), distinct(5, 2, gap=1e-3)),
    "mean of a context of equal rows": (
        lambda w: F.context_mean(w[np.zeros(6, int)] + 0.0, BEFORE, BEFORE[::-1].copy()),
        normals((2, 3))),
    "negatives that are certain": (
        lambda h, w: F.negative_sampling(h, w, np.array([0, 1]), np.array([[2, 3], [3, 4]])),
        normals((2, 3), (5, 3), scale=6)),
}  # fmt: skip

# --- masks, normalisations, layers ---

MASK = np.array([[True, False, True, True], [False, True, False, True]])


def masked_mean(x: Any) -> Any:
    return tg.masked_fill(x, ~MASK, 0.0).sum(axis=1) / MASK.sum(axis=1)


def safe_norm(x: Any) -> Any:
    square = (x * x).sum(axis=-1)
    is_zero = square < 1e-20
    return np.where(is_zero, 0.0, np.sqrt(np.where(is_zero, 1.0, square)))


def attention(q: Any, k: Any, v: Any) -> Any:
    return F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=8.0)


def no_attention(q: Any, k: Any) -> Any:
    scores = np.where(MASK, q @ k.T, -np.inf)
    return F.softmax(scores, axis=-1)


def clipped(x: Any) -> Any:
    size = np.sqrt((x * x).sum())
    return x * np.minimum(1.0, 1 / (size + 1e-6))


LAYERS: dict[str, Program] = {
    "mean under a mask": (masked_mean, decades(-6, 6, (2, 4))),
    "square root under a mask": (
        lambda x: np.where(MASK, np.sqrt(np.where(MASK, x, 1.0)), x),
        lambda r: [np.where(MASK, 1, -1) * r.uniform(0.1, 2, (2, 4))]),
    "length with a zero row": (
        safe_norm, lambda r: [r.normal(size=(3, 2)) * np.array([[1.0], [1e-6], [1e4]])]),
    "selected entries normalised": (
        lambda x: (lambda s: s / s.sum())(tg.masked_select(np.exp(x), MASK)),
        normals((2, 4), scale=10)),
    "filled entries in a softmax": (
        lambda x: F.softmax(tg.masked_fill(x, ~MASK, -1e9), axis=-1), normals((2, 4), scale=20)),
    "attention to allowed keys": (no_attention, normals((2, 3), (4, 3), scale=4)),
    "causal attention of one call": (attention, normals((3, 2), (3, 2), (3, 2), scale=2)),
    "gradient clipped by its norm": (clipped, normals((5,), scale=3, offset=2)),
    "gradient that is not clipped": (clipped, normals((5,), scale=1e-3)),
    "batch norm of tiny variance": (
        lambda x, w: F.batch_norm(x, None, None, w, training=True),
        lambda r: [3 + 1e-3 * r.normal(size=(4, 2)), r.normal(size=2)]),
    "batch norm by stored statistics": (
        lambda x: F.batch_norm(x, np.array([1e3, 0]), np.array([1e-8, 1e8])),
        normals((3, 2), scale=1e-2, offset=1e3)),
    "instance norm of tiny variance": (
        lambda x: F.instance_norm(x, eps=1e-12), normals((1, 2, 5), scale=1e-4)),
    "root mean square of tiny values": (
        lambda x: F.rms_norm(x, (4,), eps=1e-12), normals((2, 4), scale=1e-5)),
    "group norm of two far groups": (
        lambda x: F.group_norm(x, 2),
        lambda r: [r.normal(size=(1, 4, 3)) * np.array([1e-3, 1e-3, 1e4, 1e4]).reshape(1, 4, 1)]),
    "rows of unit length, subtracted": (
        lambda x: F.normalize(x, dim=-1) - F.normalize(3 * x, dim=-1), normals((3, 4), scale=1e-4)),
    "gated unit, gate shut": (
        lambda x: F.glu(x, -1), lambda r: [np.concatenate([1e6 * r.normal(size=(2, 2)),
                                                           r.uniform(-35, -20, (2, 2))], axis=1)]),
    "distances of a point to itself": (
        lambda x: tg.cdist(x, x + 1e-4), normals((3, 2))),
    "embedding loss of nearly opposite rows": (
        lambda a, b: F.cosine_embedding_loss(a, b, np.array([1, -1])),
        lambda r: (lambda a: [a, np.array([[1.0], [1]]) * a + 1e-3 * r.normal(size=(2, 3))])(
            r.normal(size=(2, 3)))),
    "rank loss beside its margin": (
        lambda a, b: F.margin_ranking_loss(a, b, np.ones(4), margin=0.5),
        lambda r: (lambda a: [a, a - 0.5 + r.choice([-1, 1], 4) * 1e-4])(r.normal(size=4))),
    "steep soft signs": (
        lambda x: F.softsign(1e5 * x) + F.tanhshrink(x), decades(-7, -1, (5,))),
    "piecewise activations far from their corners": (
        lambda x: F.hardswish(x) + F.hardsigmoid(x) + F.softshrink(x) + F.elu(x) + F.celu(x, 0.1),
        lambda r: [np.array([-50.0, -2, -0.2, 0.2, 2, 50]) * r.uniform(0.9, 1.1, 6)]),
    "mish far out": (F.mish, decades(0, 3, (6,))),
    "gradient through a rounded copy": (
        lambda x: x * np.rint(x.detach()) + x, lambda r: [r.integers(-3, 4, 5) + 0.2]),
    "mean of an infinite limit": (
        lambda x: np.maximum(x, -np.inf) + np.minimum(x, np.inf), normals((4,))),
    "shares of a simplex, sticks broken": (
        lambda x: (lambda s: s * np.concatenate([np.ones(1), np.cumprod(1 - s)[:-1]]))(
            F.sigmoid(x)), normals((5,), scale=12)),
    "bounded by a tanh of tanh": (
        lambda x: 1e3 * np.tanh(np.tanh(x / 1e3) * 1e-3), between(-5e3, 5e3, (5,))),
}  # fmt: skip

ARRAYS = {**IMAGES, **PRODUCTS, **SCANS, **LAYERS}
