"""Losses against their definitions, and where they are delicate."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

SCORES = np.random.default_rng(0).normal(size=(4, 3))
LOG_PROBS = SCORES - np.log(np.exp(SCORES).sum(axis=1, keepdims=True))
TARGET = np.array([2, 0, 1, 1])


def test_cross_entropy_is_minus_the_log_probability_of_the_target() -> None:
    each = -LOG_PROBS[np.arange(4), TARGET]
    np.testing.assert_allclose(F.cross_entropy(SCORES, TARGET, reduction="none"), each)
    np.testing.assert_allclose(F.cross_entropy(SCORES, TARGET), each.mean())


@pytest.mark.parametrize("classes", [1, 2, 64, 65, 300])
@pytest.mark.parametrize("order", ["C", "F"])
def test_few_classes_and_many_are_the_same_to_cross_entropy(classes: int, order: Any) -> None:
    rng = np.random.default_rng(0)
    scores = np.asarray(rng.normal(size=(130, classes)), order=order)
    target = rng.integers(classes, size=130)
    x, y = (tg.tensor(scores, requires_grad=True) for _ in range(2))
    for reduction in ("mean", "sum"):
        by_class = F.cross_entropy(x, target, reduction=reduction)
        in_parts = F.nll_loss(F.log_softmax(y, axis=1), target, reduction=reduction)
        np.testing.assert_allclose(by_class.item(), in_parts.item())
        (first,), (second,) = (
            tg.grad(out, t, create_graph=True) for out, t in ((by_class, x), (in_parts, y))
        )
        np.testing.assert_allclose(np.asarray(first), np.asarray(second), atol=1e-12)
        slope = rng.normal(size=scores.shape)
        (first,), (second,) = (tg.grad((g * slope).sum(), t) for g, t in ((first, x), (second, y)))
        np.testing.assert_allclose(np.asarray(first), np.asarray(second), atol=1e-12)


def test_an_ignored_item_adds_nothing_and_does_not_count() -> None:
    x = tg.tensor(SCORES, requires_grad=True)
    loss = F.cross_entropy(x, [2, -100, 1, 1])
    np.testing.assert_allclose(loss.item(), -LOG_PROBS[[0, 2, 3], [2, 1, 1]].mean())
    loss.backward()
    assert not np.asarray(x.grad)[1].any()


def test_the_loss_of_nothing_but_ignored_items_is_zero() -> None:
    x = tg.tensor(SCORES, requires_grad=True)
    loss = F.cross_entropy(x, [7, 7, 7, 7], ignore_index=7, label_smoothing=0.1)
    loss.backward()
    assert loss.item() == 0.0
    assert not np.asarray(x.grad).any()


def test_weighted_losses_are_divided_by_the_sum_of_their_weights() -> None:
    weight = np.array([1.0, 2.0, 5.0])
    each = -LOG_PROBS[np.arange(4), TARGET] * weight[TARGET]
    found = F.cross_entropy(SCORES, TARGET, weight=weight)
    np.testing.assert_allclose(found, each.sum() / weight[TARGET].sum())


@given(st.floats(0, 1))
def test_a_smoothed_class_is_a_soft_target(smoothing: float) -> None:
    soft = (1 - smoothing) * np.eye(3)[TARGET] + smoothing / 3
    by_class = F.cross_entropy(SCORES, TARGET, label_smoothing=smoothing)
    np.testing.assert_allclose(by_class, F.cross_entropy(SCORES, soft))
    hard = np.eye(3)[TARGET]
    np.testing.assert_allclose(by_class, F.cross_entropy(SCORES, hard, label_smoothing=smoothing))


def test_soft_targets_may_require_a_gradient() -> None:
    soft = np.full((4, 3), 1 / 3)
    gradcheck(lambda x, t: F.cross_entropy(x, t, weight=[1.0, 2.0, 3.0]), (SCORES, soft))


def test_one_item_and_images_have_their_classes_on_the_first_and_second_axis() -> None:
    one = F.cross_entropy(SCORES[0], TARGET[0])
    np.testing.assert_allclose(one, -LOG_PROBS[0, 2])
    image = F.cross_entropy(SCORES.T[None], TARGET[None], reduction="none")
    np.testing.assert_allclose(image[0], F.cross_entropy(SCORES, TARGET, reduction="none"))


@given(st.floats(-800, 800), st.floats(0, 1))
def test_binary_cross_entropy_of_scores_never_overflows(score: float, target: float) -> None:
    loss = F.binary_cross_entropy_with_logits(np.array([score]), np.array([target]))
    assert np.isfinite(loss)
    expected = np.logaddexp(0, score) - score * target
    np.testing.assert_allclose(loss, expected, rtol=1e-9, atol=1e-9)


def test_binary_cross_entropy_of_a_sure_mistake_is_100() -> None:
    assert F.binary_cross_entropy(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == 100.0
    assert F.binary_cross_entropy(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.0


def test_a_target_of_another_shape_is_refused_rather_than_broadcast() -> None:
    for loss in (F.mse_loss, F.l1_loss, F.huber_loss, F.kl_div, F.binary_cross_entropy):
        with pytest.raises(ValueError, match=r"input \(4, 1\) and target \(4,\): the two shapes"):
            loss(np.full((4, 1), 0.5), np.full(4, 0.5))


def test_huber_is_squared_near_and_linear_far() -> None:
    x, zero = np.array([0.5, 3.0]), np.zeros(2)
    assert F.huber_loss(x, zero, delta=1.0, reduction="none").tolist() == [0.125, 2.5]
    assert F.smooth_l1_loss(x, zero, beta=0.5, reduction="none").tolist() == [0.25, 2.75]
    assert F.smooth_l1_loss(x, zero, beta=0.0, reduction="none").tolist() == [0.5, 3.0]


def test_the_divergence_of_a_distribution_from_itself_is_zero() -> None:
    soft = np.exp(LOG_PROBS)
    assert F.kl_div(LOG_PROBS, soft, reduction="sum") == pytest.approx(0, abs=1e-15)
    sure = np.eye(3)[TARGET]
    assert F.kl_div(LOG_PROBS, sure, reduction="batchmean") == pytest.approx(
        F.cross_entropy(SCORES, TARGET)
    )


def test_an_unknown_reduction_is_refused() -> None:
    wrong: Any = "max"
    with pytest.raises(ValueError, match=r"reduction is 'max': use 'mean', 'sum' or 'none'$"):
        F.mse_loss(SCORES, SCORES, reduction=wrong)
