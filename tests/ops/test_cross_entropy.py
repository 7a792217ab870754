"""Cross-entropy and negative log-likelihood against their definitions."""

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


def test_cross_entropy_is_negative_log_probability_of_target() -> None:
    each = -LOG_PROBS[np.arange(4), TARGET]
    np.testing.assert_allclose(F.cross_entropy(SCORES, TARGET, reduction="none"), each)
    np.testing.assert_allclose(F.cross_entropy(SCORES, TARGET), each.mean())


@pytest.mark.parametrize("classes", [1, 2, 64, 65, 300])
@pytest.mark.parametrize("order", ["C", "F"])
def test_fused_cross_entropy_matches_nll_of_log_softmax(classes: int, order: Any) -> None:
    rng = np.random.default_rng(0)
    scores = np.asarray(rng.normal(size=(130, classes)), order=order)
    target = rng.integers(classes, size=130)
    x, y = (tg.tensor(scores, requires_grad=True) for _ in range(2))
    for reduction in ("mean", "sum"):
        fused = F.cross_entropy(x, target, reduction=reduction)
        composed = F.nll_loss(F.log_softmax(y, axis=1), target, reduction=reduction)
        np.testing.assert_allclose(fused.item(), composed.item())
        (first,), (second,) = (
            tg.grad(out, t, create_graph=True) for out, t in ((fused, x), (composed, y))
        )
        np.testing.assert_allclose(first.data, second.detach().numpy(), atol=1e-12)
        slope = rng.normal(size=scores.shape)
        (first,), (second,) = (tg.grad((g * slope).sum(), t) for g, t in ((first, x), (second, y)))
        np.testing.assert_allclose(np.asarray(first), np.asarray(second), atol=1e-12)


def test_ignored_items_do_not_count() -> None:
    x = tg.tensor(SCORES, requires_grad=True)
    loss = F.cross_entropy(x, [2, -100, 1, 1])
    np.testing.assert_allclose(loss.item(), -LOG_PROBS[[0, 2, 3], [2, 1, 1]].mean())
    loss.backward()
    assert not np.asarray(x.grad)[1].any()


def test_weighted_mean_divides_by_sum_of_weights() -> None:
    weight = np.array([1.0, 2.0, 5.0])
    each = -LOG_PROBS[np.arange(4), TARGET] * weight[TARGET]
    found = F.cross_entropy(SCORES, TARGET, weight=weight)
    np.testing.assert_allclose(found, each.sum() / weight[TARGET].sum())


@given(st.floats(0, 1))
def test_label_smoothing_equals_soft_target(smoothing: float) -> None:
    soft = (1 - smoothing) * np.eye(3)[TARGET] + smoothing / 3
    by_class = F.cross_entropy(SCORES, TARGET, label_smoothing=smoothing)
    np.testing.assert_allclose(by_class, F.cross_entropy(SCORES, soft))
    hard = np.eye(3)[TARGET]
    np.testing.assert_allclose(by_class, F.cross_entropy(SCORES, hard, label_smoothing=smoothing))


def test_gradient_of_soft_targets() -> None:
    soft = np.full((4, 3), 1 / 3)
    gradcheck(lambda x, t: F.cross_entropy(x, t, weight=[1.0, 2.0, 3.0]), (SCORES, soft))


def test_class_axis_of_single_items_and_images() -> None:
    one = F.cross_entropy(SCORES[0], TARGET[0])
    np.testing.assert_allclose(one, -LOG_PROBS[0, 2])
    image = F.cross_entropy(SCORES.T[None], TARGET[None], reduction="none")
    np.testing.assert_allclose(image[0], F.cross_entropy(SCORES, TARGET, reduction="none"))


@pytest.mark.parametrize("options", [{}, {"weight": np.ones(3)}, {"label_smoothing": 0.1}])
def test_mean_of_no_items_is_nan_and_its_gradient_zero(options: Any) -> None:
    scores = tg.tensor(np.ones((2, 3)), requires_grad=True)
    loss = F.cross_entropy(scores, np.array([-100, -100]), **options)
    assert np.isnan(loss.item())
    np.testing.assert_array_equal(np.asarray(tg.grad(loss, scores)[0]), 0.0)


@pytest.mark.parametrize("target", [np.array([1]), np.array([[1]])])
def test_second_derivative_of_a_certain_prediction(target: Any) -> None:
    logits = np.array([0.0, 42.0]).reshape(1, 2, *[1] * (target.ndim - 1))
    x = tg.tensor(logits, requires_grad=True)
    loss = F.cross_entropy(x, target)
    assert loss.item() == 0.0
    (first,) = tg.grad(loss, x, create_graph=True)
    (second,) = tg.grad(first[0, 0].sum(), x)
    p = np.exp(-42.0)
    np.testing.assert_allclose(second.numpy().reshape(-1), [p, -p], rtol=1e-9)


def test_tiny_gradient_is_the_same_with_create_graph() -> None:
    logits = np.array([[-2.6, -65.5, -239.3, -19.7], [-43.8, 173.5, 140.9, 60.4]])
    x = tg.tensor(logits, requires_grad=True)
    loss = F.cross_entropy(x, np.array([0, 1]))
    (plain,) = tg.grad(loss, x, retain_graph=True)
    (recorded,) = tg.grad(loss, x, create_graph=True)
    assert abs(plain[0, 0].item()) < 1e-7
    assert plain.tolist() == recorded.tolist()
