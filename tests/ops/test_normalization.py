"""Normalization and cosine similarity against their definitions."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck


def test_normalize_returns_unit_norm_or_zero() -> None:
    found = F.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert found.tolist() == [[0.6, 0.8], [0.0, 0.0]]


def test_cosine_of_parallel_and_zero_vectors() -> None:
    a = np.array([[1.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([[2.0, 4.0], [0.0, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(F.cosine_similarity(a, b), [1.0, 0.0, 0.0], atol=1e-15)
    assert F.cosine_similarity(a, b[:1]).shape == (3,)


def test_layer_norm_has_mean_0_and_variance_1() -> None:
    x = np.random.default_rng(0).normal(3, 5, (4, 2, 8))
    out = F.layer_norm(x, (2, 8))
    np.testing.assert_allclose(out.mean(axis=(1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=(1, 2)), 1, rtol=1e-4)
    gradcheck(lambda x, w, b: F.layer_norm(x, 8, w, b), (x, x[0, 0], x[1, 1]))
