"""Linear algebra: products, solutions and factors satisfy their equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


@given(seeds, st.integers(0, 2))
def test_tensordot_matches_numpy(seed: int, axes: int) -> None:
    a, b = drawn(seed, 2, 3, 4), drawn(seed, 3, 4, 2).transpose(*[(0, 1, 2), (1, 2, 0)][axes % 2])
    over: Any = ([2], [b.shape.index(4)]) if axes < 2 else ([1, 2], [0, 1])
    np.testing.assert_allclose(F.tensordot(tg.Tensor(a), b, over).numpy(), np.tensordot(a, b, over))


def test_tensordot_over_no_axes_is_the_outer_product() -> None:
    a, b = drawn(0, 2, 3), drawn(1, 4)
    np.testing.assert_allclose(F.tensordot(a, b, 0), np.tensordot(a, b, 0))
    gradcheck(lambda a, b: F.tensordot(a, b, 0), (a, b))


@given(seeds)
def test_solve_and_inv_agree(seed: int) -> None:
    a, b = drawn(seed, 3, 3) + 4 * np.eye(3), drawn(seed, 3, 2)
    np.testing.assert_allclose(a @ F.solve(a, b), b, atol=1e-9)
    np.testing.assert_allclose(F.inv(a) @ b, F.solve(a, b), atol=1e-9)


@given(seeds)
def test_cholesky_factor_is_triangular_and_squares_to_the_matrix(seed: int) -> None:
    root = drawn(seed, 3, 3)
    x = root @ root.T + np.eye(3)
    lower = F.cholesky(tg.Tensor(x))
    assert np.array_equal(lower, np.tril(lower.numpy()))
    np.testing.assert_allclose((lower @ lower.T).numpy(), x, atol=1e-9)


def test_gradient_of_cholesky_is_symmetric() -> None:
    x = tg.tensor(np.array([[4.0, 1.0], [1.0, 3.0]]), requires_grad=True)
    (found,) = tg.grad(F.cholesky(x).sum(), x)
    np.testing.assert_allclose(np.asarray(found), np.asarray(found).T)


def test_solve_broadcasts_one_matrix_over_a_batch() -> None:
    a, b = drawn(3, 3, 3) + 4 * np.eye(3), drawn(4, 5, 3, 2)
    gradcheck(F.solve, (a, b))


def test_dot_requires_vectors_of_one_length() -> None:
    assert F.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    with pytest.raises(ValueError, match=r"^dot: shapes \(2,\) and \(3,\): they must be vectors"):
        F.dot([1.0, 2.0], [3.0, 4.0, 5.0])


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_determinant_of_a_singular_matrix_has_its_gradient(rank: int) -> None:
    a = drawn(rank, 3, 3)
    a[rank:] = a[:1] + a[1:2] if rank == 2 else rank * a[:1]
    assert gradcheck(np.linalg.det, [a], order=2)
    assert gradcheck(np.linalg.det, [np.stack([a, drawn(5, 3, 3)])])


def test_singular_matrices_raise_the_error_of_the_module() -> None:
    with pytest.raises(tg.linalg.LinAlgError, match="Singular matrix"):
        tg.linalg.inv(tg.zeros(2, 2))


def test_names_that_are_left_out_say_what_to_use() -> None:
    with pytest.raises(AttributeError, match=r"linalg.eig is not in .*: use linalg.eigh for"):
        tg.linalg.eig  # noqa: B018
