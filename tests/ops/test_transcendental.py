"""Elementwise ops at special values: the error function, activations, powers, ties."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.ops.error_function import erf

finite = st.floats(-50, 50)


def slope(function: Any, *values: float) -> list[float]:
    x = tg.tensor(np.array(values), requires_grad=True)
    (gradient,) = tg.grad(function(x).sum(), x)
    assert isinstance(gradient, tg.Tensor)
    return gradient.tolist()


@given(st.floats(-8, 8))
def test_erf_is_accurate_to_the_last_digits(x: float) -> None:
    assert float(erf(np.array(x))) == pytest.approx(math.erf(x), rel=8e-16, abs=1e-300)


def test_erf_is_accurate_on_both_sides_of_each_range() -> None:
    x = np.concatenate([np.nextafter(edge, [0, 9]) for edge in (0.46875, 4.0, 6.0)])
    expected = [math.erf(value) for value in x]
    np.testing.assert_allclose(erf(x), expected, rtol=4e-16)
    np.testing.assert_allclose(erf(-x), np.negative(expected), rtol=4e-16)


@pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 2e-7), (np.float16, 1e-3)])
def test_erf_preserves_the_dtype(dtype: Any, digits: float) -> None:
    x = np.linspace(-5, 5, 101).astype(dtype)
    assert erf(x).dtype == dtype
    np.testing.assert_allclose(erf(x), [math.erf(v) for v in x], rtol=digits)


def test_erf_of_empty_infinite_and_nan() -> None:
    assert erf(np.zeros((0, 2))).shape == (0, 2)
    assert erf(np.array([np.inf, -np.inf, 0.0])).tolist() == [1.0, -1.0, 0.0]
    assert np.isnan(erf(np.array(np.nan)))


@given(finite)
def test_sigmoid_and_logsigmoid_agree_without_overflow(x: float) -> None:
    gate, log_gate = F.sigmoid(np.array(x * 20)), F.logsigmoid(np.array(x * 20))
    assert 0.0 <= gate <= 1.0
    assert float(np.exp(log_gate)) == pytest.approx(float(gate), rel=1e-12)
    assert float(F.softplus(np.array(-x * 20))) == pytest.approx(-float(log_gate))


@given(finite)
def test_both_forms_of_gelu_are_close(x: float) -> None:
    exact, quick = F.gelu(np.array(x)), F.gelu(np.array(x), approximate="tanh")
    assert float(exact) == pytest.approx(float(quick), abs=5e-4)
    assert float(exact) == pytest.approx(x * 0.5 * (1 + math.erf(x / math.sqrt(2))), abs=1e-13)


def test_relu_and_leaky_relu_at_zero_have_the_left_slope() -> None:
    assert slope(F.relu, 0.0, 1.0) == [0.0, 1.0]
    assert slope(lambda x: F.leaky_relu(x, negative_slope=0.1), 0.0, 1.0) == [0.1, 1.0]


def test_gradient_at_the_limits_of_clamp_and_hardtanh() -> None:
    assert slope(lambda x: F.clamp(x, -1, 1), -2.0, -1.0, 1.0, 2.0) == [0, 1, 1, 0]
    assert slope(F.hardtanh, -2.0, -1.0, 1.0, 2.0) == [0, 0, 0, 0]


def test_gradient_of_powers_of_zero_is_not_nan() -> None:
    assert slope(lambda x: x**0, 0.0, 2.0) == [0.0, 0.0]
    assert slope(lambda x: x**1, 0.0, 2.0) == [1.0, 1.0]
    assert slope(lambda x: x**2, 0.0, 2.0) == [0.0, 4.0]
    assert slope(lambda x: 0.0**x, 1.0, 2.0) == [0.0, 0.0]
    assert slope(lambda x: x ** np.array([0.0, 1.0]), 0.0, 0.0) == [0.0, 1.0]


def test_derivatives_of_an_integer_power_reach_zero() -> None:
    x = tg.tensor([0.0, 2.0], requires_grad=True)
    y: Any = x**3
    for expected in ([0.0, 12.0], [0.0, 12.0], [6.0, 6.0], [0.0, 0.0]):
        (y,) = tg.grad(y.sum(), x, create_graph=True)
        assert y.tolist() == expected
        y = y + x * 0


def test_ties_of_maximum_and_minimum_halve_the_gradient() -> None:
    assert slope(lambda x: F.maximum(x, 1.0), 0.0, 1.0, 2.0) == [0.0, 0.5, 1.0]
    assert slope(lambda x: F.minimum(x, 1.0), 0.0, 1.0, 2.0) == [1.0, 0.5, 0.0]


def test_gradient_of_rounding_is_zero() -> None:
    for step in (F.floor, F.ceil, F.round, F.sign, lambda x: x // 2.0):
        assert slope(step, 0.3, -1.7) == [0.0, 0.0]


def test_remainder_has_the_sign_of_the_divisor() -> None:
    x = tg.tensor([5.5, -5.5], requires_grad=True)
    out = x % 2.0
    assert out.tolist() == [1.5, 0.5]
    out.sum().backward()
    assert x.grad is not None
    assert np.asarray(x.grad).tolist() == [1.0, 1.0]


def test_lerp_interpolates() -> None:
    a, b = tg.tensor([1.0, 2.0]), tg.tensor([3.0, 6.0])
    assert F.lerp(a, b, 0.0).tolist() == a.tolist()
    assert F.lerp(a, b, 0.25).tolist() == a.lerp(b, 0.25).tolist() == [1.5, 3.0]
