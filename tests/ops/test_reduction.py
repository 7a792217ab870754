"""Reductions at zeros, at ties, of empty arrays and of single values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

small = st.integers(-2, 2).map(float)
matrices = hnp.arrays(
    np.float64, hnp.array_shapes(min_dims=1, max_dims=3, max_side=4), elements=small
)


def gradient(function: Any, values: Any) -> Any:
    x = tg.tensor(np.asarray(values, dtype=np.float64), requires_grad=True)
    (found,) = tg.grad(function(x), x)
    return np.asarray(found)


@given(matrices, st.data())
def test_gradient_of_prod_is_exact_with_zeros(x: Any, data: Any) -> None:
    axis = data.draw(st.sampled_from([None, *range(x.ndim), tuple(range(x.ndim))]))
    # A product is linear in each value, so differences are exact at any distance.
    gradcheck(lambda t: t.prod(axis=axis), (x,))


@given(matrices, st.data())
def test_gradient_of_cumprod_is_exact_with_zeros(x: Any, data: Any) -> None:
    axis = data.draw(st.integers(-x.ndim, x.ndim - 1))
    gradcheck(lambda t: t.cumprod(axis), (x,))


def test_second_derivative_of_prod_is_exact_with_zeros() -> None:
    x = tg.tensor(np.array([0.0, 0.0, 3.0]), requires_grad=True)
    (slope,) = tg.grad(x.prod(), x, create_graph=True)
    assert isinstance(slope, tg.Tensor)
    rows = [np.asarray(tg.grad(slope[i], x, retain_graph=True)[0]).tolist() for i in range(3)]
    assert rows == [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]


@given(matrices)
def test_ties_share_the_gradient_of_amax_evenly(x: Any) -> None:
    found = gradient(lambda t: t.amax(), x)
    is_largest = x == x.max()
    np.testing.assert_allclose(found, is_largest / is_largest.sum())
    np.testing.assert_allclose(gradient(lambda t: -(-t).amin(), x), found)


def test_max_along_an_axis_returns_indices_and_first_tie_gets_the_gradient() -> None:
    x = tg.tensor([[1.0, 7.0, 7.0], [2.0, 0.0, 2.0]], requires_grad=True)
    values, places = x.max(axis=1)
    assert values.tolist() == [7.0, 2.0]
    assert places.tolist() == [1, 0]
    assert not places.requires_grad
    values.sum().backward()
    assert np.asarray(x.grad).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    assert x.min(axis=0, keepdims=True).values.tolist() == [[1.0, 0.0, 2.0]]


def test_max_without_axis_is_one_tensor() -> None:
    assert tg.tensor([[1.0, 7.0], [2.0, 0.0]]).max().item() == 7.0


@pytest.mark.parametrize("p", [0, 1, 1.5, 2, 3, math.inf])
def test_gradient_of_norm_is_zero_at_zero(p: float) -> None:
    found = gradient(lambda t: F.norm(t, p=p, axis=1).sum(), [[0.0, 0.0], [0.0, -2.0]])
    assert found.tolist() == [[0.0, 0.0], [0.0, 0.0 if p == 0 else -1.0]]


def test_ties_share_the_gradient_of_the_infinity_norm() -> None:
    assert gradient(lambda t: F.norm(t, p=math.inf), [3.0, -3.0, 1.0]).tolist() == [0.5, -0.5, 0.0]


def test_gradient_of_std_is_zero_at_zero() -> None:
    assert gradient(lambda t: t.std(), [2.0, 2.0, 2.0]).tolist() == [0.0, 0.0, 0.0]


def test_method_var_divides_by_n_minus_1_and_numpy_var_by_n() -> None:
    x = tg.tensor([1.0, 3.0])
    assert x.var().item() == 2.0
    assert np.var(x).item() == 1.0
    assert x.var(correction=0).item() == 1.0


def test_sum_and_prod_of_empty_arrays() -> None:
    x = tg.tensor(np.zeros((0, 3)), requires_grad=True)
    for function, expected in ((F.sum, 0.0), (F.prod, 1.0)):
        out = function(x, axis=0)
        assert out.tolist() == [expected] * 3
        out.sum().backward()
    assert np.asarray(x.grad).shape == (0, 3)


def test_logsumexp_of_large_values_and_infinities() -> None:
    x = [[1e4, 1e4], [-np.inf, -np.inf], [-np.inf, 0.0]]
    out = F.logsumexp(np.array(x), axis=1)
    np.testing.assert_allclose(out, [1e4 + math.log(2), -np.inf, 0.0])
    found = gradient(lambda t: F.logsumexp(t, axis=1).sum(), x)
    np.testing.assert_allclose(found, [[0.5, 0.5], [0.0, 0.0], [0.0, 1.0]], rtol=1e-9)


@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize(
    "function",
    [
        *(tg.sum, tg.mean, tg.prod, tg.amax, tg.amin, tg.norm, tg.logsumexp, tg.cumsum, tg.cumprod),
        *(tg.softmax, tg.log_softmax, tg.flip),
        lambda x, axis: tg.max(x, axis).values,
        lambda x, axis: tg.min(x, axis, keepdims=True).values,
        lambda x, axis: tg.var(x, axis, correction=0),
        lambda x, axis: F.cosine_similarity(x, x + 1, axis),
        lambda x, axis: tg.gather(x, axis, 0),
        lambda x, axis: tg.index_select(x, axis, [0]),
        lambda x, axis: tg.index_add(x, axis, [0], x * x, alpha=2),
        lambda x, axis: tg.scatter_add(x, axis, 0, x * x),
        lambda x, axis: x.transpose(0, axis),
        lambda x, axis: tg.swapaxes(x, 0, axis),
        lambda x, axis: tg.inner(x, x + axis),
    ],
)
def test_axes_0_and_minus_1_of_a_0d_tensor_are_accepted(function: Any, axis: int) -> None:
    gradcheck(lambda x: function(x, axis), (np.array(0.7),))
    assert function(tg.tensor(0.7), axis).shape == ()


@pytest.mark.parametrize("function", [tg.sum, tg.norm, tg.var, tg.flip, tg.gather])
def test_other_axes_of_a_0d_tensor_are_refused(function: Any) -> None:
    with pytest.raises(IndexError, match="axis 1"):
        function(tg.tensor(0.7), axis=1, **({"index": 0} if function is tg.gather else {}))
