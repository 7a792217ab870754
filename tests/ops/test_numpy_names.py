"""NumPy's own functions, given Tensors, answer with Tensors that differentiate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

X = np.random.default_rng(4).uniform(0.3, 2.0, (3, 4))
SQUARE = X[:, :3] + 2 * np.eye(3)
CUBE = np.random.default_rng(5).normal(size=(2, 3, 4))

CALLS: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log1p": np.log1p,
    "power": lambda x: np.power(x, 3),
    "float_power": lambda x: np.float_power(x, 2.5),
    "reciprocal": np.reciprocal,
    "fmax": lambda x: np.fmax(x, 1.0),
    "sum": lambda x: np.sum(x, axis=0),
    "add.reduce": np.add.reduce,
    "multiply.reduce": np.multiply.reduce,
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    "mean": lambda x: np.mean(x, axis=(0, 1)),
    "prod": lambda x: np.prod(x, axis=1),
    "max": lambda x: np.max(x, axis=1),
    "amin": np.amin,
    "var": np.var,
    "var ddof": lambda x: np.var(x, axis=0, ddof=1),
    "std": lambda x: np.std(x, axis=1, keepdims=True),
    "cumsum": np.cumsum,
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "where": lambda x: np.where(x > 1, x, -x),
    "clip": lambda x: np.clip(x, 0.5, 1.5),
    "clip low": lambda x: np.clip(x, 0.5, None),
    "clip by arrays": lambda x: np.clip(x, X[:1] * 0.7, X[:, :1] * 1.2),
    "round": lambda x: np.round(x, 1),
    "dot": lambda x: np.dot(x, X.T),
    "dot with a number": lambda x: np.dot(x, 2.0),
    "dot with a cube": lambda x: np.dot(x, CUBE.transpose(0, 2, 1)),
    "inner": lambda x: np.inner(x, X),
    "outer": lambda x: np.outer(x, X[0]),
    "tensordot": lambda x: np.tensordot(x, CUBE, axes=([0, 1], [1, 2])),
    "einsum": lambda x: np.einsum("ij,kij->ki", x, CUBE, optimize=True),
    "linalg.norm": np.linalg.norm,
    "linalg.norm of rows": lambda x: np.linalg.norm(x, axis=1, keepdims=True),
    "linalg.norm of order 1": lambda x: np.linalg.norm(x, ord=1, axis=0),
    "linalg.norm of Frobenius": lambda x: np.linalg.norm(x, ord="fro"),
    "linalg.solve": lambda x: np.linalg.solve(SQUARE, x),
    "linalg.inv": lambda x: np.linalg.inv(x[:, :3] + 2 * np.eye(3)),
    "linalg.cholesky": lambda x: np.linalg.cholesky(x @ np.swapaxes(x, 0, 1) + np.eye(3)),
    "reshape": lambda x: np.reshape(x, (2, -1)),
    "ravel": np.ravel,
    "expand_dims": lambda x: np.expand_dims(x, (0, 2)),
    "squeeze": lambda x: np.squeeze(x[:1]),
    "transpose": np.transpose,
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 3, 4)),
    "flip": np.flip,
    "roll": lambda x: np.roll(x, 2, axis=1),
    "concatenate": lambda x: np.concatenate([x, X], axis=1),
    "concatenate flat": lambda x: np.concatenate([x, X], axis=None),
    "stack": lambda x: np.stack([x, X], axis=-1),
    "vstack": lambda x: np.vstack([x, X[0]]),
    "hstack": lambda x: np.hstack([x, X]),
    "hstack of vectors": lambda x: np.hstack([x[0], X[1]]),
    "split": lambda x: np.split(x, 2, axis=1)[1],
    "split at": lambda x: np.split(x, [1, 3], axis=1)[1],
    "tile": lambda x: np.tile(x, (2, 1, 2)),
    "repeat": lambda x: np.repeat(x, [2, 0, 1], axis=0),
    "repeat flat": lambda x: np.repeat(x, 2),
    "pad": lambda x: np.pad(x, 1),
    "pad reflect": lambda x: np.pad(x, ((1, 2), (0, 3)), mode="reflect"),
    "pad symmetric": lambda x: np.pad(x, ((1, 2), (0, 3)), mode="symmetric"),
    "diagonal": lambda x: np.diagonal(x, 1),
    "diag": lambda x: np.diag(x[0], -1),
    "trace": np.trace,
    "tril": np.tril,
    "triu": lambda x: np.triu(x, 1),
    "take": lambda x: np.take(x, [[0, 2], [2, 0]], axis=0),
    "take flat": lambda x: np.take(x, [5, 1]),
    "take_along_axis": lambda x: np.take_along_axis(x, np.argsort(X, axis=1), axis=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_has_numpys_value_shape_and_dtype(name: str) -> None:
    found = CALLS[name](tg.Tensor(X, requires_grad=True))
    expected = CALLS[name](X)
    assert isinstance(found, tg.Tensor)
    assert found.requires_grad
    assert found.shape == np.shape(expected)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-13)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "round"])
def test_its_gradient_agrees_with_finite_differences(name: str) -> None:
    gradcheck(CALLS[name], (X,))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda x: np.shape(x), (3, 4)),
        (lambda x: np.ndim(x), 2),
        (lambda x: np.size(x), 12),
        (lambda x: np.size(x, 1), 4),
        (lambda x: np.all(x > 0), True),
        (lambda x: np.any(x > 9), False),
        (lambda x: np.allclose(x, X), True),
        (lambda x: np.array_equal(x, X + 1), False),
        (lambda x: np.count_nonzero(x), 12),
        (lambda x: np.result_type(x, np.float32), np.float64),
        (lambda x: np.argsort(x[0]).tolist(), np.argsort(X[0]).tolist()),
        (lambda x: np.full_like(x, 2.0).tolist(), np.full((3, 4), 2.0).tolist()),
        (lambda x: np.empty_like(x).shape, (3, 4)),
    ],
)
def test_questions_about_a_tensor_have_plain_answers(call: Any, expected: Any) -> None:
    answer = call(tg.Tensor(X, requires_grad=True))
    assert not isinstance(answer, tg.Tensor)
    assert answer == expected


def test_a_function_without_an_op_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"^np.median has no op for Tensors: pass numpy.asarray"):
        np.median(tg.Tensor(X))


def test_out_is_refused_since_it_cannot_be_recorded() -> None:
    with pytest.raises(TypeError, match=r"^np.add with out= or where= writes in place"):
        np.add(tg.Tensor(X), 1, out=np.zeros_like(X))
