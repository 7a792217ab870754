from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_w2v.testing import finite_differences as fd
from tinygrad_w2v.testing.checked_function import CheckedFunction


def derivative(function: Any, x: float) -> fd.Estimate:
    checked = CheckedFunction(function, [np.array(x)])
    line = fd.coordinate(checked.point, 0, 0)
    center = checked.value(checked.point)
    with np.errstate(all="ignore"):
        return fd.best_estimate(fd.sweep(checked, line, center, None))


@settings(max_examples=30)
@given(st.floats(-3, 3, allow_subnormal=False))
def test_error_estimate_covers_error(x: float) -> None:
    found = derivative(np.sin, x)
    assert abs(found.value[0] - np.cos(x)) <= 10 * found.error[0] + 1e-15
    assert found.error[0] < 1e-8


@pytest.mark.parametrize("x", [1e-8, 1e-3, 1.0, 1e3, 1e8])
def test_steps_match_scale_of_point(x: float) -> None:
    assert derivative(np.log, x).value[0] == pytest.approx(1 / x, rel=1e-9)


def test_small_steps_take_precedence_over_large_ones() -> None:
    assert derivative(np.floor, 1e8 + 0.5).value[0] == 0


def test_kink_is_detected_only_at_the_point() -> None:
    assert derivative(np.abs, 0.0).has_kink[0]
    assert not derivative(np.abs, 1e-7).has_kink[0]
    assert not derivative(np.square, 0.0).has_kink[0]


def test_jump_is_detected() -> None:
    assert derivative(np.sign, 0.0).jumps[0]
    assert not derivative(np.sign, 0.5).jumps[0]


def test_edge_of_domain_has_no_estimate() -> None:
    assert derivative(np.sqrt, 0.0).error[0] == np.inf
