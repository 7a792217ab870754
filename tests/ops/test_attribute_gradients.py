"""Attributes that PyTorch differentiates: a Tensor that requires a gradient receives it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

X = np.random.default_rng(3).uniform(-2.0, 2.0, (3, 4))
Y = np.zeros((3, 4))
ROW = np.array([0.3, 0.6, 0.9, 1.2])

CALLS: dict[str, tuple[Callable[..., Any], Any]] = {
    "leaky_relu": (F.leaky_relu, 0.25),
    "leaky_relu of channels": (F.leaky_relu, ROW),
    "elu": (F.elu, 0.5),
    "softplus": (F.softplus, 1.0),
    "hardtanh": (F.hardtanh, -0.5),
    "clamp min": (lambda x, low: tg.clamp(x, min=low), 0.3),
    "clamp min of columns": (lambda x, low: tg.clamp(x, low, 1.1), ROW),
    "clip max": (lambda x, high: tg.clip(x, -0.3, high), 0.5),
    "numpy clip": (lambda x, high: np.clip(x, None, high), 0.5),
    "huber": (lambda x, delta: F.huber_loss(x, Y, delta=delta), 0.8),
    "smooth_l1": (lambda x, beta: F.smooth_l1_loss(x, Y, beta=beta, reduction="none"), 0.8),
    "pos_weight": (
        lambda x, p: F.binary_cross_entropy_with_logits(x, np.abs(X) / 2, pos_weight=p),
        ROW,
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_gradient_of_an_attribute_matches_finite_differences(name: str) -> None:
    function, setting = CALLS[name]
    gradcheck(function, (X, np.array(setting)))
    gradcheck(lambda s: function(X, s), (np.array(setting),))


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient_equal_those_of_a_constant_attribute(name: str) -> None:
    function, setting = CALLS[name]
    results = []
    for requires_grad in (False, True):
        x = tg.Tensor(X, requires_grad=True)
        out = function(x, tg.Tensor(np.array(setting), requires_grad=requires_grad))
        results.append((out.tolist(), np.asarray(tg.grad(out.sum(), x)[0])))
    np.testing.assert_allclose(results[1][0], results[0][0], rtol=1e-14)
    np.testing.assert_allclose(results[1][1], results[0][1], rtol=1e-14)


def test_value_at_a_limit_of_clamp_gets_the_whole_gradient() -> None:
    x = tg.tensor([0.0, 0.5, 1.0], requires_grad=True)
    low, high = tg.tensor(0.0, requires_grad=True), tg.tensor(1.0, requires_grad=True)
    gradients = tg.grad(x.clamp(low, high).sum(), [x, low, high])
    assert [np.asarray(g).tolist() for g in gradients] == [[1.0, 1.0, 1.0], 0.0, 0.0]
    assert np.asarray(tg.grad(np.clip(x, 0, 1).sum(), x)[0]).tolist() == [1.0, 1.0, 1.0]


def test_elu_at_zero_has_the_left_slope_with_a_differentiable_alpha() -> None:
    x, alpha = (tg.tensor(v, requires_grad=True) for v in (0.0, 0.5))
    assert tg.grad(F.elu(x, alpha=alpha), x)[0].item() == 0.5
