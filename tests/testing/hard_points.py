"""Hard points and forms: exact zeros, equal values, several outputs, other layouts."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_w2v as tg
import tinygrad_w2v.nn.functional as F
from tests.testing.points import Inputs, Program, between, decades, normals
from tinygrad_w2v import special

# --- exact zeros and equal values ---


def thinned(*shape: int, share: float = 0.5) -> Inputs:
    """Make an input of which a share is exactly 0."""
    return lambda rng: [rng.normal(size=shape) * (rng.random(shape) > share)]


def constant(value: float, *shapes: tuple[int, ...]) -> Inputs:
    return lambda rng: [np.full(shape, value) for shape in shapes]


def adapted(x: Any, w: Any, a: Any, b: Any) -> Any:
    return np.tanh(x @ (w + 1e3 * a @ b))


def untrained(rng: np.random.Generator) -> list[Any]:
    return [*(rng.normal(size=s) for s in ((3, 4), (4, 5), (4, 2))), np.zeros((2, 5))]


ZEROS: dict[str, Program] = {
    "adapter that is still zero": (adapted, untrained),
    "network of zero weights": (
        lambda x, w, v: np.tanh(x @ w) @ v,
        lambda r: [r.normal(size=(3, 4)), np.zeros((4, 5)), np.zeros((5, 2))]),
    "attention of zero queries": (
        lambda q, k, v: F.softmax(q @ k.T, axis=-1) @ v,
        lambda r: [np.zeros((3, 4)), r.normal(size=(5, 4)), r.normal(size=(5, 2))]),
    "equal scores": (lambda x: F.log_softmax(x, axis=-1), constant(3.7, (3, 5))),
    "constant rows, normalised": (lambda x: F.layer_norm(x, (4,), eps=1e-2), constant(2.5, (2, 4))),
    "functions at 0": (
        lambda x: np.stack([np.sin(x), np.expm1(x), np.log1p(x), np.sinc(x), np.tanh(x),
                            np.arctan(x), np.arcsinh(x), F.gelu(x), F.silu(x), F.softplus(x)]),
        constant(0.0, (2,))),
    "exponential of a zero matrix": (tg.matrix_exp, constant(0.0, (3, 3))),
    "product with two zeros": (
        lambda x: np.prod(x, axis=1), lambda r: [r.normal(size=(2, 4)) * np.array([0, 1, 0, 1])]),
    "running product through two zeros": (
        np.cumprod, lambda r: [r.normal(size=6) * np.array([1, 1, 0, 1, 0, 1])]),
    "angle of points on an axis": (
        lambda y, x: np.arctan2(y, x), lambda r: [np.zeros(3), r.uniform(0.5, 2, 3)]),
    "length with an offset, at 0": (
        lambda x: np.sqrt((x * x).sum(axis=1) + 1), thinned(4, 3, share=0.7)),
    "sparse features": (lambda x, w: F.gelu(x @ w), lambda r: [
        r.normal(size=(4, 12)) * (r.random((4, 12)) > 0.8), r.normal(size=(12, 3))]),
    "cubes of mostly zeros": (lambda x: x**3 + x, thinned(8, share=0.8)),
    "difference of equal inputs": (
        lambda a, b: np.exp(a - b) * (a - b),
        lambda r: (lambda a: [a, a.copy()])(r.normal(size=4))),
    "covariance of one repeated row": (
        lambda x: (x - x.mean(axis=0)).T @ (x - x.mean(axis=0)),
        lambda r: [np.repeat(r.normal(size=(1, 3)), 4, axis=0)]),
    "power of ones": (lambda x, y: x**y, constant(1.0, (3,), (3,))),
    "entropy of equal shares": (
        lambda x: special.entr(x / x.sum()).sum(), constant(0.25, (4,))),
    "whole numbers": (
        lambda x: np.cos(np.pi * x) + x * x, lambda r: [r.integers(-3, 4, 6).astype(float)]),
    "stationary point": (lambda x: ((x * x - 1) ** 2).sum(), constant(1.0, (4,))),
    "saddle of two fields": (
        lambda x, y: x * y - np.sin(x) * np.sin(y), constant(0.0, (3,), (3,))),
    "identity, inverted": (np.linalg.inv, lambda r: [np.eye(4)]),
    "factor of the identity": (
        lambda a: np.linalg.cholesky((a + a.T) / 2), lambda r: [np.eye(3)]),
    "steady state": (
        lambda x: x + 0.1 * (x - x**3), lambda r: [r.choice([-1.0, 0.0, 1.0], 6)]),
}  # fmt: skip

# --- several outputs, nests, layouts ---


def parts(x: Any, w: Any) -> Any:
    hidden = np.tanh(x @ w)
    return {"loss": 1e-12 * (hidden**2).sum(), "hidden": [hidden, 1e6 * hidden.sum(axis=0)],
            "place": np.argmax(hidden.detach().numpy(), axis=1)}  # fmt: skip


def nested(params: Any, x: Any) -> Any:
    y = F.silu(x @ params["first"]["w"] + params["first"]["b"])
    return y @ params["second"][0] * params["second"][1]


def of_params(rng: np.random.Generator) -> list[Any]:
    first = {"w": rng.normal(size=(3, 5)), "b": rng.normal(size=5)}
    return [{"first": first, "second": [rng.normal(size=(5, 2)), np.array(1e-5)]},
            rng.normal(size=(4, 3))]  # fmt: skip


def moments(x: Any) -> Any:
    mean = x.mean()
    return tuple(((x - mean) ** k).mean() for k in (1, 2, 3, 4))


FORMS: dict[str, Program] = {
    "outputs of far scales in a nest": (parts, normals((3, 4), (4, 5))),
    "parameters in a nest": (nested, of_params),
    "four moments": (moments, normals((7,), offset=30)),
    "an output that is constant": (
        lambda x: (x * x, np.ones(3), x.detach() * 0 + 2), normals((4,))),
    "no rows": (
        lambda x, w: (x @ w, np.exp(w)), lambda r: [np.zeros((0, 3)), r.normal(size=(3, 2))]),
    "number by number": (
        lambda a, b: a * np.exp(b) / (1 + a * a), lambda r: [np.array(r.normal()), np.array(1e-9)]),
    "columns first": (
        lambda x: np.log1p(x * x) @ x.T, lambda r: [np.asfortranarray(r.normal(size=(3, 4)))]),
    "backwards and with gaps": (
        lambda x: F.softmax(x, axis=0) * x[::-1], lambda r: [r.normal(size=(8, 6))[::-2, ::3]]),
    "float32 inputs of 1e4": (
        lambda x: F.layer_norm(x, (4,)),
        lambda r: [(1e4 + r.normal(size=(2, 4))).astype(np.float32)]),
    "float32 and float64 together": (
        lambda a, b: np.sin(a) @ b,
        lambda r: [r.normal(size=(2, 3)).astype(np.float32), r.normal(size=(3, 2))]),
    "values and vectors": (
        lambda a: (lambda w, v: (w, np.abs(v)))(*np.linalg.eigh(a + a.T)),
        lambda r: [np.diag([0.0, 1, 3]) + 0.1 * r.normal(size=(3, 3))]),
    "mean and deviation of a batch": (
        lambda x: (x.mean(axis=0), x.std(axis=0), x.max(axis=0)), normals((20, 6))),
    "quantities of 1e140 and of 1e-140": (
        lambda a, b: (np.sqrt(a) * np.sqrt(b), np.log(a) + np.log(b)),
        lambda r: [r.uniform(0.5, 2, 3) * 1e140, r.uniform(0.5, 2, 3) * 1e-140]),
    "far scales in one array": (
        lambda x: (x, 1e-3 * x**3, np.arctan(x)), decades(-30, 30, (6,))),
    "words, positions and kinds": (
        lambda a, b, i: F.layer_norm(a[i] + b[: i.shape[0]], (4,)),
        lambda r: [r.normal(size=(9, 4)), r.normal(size=(6, 4)), r.integers(0, 9, 5)]),
    "complex numbers as pairs": (
        lambda z: np.stack([z[0] ** 2 - z[1] ** 2, 2 * z[0] * z[1]]) / (z * z).sum(axis=0),
        normals((2, 5))),
    "one value, many uses": (
        lambda x: np.sin(x * np.arange(1, 60)).reshape(1, -1), between(0.1, 3, (1,))),
    "gradient as an output": (
        lambda x: tg.autograd.grad((np.sin(x) * x**2).sum(), [x], create_graph=True)[0],
        normals((4,))),
}  # fmt: skip

POINTS = {**ZEROS, **FORMS}
