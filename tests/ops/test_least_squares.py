"""Least squares and approximations of low rank against NumPy's decompositions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

A = np.random.default_rng(1).normal(size=(5, 3))
B = np.random.default_rng(2).normal(size=(5, 2))


def test_solution_residuals_and_rank_are_numpys() -> None:
    expected = np.linalg.lstsq(A, B)
    found = tg.linalg.lstsq(tg.Tensor(A), tg.Tensor(B), driver="gelsd")
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other)
    vector = tg.linalg.lstsq(tg.Tensor(A), tg.Tensor(B[:, 0]))
    np.testing.assert_allclose(vector.solution, expected[0][:, 0])


def test_gradients_of_the_solution() -> None:
    assert gradcheck(lambda a, b: tg.linalg.lstsq(a, b).solution, [A, B], order=2)


def test_unknown_driver_is_refused() -> None:
    with pytest.raises(ValueError, match="lstsq: driver is 'qr': use 'gelsy', 'gels', 'gelsd'"):
        tg.linalg.lstsq(tg.Tensor(A), tg.Tensor(B), driver="qr")


def test_pseudoinverse_leaves_out_small_singular_values() -> None:
    x = np.diag([4.0, 1.0, 0.01])
    tensor: Any = tg.Tensor(x)
    for options in ({"rtol": 0.1}, {"atol": 0.4}, {"rcond": 0.1}, {"rtol": 0.1, "hermitian": True}):
        np.testing.assert_allclose(tg.linalg.pinv(tensor, **options), np.diag([0.25, 1, 0]))


def test_low_rank_approximation_has_the_largest_singular_values() -> None:
    u, s, v = tg.svd_lowrank(tg.Tensor(A), q=2)
    np.testing.assert_allclose(s, np.linalg.svd(A).S[:2])
    assert (u.shape, v.shape) == ((5, 2), (3, 2))
    _, s, _ = tg.pca_lowrank(tg.Tensor(A))
    np.testing.assert_allclose(s, np.linalg.svd(A - A.mean(0)).S)
