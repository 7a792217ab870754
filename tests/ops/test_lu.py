"""LU factors multiply to the matrix and solve its systems."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

linalg: Any = tg.linalg


def drawn(*shape: int) -> Any:
    return np.random.default_rng(len(shape)).normal(size=shape)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4, 3), (3, 5), (0, 0), (2, 0, 3)])
def test_factors_multiply_to_the_matrix(shape: tuple[int, ...]) -> None:
    x = drawn(*shape)
    p, lower, upper = linalg.lu(tg.Tensor(x))
    np.testing.assert_allclose((p @ lower @ upper).numpy(), x, atol=1e-12)
    np.testing.assert_allclose(np.tril(lower.numpy()), lower.numpy())
    assert (np.abs(lower.numpy()) <= 1).all()
    factors, pivots = linalg.lu_factor(tg.Tensor(x))
    for one, other in zip((p, lower, upper), tg.lu_unpack(factors, pivots), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("adjoint", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_systems_are_solved(left: bool, adjoint: bool) -> None:
    x, b = drawn(3, 3), drawn(2, 3, 3)
    found = linalg.lu_solve(
        *linalg.lu_factor(tg.Tensor(x)), tg.Tensor(b), left=left, adjoint=adjoint
    )
    given = x.T if adjoint else x
    np.testing.assert_allclose(given @ found.numpy() if left else found.numpy() @ given, b)


def test_info_is_the_first_pivot_that_is_zero() -> None:
    x = np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [2.0, 3.0]]])
    assert linalg.lu_factor_ex(tg.Tensor(x)).info.tolist() == [2, 0]


def test_gradients_of_second_order() -> None:
    assert gradcheck(lambda x: linalg.lu_factor(x).LU, [drawn(4, 3)], order=2)
    assert gradcheck(lambda x: linalg.lu(x).L, [drawn(2, 3, 4)], order=2)
