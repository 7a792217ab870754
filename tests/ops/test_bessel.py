"""Bessel functions satisfy the identities of Abramowitz and Stegun, chapter 9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg

special: Any = tg.special
X = np.concatenate([np.logspace(-6, 2, 60), np.linspace(19.0, 26.0, 40)])


def test_wronskian_of_the_first_and_the_second_kind() -> None:
    left = special.bessel_j1(X) * special.bessel_y0(X) - special.bessel_j0(X) * special.bessel_y1(X)
    np.testing.assert_allclose(left, 2 / (np.pi * X), rtol=1e-12)


def test_wronskian_of_the_modified_functions() -> None:
    k0, k1 = special.scaled_modified_bessel_k0(X), special.scaled_modified_bessel_k1(X)
    np.testing.assert_allclose(special.i0e(X) * k1 + special.i1e(X) * k0, 1 / X, rtol=1e-13)


def test_scaled_functions_are_the_others_times_an_exponential() -> None:
    x = X[X < 30]
    np.testing.assert_allclose(special.i0(x), np.i0(x), rtol=1e-13)
    np.testing.assert_allclose(special.i0e(x) * np.exp(x), special.i0(x), rtol=1e-13)
    np.testing.assert_allclose(special.i1e(-x) * np.exp(x), -special.i1(x), rtol=1e-13)
    for n in "01":
        scaled = getattr(special, f"scaled_modified_bessel_k{n}")(x)
        np.testing.assert_allclose(
            scaled * np.exp(-x), getattr(special, f"modified_bessel_k{n}")(x), rtol=1e-13
        )


@pytest.mark.parametrize(
    ("name", "at_minus_infinity", "at_zero"),
    [
        ("i0", np.inf, 1.0),
        ("i1", -np.inf, 0.0),
        ("i0e", 0.0, 1.0),
        ("bessel_j0", 0.0, 1.0),
        ("bessel_j1", 0.0, 0.0),
        ("bessel_y0", np.nan, -np.inf),
        ("modified_bessel_k1", np.nan, np.inf),
        ("spherical_bessel_j0", np.nan, 1.0),
    ],
)
def test_values_at_the_ends(name: str, at_minus_infinity: float, at_zero: float) -> None:
    with np.errstate(invalid="ignore"):
        found = getattr(special, name)(np.array([-np.inf, 0.0]))
    np.testing.assert_array_equal(found, [at_minus_infinity, at_zero])


def test_gradients_exist_at_zero() -> None:
    x = tg.tensor([0.0], requires_grad=True)
    for name, slope in (("i0", 0.0), ("i1", 0.5), ("bessel_j0", 0.0), ("bessel_j1", 0.5)):
        (found,) = tg.grad(getattr(special, name)(x).sum(), x)
        assert found.item() == slope
