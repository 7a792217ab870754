"""Negative sampling: reductions, precomputed gradients and messages."""

import numpy as np
import pytest

import tinygrad_w2v as tg
from tinygrad_w2v.engine.tensor import array_of
from tinygrad_w2v.nn import functional as F


def case(dtype=np.float64):
    rng = np.random.default_rng(0)
    hidden, weight = rng.normal(size=(130, 6)).astype(dtype), rng.normal(size=(9, 6)).astype(dtype)
    return hidden, weight, rng.integers(9, size=130), rng.integers(9, size=(3, 20))


def gradients(reduction, create_graph):
    hidden, weight, *drawn = case()
    h, w = tg.tensor(hidden, requires_grad=True), tg.tensor(weight, requires_grad=True)
    loss = F.negative_sampling(h, w, *drawn, negative_weight=0.25, reduction=reduction)
    total = loss.sum() if reduction == "none" else loss
    g_h, g_w = tg.grad(3 * total, [h, w], create_graph=create_graph)
    return total.item(), g_h.detach().numpy(), array_of(g_w.to_dense())


@pytest.mark.parametrize("create_graph", [False, True])
def test_precomputed_gradients_match_those_of_single_losses(create_graph):
    each = gradients("none", create_graph)
    for reduction, factor in (("sum", 1), ("mean", 1 / 130)):
        for found, expected in zip(gradients(reduction, create_graph), each, strict=True):
            assert np.allclose(found, factor * np.asarray(expected), rtol=1e-12, atol=1e-14)


def test_value_without_grad_is_the_same():
    hidden, weight, *drawn = case()
    recorded = F.negative_sampling(tg.tensor(hidden, requires_grad=True), weight, *drawn)
    with tg.no_grad():
        assert F.negative_sampling(hidden, weight, *drawn).item() == pytest.approx(recorded.item())


def test_retained_graph_has_the_same_gradients_again():
    hidden, weight, *drawn = case()
    h, w = tg.tensor(hidden, requires_grad=True), tg.tensor(weight, requires_grad=True)
    loss = F.negative_sampling(h, w, *drawn, reduction="sum")
    loss.backward(retain_graph=True)
    once, rows = h.grad.numpy().copy(), w.grad.to_dense()
    h.grad += 1
    loss.backward()
    assert np.allclose(h.grad.numpy(), 2 * once + 1)
    assert np.allclose(w.grad.to_dense(), 2 * rows)


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize("name", ["target", "negatives"])
def test_row_outside_the_table_is_named(reduction, name):
    hidden, weight, target, negatives = case()
    {"target": target, "negatives": negatives}[name][1] = 9
    place = {"target": r"\[1\]", "negatives": r"\[1, 0\]"}[name]
    message = rf"negative_sampling: {name}{place} is 9, outside the valid range 0 to 8"
    with pytest.raises(IndexError, match=message):
        F.negative_sampling(hidden, weight, target, negatives, reduction=reduction)


def test_rows_must_be_integers():
    hidden, weight, target, negatives = case()
    with pytest.raises(TypeError, match="negative_sampling: target must be integers, found float"):
        F.negative_sampling(hidden, weight, target * 1.0, negatives)


@pytest.mark.parametrize("requires_grad", [False, True])
def test_unknown_reduction_raises(requires_grad):
    hidden, weight, *drawn = case()
    hidden = tg.tensor(hidden, requires_grad=requires_grad)
    with pytest.raises(ValueError, match="reduction is 'max': use 'mean', 'sum' or 'none'"):
        F.negative_sampling(hidden, weight, *drawn, reduction="max")
