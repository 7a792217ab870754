"""The gamma functions against known values, recurrences and each other's derivatives."""

from __future__ import annotations

import math

import numpy as np
import pytest

import tinygrad_w2v as tg

EULER = 0.57721566490153286


def test_lgamma_is_the_logarithm_of_factorials() -> None:
    x = np.arange(1.0, 20.0)
    expected = [math.log(math.factorial(int(n) - 1)) for n in x]
    np.testing.assert_allclose(tg.lgamma(x), expected, rtol=1e-14, atol=1e-14)


def test_lgamma_is_infinite_at_poles() -> None:
    assert np.isinf(tg.lgamma(np.array([0.0, -1.0, -2.0]))).all()


def test_digamma_at_one_half_and_integers() -> None:
    expected = [-EULER - 2 * math.log(2), -EULER, 1 - EULER, 1.5 - EULER]
    np.testing.assert_allclose(tg.digamma(np.array([0.5, 1, 2, 3])), expected, rtol=1e-14)


@pytest.mark.parametrize("n", range(4))
def test_polygamma_obeys_its_recurrence(n: int) -> None:
    x = np.array([-2.3, -0.4, 0.2, 1.7, 9.0, 40.0])
    step = (-1.0) ** n * math.factorial(n) * x ** (-n - 1.0)
    difference = tg.polygamma(n, x + 1) - tg.polygamma(n, x)
    np.testing.assert_allclose(difference, step, rtol=1e-10, atol=1e-13)


def test_trigamma_at_one_is_pi_squared_over_six() -> None:
    np.testing.assert_allclose(tg.polygamma(1, np.array([1.0])), math.pi**2 / 6, rtol=1e-14)


def test_mvlgamma_sums_shifted_lgammas() -> None:
    x = np.array([2.0, 3.5])
    expected = math.log(math.pi) / 2 + tg.lgamma(x) + tg.lgamma(x - 0.5)
    np.testing.assert_allclose(tg.mvlgamma(x, 2), expected)


def test_precision_is_the_inputs() -> None:
    x = tg.tensor([0.5, 3.0])
    assert x.lgamma().dtype == x.digamma().dtype == tg.polygamma(2, x).dtype == np.float32
    assert tg.lgamma(np.array([3])).dtype == np.float64


def test_names_of_the_special_module() -> None:
    x = np.array([0.7, 2.0])
    np.testing.assert_array_equal(tg.special.gammaln(x), tg.lgamma(x))
    np.testing.assert_array_equal(tg.special.psi(x), tg.special.digamma(x))
    np.testing.assert_array_equal(tg.special.polygamma(1, x), tg.polygamma(1, x))


def test_negative_order_is_refused() -> None:
    with pytest.raises(ValueError, match="polygamma: n is -1: it must be 0 or more"):
        tg.polygamma(-1, np.ones(1))
