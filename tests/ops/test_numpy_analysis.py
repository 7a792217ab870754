"""NumPy's functions of samples, cases and order, and its options: values, gradients, SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

X = np.random.default_rng(4).uniform(0.3, 2.0, (3, 4))
PLACES = np.array([0.0, 0.7, 1.1, 2.5])
REPEATED = np.array([3.0, 1.0, 3.0, 2.0])

CALLS: dict[str, Callable[..., Any]] = {
    "interp": lambda x: np.interp(x, PLACES, [1.0, 3.0, -1.0, 2.0]),
    "interp of the values": lambda x: np.interp([-1.0, 0.3, 2.0, 9.0], PLACES, x[0], left=7.0),
    "interp of the places": lambda x: np.interp([0.9, 2.4], np.cumsum(x[1]), X[0]),
    "trapezoid": np.trapezoid,
    "trapezoid over places": lambda x: np.trapezoid(x, PLACES, axis=1),
    "gradient": lambda x: np.gradient(x, axis=1),
    "gradient of two axes": lambda x: np.gradient(x, 0.5, PLACES, edge_order=2)[1],
    "convolve": lambda x: np.convolve(x[0], x[1, :2]),
    "convolve same": lambda x: np.convolve(x[1, :3], x[0], "same"),
    "correlate": lambda x: np.correlate(x[0], x[1, :3], "full"),
    "correlate short with long": lambda x: np.correlate(x[0, :2], x[1], "same"),
    "select": lambda x: np.select([x > 1.5, x > 1], [x, x * x], 3.0),
    "piecewise": lambda x: np.piecewise(x, [x < 1, x > 1.5], [np.square, 2.0, np.negative]),
    "linspace": lambda x: np.linspace(x[0], x[1], 5, axis=-1),
    "linspace open": lambda x: np.linspace(0.0, x[0], 3, endpoint=False),
    "partition": lambda x: np.partition(np.sort(x), 2, axis=0)[2],
    "rollaxis": lambda x: np.rollaxis(x[None], 2, 1),
    "quantile": lambda x: np.quantile(x, [0.2, 0.9], axis=1),
    "percentile": lambda x: np.percentile(x, 30, keepdims=True),
    "unique": lambda x: np.unique(x * 0 + REPEATED + x[0, 0]),
    "unique rows": lambda x: np.unique(np.concatenate([x, x[:1]]), axis=0),
    "sinc": lambda x: np.sinc(x - X[0, 0]),
    "heaviside": lambda x: np.heaviside(X - X[0, 0], x),
    "nan_to_num": lambda x: np.nan_to_num(np.where(X > 1, x, np.nan), nan=2.0),
    "real": np.real,
    "conjugate": np.conjugate,
    "sum where": lambda x: np.sum(x, axis=1, where=X > 1, initial=2.0),
    "prod where": lambda x: np.prod(x, where=X > 1),
    "max where": lambda x: np.max(x, axis=0, where=X < 1, initial=0.5),
    "min initial": lambda x: np.min(x, initial=1.0),
    "mean where": lambda x: np.mean(x, axis=0, where=X > 0.7, keepdims=True),
    "linalg.svd": lambda x: np.linalg.svd(x, compute_uv=False),
    "linalg.svdvals": lambda x: np.linalg.svdvals(x.T),
    "linalg.eigvalsh": lambda x: np.linalg.eigvalsh(x @ np.transpose(x)),
    "linalg.pinv": np.linalg.pinv,
}


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient_are_numpys(name: str) -> None:
    found, expected = CALLS[name](tg.Tensor(X, requires_grad=True)), CALLS[name](X)
    assert found.requires_grad
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-12, atol=1e-14)
    gradcheck(CALLS[name], (X,))


@pytest.mark.parametrize("name", ["interp", "convolve", "gradient", "quantile", "linalg.pinv"])
def test_second_derivative(name: str) -> None:
    gradcheck(CALLS[name], (X,), order=2)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "std", "var", "cumsum", "cumprod"])
def test_dtype_of_a_reduction(name: str) -> None:
    found = getattr(np, name)(tg.Tensor(X), dtype=np.float32)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.numpy(), getattr(np, name)(X), rtol=1e-5)


def test_where_of_a_condition_alone_is_nonzero() -> None:
    rows, columns = np.where(tg.Tensor(X) > 1)
    assert (rows.tolist(), columns.tolist()) == tuple(part.tolist() for part in np.where(X > 1))


def test_unique_returns_what_numpy_returns() -> None:
    options = dict.fromkeys(("return_index", "return_inverse", "return_counts"), True)
    found = np.unique(tg.Tensor(REPEATED), **options)
    for a, b in zip(found, np.unique(REPEATED, **options), strict=True):
        assert np.array_equal(np.asarray(a), b)


def test_singular_and_eigenvectors_satisfy_their_equations() -> None:
    u, s, vh = np.linalg.svd(tg.Tensor(X), full_matrices=False)
    np.testing.assert_allclose(((u * s) @ vh).numpy(), X)
    values, vectors = np.linalg.eigh(tg.Tensor(X @ X.T))
    np.testing.assert_allclose((vectors * values @ np.transpose(vectors)).numpy(), X @ X.T)
    full: Any = np.linalg.svd(tg.Tensor(X)).Vh
    np.testing.assert_allclose((full @ np.transpose(full)).numpy(), np.eye(4), atol=1e-12)


def test_one_triangle_of_a_matrix_that_is_not_symmetric_is_used() -> None:
    symmetric = X @ X.T
    below, above = (tg.Tensor(part(symmetric)) for part in (np.tril, np.triu))
    for name in ("eigvalsh", "eigh"):
        find: Any = getattr(tg.linalg, name)
        expected: Any = getattr(np.linalg, name)(symmetric)
        expected = expected[0] if name == "eigh" else expected
        for found in (find(below), find(above, UPLO="U")):
            np.testing.assert_allclose(found[0] if name == "eigh" else found, expected)
    lower = tg.linalg.cholesky(below + np.eye(3)).numpy()
    np.testing.assert_allclose(lower @ lower.T, symmetric + np.eye(3))
    np.testing.assert_allclose(tg.linalg.cholesky(above + np.eye(3), upper=True).T, lower)


def test_gradient_of_a_function_that_does_not_depend_on_the_signs_of_vectors() -> None:
    def polar(x: Any) -> Any:  # U Vh
        u, _, vh = np.linalg.svd(x, full_matrices=False)
        return u @ vh

    gradcheck(polar, (X,), order=2)
    gradcheck(polar, (X.T,))
    square = X[:, :3] + np.eye(3)
    gradcheck(lambda x: np.linalg.eigh(x + np.transpose(x)).eigenvectors ** 2, (square,), order=2)


SPECIAL = ["erf", "erfc", "expit", "log_expit", "logit", "gammaln", "digamma", "log1p", "exp2"]


@pytest.mark.parametrize("name", SPECIAL)
def test_ufuncs_of_scipy(name: str) -> None:
    function = getattr(pytest.importorskip("scipy.special"), name)
    inputs = X[0] / 3
    np.testing.assert_allclose(function(tg.Tensor(inputs)).numpy(), function(inputs), rtol=1e-12)
    gradcheck(function, (inputs,), order=2)


def test_ufunc_of_scipy_without_an_op_is_refused() -> None:
    special = pytest.importorskip("scipy.special")
    with pytest.raises(TypeError, match=r"the ufunc 'j0' is not NumPy's and has no op for Tensors"):
        special.j0(tg.Tensor(X))
