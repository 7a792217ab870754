"""Orthogonal polynomials against NumPy's, and their trigonometric forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.testing import gradcheck

special: Any = tg.special
ANGLE = np.linspace(0.1, 3.0, 7)


@pytest.mark.parametrize(
    ("name", "evaluate"),
    [
        ("chebyshev_polynomial_t", np.polynomial.chebyshev.chebval),
        ("hermite_polynomial_h", np.polynomial.hermite.hermval),
        ("hermite_polynomial_he", np.polynomial.hermite_e.hermeval),
        ("laguerre_polynomial_l", np.polynomial.laguerre.lagval),
        ("legendre_polynomial_p", np.polynomial.legendre.legval),
    ],
)
def test_values_are_numpys(name: str, evaluate: Any) -> None:
    x = np.linspace(-1.3, 1.3, 5)
    degrees = np.arange(-1, 6)[:, None]
    found = getattr(special, name)(x, degrees)
    expected = [np.zeros(5)] + [evaluate(x, np.eye(6)[n]) for n in range(6)]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_chebyshev_polynomials_of_the_four_kinds() -> None:
    x, n = np.cos(ANGLE), 5
    for letter, expected in (
        ("t", np.cos(n * ANGLE)),
        ("u", np.sin((n + 1) * ANGLE) / np.sin(ANGLE)),
        ("v", np.cos((n + 0.5) * ANGLE) / np.cos(ANGLE / 2)),
        ("w", np.sin((n + 0.5) * ANGLE) / np.sin(ANGLE / 2)),
    ):
        name = f"chebyshev_polynomial_{letter}"
        np.testing.assert_allclose(getattr(special, name)(x, n), expected, atol=1e-12)
        shifted = getattr(special, f"shifted_{name}")((x + 1) / 2, n)
        np.testing.assert_allclose(shifted, expected, atol=1e-12)


def test_gradients_of_second_order() -> None:
    assert gradcheck(lambda x: special.laguerre_polynomial_l(x, 4), [np.array([0.3, 2.0])], order=2)
