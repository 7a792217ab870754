"""The alias method: its table, and drawing from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.kernels.comparison import both
from tinygrad_w2v.kernels.alias import build_alias_table, choose_alias, draw_alias

WEIGHTS = hnp.arrays(
    np.float64, st.integers(1, 30), elements=st.sampled_from([0, 1e-6, 0.3, 1, 7, 1e6])
).filter(np.any)


@given(WEIGHTS)
def test_table_reproduces_the_probabilities(weights: np.ndarray) -> None:
    share, alias = build_alias_table(weights)
    probability = share.copy()
    np.add.at(probability, alias, 1 - share)
    np.testing.assert_allclose(
        probability / len(weights), weights / weights.sum(), rtol=1e-9, atol=1e-12
    )
    assert (share >= 0).all()
    assert (share <= 1).all()


@given(WEIGHTS)
def test_zero_weight_has_no_share_and_is_no_alias(weights: np.ndarray) -> None:
    share, alias = build_alias_table(weights)
    never = np.flatnonzero(weights == 0)
    assert (share[never] == 0).all()
    assert not np.isin(alias[share < 1], never).any()


@given(WEIGHTS, st.integers(0, 2**32))
def test_zero_weight_is_never_drawn(weights: np.ndarray, seed: int) -> None:
    drawn = draw_alias(*build_alias_table(weights), (50, 4), np.random.default_rng(seed))
    assert drawn.shape == (50, 4)
    assert drawn.dtype == np.intp
    assert (weights[drawn] > 0).all()


def test_frequencies_follow_the_weights() -> None:
    weights = np.array([1.0, 0.0, 2.0, 5.0])
    drawn = draw_alias(*build_alias_table(weights), (80_000,), np.random.default_rng(0))
    counts = np.bincount(drawn, minlength=4)
    expected = 10_000 * weights
    # Five standard deviations of a binomial count.
    assert (abs(counts - expected) <= 5 * np.sqrt(expected * (1 - weights / 8))).all()


@pytest.mark.parametrize("count", [0, 1, 35])
def test_backends_choose_the_same(numba_backend: None, count: int) -> None:
    share, alias = build_alias_table(np.arange(9))
    uniform = np.random.default_rng(0).random(count)
    (expected, _), (chosen, _) = both(choose_alias, uniform, share, alias)
    np.testing.assert_array_equal(chosen, expected)
    assert chosen.dtype == np.intp
