"""Parts of floating-point numbers, and PyTorch's other signature of the variance."""

from __future__ import annotations

import math

import numpy as np

import tinygrad_w2v as tg

X = np.array([1.0, -2.5, 3.0, 0.1])


def test_frexp_and_ldexp_are_inverse() -> None:
    x = tg.tensor(X, requires_grad=True)
    mantissa, exponent = x.frexp()
    np.testing.assert_array_equal(mantissa.detach().numpy(), np.frexp(X)[0])
    back = tg.ldexp(mantissa, exponent)
    np.testing.assert_array_equal(back.detach().numpy(), X)
    back.sum().backward()
    np.testing.assert_allclose(x.grad, np.ones(4))


def test_angle_and_next_numbers() -> None:
    np.testing.assert_array_equal(tg.tensor(X).angle(), [0, math.pi, 0, 0])
    found = tg.nextafter(tg.tensor(X), tg.tensor(np.full(4, np.inf)))
    np.testing.assert_array_equal(found, np.nextafter(X, np.inf))


def test_a_boolean_in_place_of_the_axis_is_unbiased() -> None:
    x = tg.tensor(X)
    for biased, correction in ((False, 0), (True, 1)):
        assert x.var(biased).item() == x.var(correction=correction).item()
        assert tg.std(x, biased).item() == tg.std(x, correction=correction).item()
        assert tg.std_mean(x, biased)[0].item() == x.std(correction=correction).item()
        assert tg.var_mean(x, biased)[1].item() == X.mean()


def test_integrals_up_to_each_value() -> None:
    areas = tg.cumulative_trapezoid(tg.tensor(X), dx=2.0)
    np.testing.assert_allclose(areas, np.cumsum(X[1:] + X[:-1]))
    assert tg.trapezoid(tg.tensor(X), dx=2.0).item() == areas[-1].item()
