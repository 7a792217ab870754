"""Matrix functions against NumPy, their definitions and finite differences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v import linalg
from tinygrad_w2v.testing import gradcheck, gradgradcheck

RNG = np.random.default_rng(0)
SQUARE = RNG.normal(size=(4, 4)) + 3 * np.eye(4)
WIDE, TALL = RNG.normal(size=(3, 5)), RNG.normal(size=(5, 3))
LOWER = np.tril(SQUARE)


@pytest.mark.parametrize("order", ["fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf])
def test_matrix_norm_is_numpys(order: Any) -> None:
    assert linalg.matrix_norm(WIDE, order) == pytest.approx(np.linalg.norm(WIDE, order))
    kept = linalg.matrix_norm(RNG.normal(size=(2, 3, 4)), order, keepdim=True)
    assert kept.shape == (2, 1, 1)


def test_matrix_norm_refuses_other_orders() -> None:
    with pytest.raises(ValueError, match="matrix_norm: ord is 3: it must be 'fro', 'nuc', 1"):
        linalg.matrix_norm(SQUARE, 3)


def test_norm_chooses_vectors_and_matrices() -> None:
    assert linalg.norm(WIDE) == pytest.approx(np.linalg.norm(WIDE.ravel()))
    assert linalg.norm(WIDE, 1) == pytest.approx(np.linalg.norm(WIDE, 1))
    np.testing.assert_allclose(linalg.norm(WIDE, 3, 1), np.linalg.norm(WIDE, 3, axis=1))


def test_matrix_exp_of_a_rotation_and_of_large_matrices() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]]) * math.pi / 3
    expected = [[0.5, -math.sqrt(0.75)], [math.sqrt(0.75), 0.5]]
    np.testing.assert_allclose(linalg.matrix_exp(turn), expected, rtol=1e-14)
    np.testing.assert_allclose(
        np.diagonal(tg.matrix_exp(np.diag([30.0, -30.0]))), np.exp([30, -30])
    )


SYSTEMS = {
    "solve_triangular": lambda a: linalg.solve_triangular(a, TALL[:4], upper=True),
    "unitriangular": lambda a: linalg.solve_triangular(
        a, TALL[:4], upper=False, unitriangular=True
    ),
    "from the right": lambda a: linalg.solve_triangular(a, TALL[:4].T, upper=True, left=False),
    "cholesky_solve": lambda a: tg.cholesky_solve(TALL[:4], a),
    "cholesky_inverse": tg.cholesky_inverse,
    "matrix_exp": lambda a: tg.matrix_exp(0.2 * a),
    "householder": lambda a: linalg.householder_product(a[:, :3], np.array([0.3, 0.5, 0.2])),
    "tensorinv": lambda a: linalg.tensorinv(a.reshape(2, 2, 4), 2),
    "Q": lambda a: linalg.qr(a[:, :2]).Q,
    "R": lambda a: linalg.qr(a[:2]).R,
}


@pytest.mark.parametrize("name", SYSTEMS)
def test_derivatives(name: str) -> None:
    gradcheck(SYSTEMS[name], [SQUARE])
    gradgradcheck(SYSTEMS[name], [SQUARE])


def test_triangular_systems_are_solved() -> None:
    x = linalg.solve_triangular(SQUARE, TALL[:4], upper=False)
    np.testing.assert_allclose(LOWER @ x, TALL[:4], atol=1e-12)
    solution, _ = tg.triangular_solve(TALL[:4], LOWER, upper=False, transpose=True)
    np.testing.assert_allclose(LOWER.T @ solution, TALL[:4], atol=1e-12)


def test_cholesky_solutions() -> None:
    matrix = LOWER @ LOWER.T
    np.testing.assert_allclose(matrix @ tg.cholesky_solve(TALL[:4], LOWER), TALL[:4], atol=1e-9)
    np.testing.assert_allclose(tg.cholesky_inverse(LOWER) @ matrix, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(tg.cholesky(matrix, upper=True), np.linalg.cholesky(matrix).T)


@pytest.mark.parametrize("matrix", [SQUARE, TALL, WIDE])
def test_qr_multiplies_to_the_matrix(matrix: Any) -> None:
    q, r = linalg.qr(matrix)
    np.testing.assert_allclose(q @ r, matrix, atol=1e-12)
    np.testing.assert_allclose(q.T @ q, np.eye(q.shape[1]), atol=1e-12)
    np.testing.assert_allclose(r, np.triu(r), atol=1e-12)


def test_qr_refuses_columns_without_a_gradient() -> None:
    with pytest.raises(ValueError, match=r"qr: a 5 × 3 matrix has columns of Q without a gradient"):
        linalg.qr(TALL, "complete")


def test_rank_and_products() -> None:
    assert linalg.matrix_rank(tg.tensor(np.outer(TALL[:, 0], TALL[:, 1]))).item() == 1
    np.testing.assert_allclose(linalg.multi_dot([WIDE, TALL, SQUARE[:3]]), WIDE @ TALL @ SQUARE[:3])
    np.testing.assert_allclose(linalg.vecdot(WIDE, WIDE), (WIDE * WIDE).sum(axis=1))
    solved = linalg.tensorsolve(SQUARE.reshape(2, 2, 4), np.ones((2, 2)))
    np.testing.assert_allclose(SQUARE @ solved, np.ones(4), atol=1e-12)
