"""Householder reflections reproduce the QR decomposition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg


@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 3), (3, 5), (2, 0, 3)])
def test_products_are_the_orthogonal_factor(shape: tuple[int, ...]) -> None:
    x: Any = tg.Tensor(np.random.default_rng(0).normal(size=shape))
    rows, columns = shape[-2:]
    count = min(rows, columns)
    vectors, factors = tg.geqrf(x)
    q = tg.linalg.householder_product(vectors[..., :count], factors)
    np.testing.assert_allclose((q @ vectors.triu()[..., :count, :]).numpy(), x.numpy(), atol=1e-12)


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("left", [False, True])
def test_product_without_the_matrix(left: bool, transpose: bool) -> None:
    x, other = (tg.Tensor(np.random.default_rng(i).normal(size=(3, 3))) for i in range(2))
    vectors, factors = tg.geqrf(x)
    q = tg.linalg.householder_product(vectors, factors)
    q = q.T if transpose else q
    found = tg.ormqr(vectors, factors, other, left, transpose)
    np.testing.assert_allclose(found.numpy(), (q @ other if left else other @ q).numpy())
