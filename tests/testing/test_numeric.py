from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_w2v.testing import numeric
from tinygrad_w2v.testing.subject import Subject


def refined(function: Any, x: float) -> numeric.Estimate:
    subject = Subject(function, [np.array(x)])
    line = numeric.coordinate(subject.point, 0, 0)
    center = subject.value(subject.point)
    steps = numeric.sweep_steps(subject, line)
    with np.errstate(all="ignore"):
        return numeric.refine(numeric.differences(subject, line, steps, center, None))


@settings(max_examples=30)
@given(st.floats(-3, 3, allow_subnormal=False))
def test_the_error_estimate_covers_the_error(x: float) -> None:
    found = refined(np.sin, x)
    assert abs(found.value[0] - np.cos(x)) <= 10 * found.error[0] + 1e-15
    assert found.error[0] < 1e-8


@pytest.mark.parametrize("x", [1e-8, 1e-3, 1.0, 1e3, 1e8])
def test_the_steps_suit_the_point(x: float) -> None:
    assert refined(np.log, x).value[0] == pytest.approx(1 / x, rel=1e-9)


def test_small_steps_decide_where_large_ones_disagree() -> None:
    assert refined(np.floor, 1e8 + 0.5).value[0] == 0


def test_a_kink_is_seen_at_the_point_only() -> None:
    assert refined(np.abs, 0.0).has_kink[0]
    assert not refined(np.abs, 1e-7).has_kink[0]
    assert not refined(np.square, 0.0).has_kink[0]


def test_a_jump_is_seen() -> None:
    assert refined(np.sign, 0.0).jumps[0]
    assert not refined(np.sign, 0.5).jumps[0]


def test_a_point_at_the_edge_of_the_domain_has_no_estimate() -> None:
    assert refined(np.sqrt, 0.0).error[0] == np.inf
