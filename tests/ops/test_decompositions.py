"""Decompositions: products give the matrix back; gradients are refused."""

from __future__ import annotations

import numpy as np
import pytest

import tinygrad_w2v as tg

X = tg.tensor(np.random.default_rng(0).normal(size=(4, 3)))


def test_svd_and_qr_give_the_matrix_back() -> None:
    u, s, v = tg.svd(X)
    np.testing.assert_allclose((u @ tg.diag(s) @ v.t()).numpy(), X.numpy())
    q, r = X.qr()
    np.testing.assert_allclose((q @ r).numpy(), X.numpy())


def test_pseudoinverse_and_rank() -> None:
    np.testing.assert_allclose((X.pinverse() @ X).numpy(), np.eye(3), atol=1e-12)
    assert tg.matrix_rank(X).item() == 3


def test_gradients_are_refused() -> None:
    x = X.clone().requires_grad_()
    with pytest.raises(RuntimeError, match=r"svd: its gradient is not implemented: pass x\.detach"):
        tg.svd(x)
    with tg.no_grad():
        assert tg.svd(x).S.shape == (3,)
