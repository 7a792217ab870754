"""The incomplete gamma functions against closed forms."""

from __future__ import annotations

import numpy as np

import tinygrad_w2v as tg

X = np.array([0.01, 0.5, 1.0, 3.0, 20.0])


def test_order_one_is_the_exponential_distribution() -> None:
    np.testing.assert_allclose(tg.igamma(np.ones(5), X), -np.expm1(-X), rtol=1e-13)
    np.testing.assert_allclose(tg.igammac(np.ones(5), X), np.exp(-X), rtol=1e-13)


def test_order_one_half_is_the_error_function() -> None:
    np.testing.assert_allclose(tg.igamma(np.array(0.5), X), tg.erf(np.sqrt(X)), rtol=1e-13)
    np.testing.assert_allclose(tg.igammac(np.array(0.5), X), tg.erfc(np.sqrt(X)), rtol=1e-12)


def test_values_outside_the_domain() -> None:
    order = np.array([0.0, 0.0, 1.0, 2.0, np.inf, np.inf, -1.0, 1.0])
    x = np.array([0.0, 1.0, 0.0, np.inf, 1.0, np.inf, 1.0, -1.0])
    nan = np.nan
    np.testing.assert_array_equal(tg.igamma(order, x), [nan, 1, 0, 1, 0, nan, nan, nan])
    np.testing.assert_array_equal(tg.igammac(order, x), [nan, 0, 1, 0, 1, nan, nan, nan])
