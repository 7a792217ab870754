"""Elementwise losses against their definitions, and their edge cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.nn import functional as F

SCORES = np.random.default_rng(0).normal(size=(4, 3))
LOG_PROBS = SCORES - np.log(np.exp(SCORES).sum(axis=1, keepdims=True))
TARGET = np.array([2, 0, 1, 1])


@given(st.floats(-800, 800), st.floats(0, 1))
def test_binary_cross_entropy_with_logits_does_not_overflow(score: float, target: float) -> None:
    loss = F.binary_cross_entropy_with_logits(np.array([score]), np.array([target]))
    assert np.isfinite(loss)
    expected = np.logaddexp(0, score) - score * target
    np.testing.assert_allclose(loss, expected, rtol=1e-9, atol=1e-9)


def test_binary_cross_entropy_is_at_most_100() -> None:
    assert F.binary_cross_entropy(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == 100.0
    assert F.binary_cross_entropy(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.0


def test_binary_target_of_another_shape_raises() -> None:
    for loss in (F.binary_cross_entropy, F.binary_cross_entropy_with_logits):
        with pytest.raises(ValueError, match=r"input \(4, 1\) and target \(4,\): the two shapes"):
            loss(np.full((4, 1), 0.5), np.full(4, 0.5))


def test_huber_is_quadratic_then_linear() -> None:
    x, zero = np.array([0.5, 3.0]), np.zeros(2)
    assert F.huber_loss(x, zero, delta=1.0, reduction="none").tolist() == [0.125, 2.5]
    assert F.smooth_l1_loss(x, zero, beta=0.5, reduction="none").tolist() == [0.25, 2.75]
    assert F.smooth_l1_loss(x, zero, beta=0.0, reduction="none").tolist() == [0.5, 3.0]


def test_divergence_from_itself_is_zero() -> None:
    soft = np.exp(LOG_PROBS)
    assert F.kl_div(LOG_PROBS, soft, reduction="sum") == pytest.approx(0, abs=1e-15)
    one_hot = np.eye(3)[TARGET]
    assert F.kl_div(LOG_PROBS, one_hot, reduction="batchmean") == pytest.approx(
        F.cross_entropy(SCORES, TARGET)
    )


def test_unknown_reduction_raises() -> None:
    wrong: Any = "max"
    with pytest.raises(ValueError, match=r"reduction is 'max': use 'mean', 'sum' or 'none'$"):
        F.mse_loss(SCORES, SCORES, reduction=wrong)
