"""Convolution, pooling, normalisation and dropout against their definitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

settings = st.integers(1, 3)


def by_hand(x: Any, w: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
    """Convolve sequences by the definition, one output at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    length = (x.shape[2] - dilation * (w.shape[2] - 1) - 1) // stride + 1
    out = np.zeros((len(x), len(w), length))
    share, each = w.shape[1], len(w) // groups
    for n, o, i in np.ndindex(*out.shape):
        channels = slice(o // each * share, (o // each + 1) * share)
        places = i * stride + dilation * np.arange(w.shape[2])
        out[n, o, i] = np.sum(x[n, channels][:, places] * w[o])
    return out


@given(settings, st.integers(0, 2), settings, st.sampled_from([1, 2]), st.integers(1, 3))
def test_a_convolution_is_what_its_definition_says(
    stride: int, padding: int, dilation: int, groups: int, kernel: int
) -> None:
    rng = np.random.default_rng(kernel)
    x, w = rng.normal(size=(2, 4, 9)), rng.normal(size=(6, 4 // groups, kernel))
    expected = by_hand(x, w, stride, padding, dilation, groups)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    np.testing.assert_allclose(F.conv1d(x, w, **options), expected, atol=1e-12)
    # The same as an image of height 1.
    wide = {name: (1 if name != "padding" else 0, value) for name, value in options.items()}
    found = F.conv2d(x[:, :, None], w[:, :, None], **{**wide, "groups": groups})
    np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-12)


def test_the_gradients_of_a_convolution_are_right_where_the_stride_leaves_values_out() -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(1, 2, 6, 5)), rng.normal(size=(3, 2, 2, 2)), rng.normal(size=3)
    gradcheck(lambda x, w, b: F.conv2d(x, w, b, stride=3, padding=(1, 0)), (x, w, b))


def test_the_window_of_a_pool_never_finds_its_largest_value_in_the_padding() -> None:
    x = np.full((1, 1, 3), -5.0)
    assert F.max_pool1d(x, 2, padding=1).tolist() == [[[-5.0, -5.0]]]
    assert F.avg_pool1d(x, 2, padding=1).tolist() == [[[-2.5, -5.0]]]


def test_the_first_of_ties_in_a_window_gets_the_gradient() -> None:
    x = tg.tensor([[[2.0, 2.0, 1.0, 1.0]]], requires_grad=True)
    F.max_pool1d(x, 2).sum().backward()
    assert np.asarray(x.grad).tolist() == [[[1.0, 0.0, 1.0, 0.0]]]


def test_overlapping_windows_add_up_their_gradients() -> None:
    x = np.random.default_rng(1).permutation(25).reshape(1, 1, 5, 5) / 5
    gradcheck(lambda x: F.max_pool2d(x, 3, stride=1), (x,))
    gradcheck(lambda x: F.avg_pool2d(x, 3, stride=1, padding=1), (x,))


def test_normalize_gives_unit_length_and_leaves_zero_alone() -> None:
    found = F.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert found.tolist() == [[0.6, 0.8], [0.0, 0.0]]


def test_the_cosine_is_1_for_the_same_direction_and_0_with_a_zero_vector() -> None:
    a = np.array([[1.0, 2.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([[2.0, 4.0], [0.0, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(F.cosine_similarity(a, b), [1.0, 0.0, 0.0], atol=1e-15)
    assert F.cosine_similarity(a, b[:1]).shape == (3,)


def test_layer_norm_gives_mean_0_and_variance_1() -> None:
    x = np.random.default_rng(0).normal(3, 5, (4, 2, 8))
    out = F.layer_norm(x, (2, 8))
    np.testing.assert_allclose(out.mean(axis=(1, 2)), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=(1, 2)), 1, rtol=1e-4)
    gradcheck(lambda x, w, b: F.layer_norm(x, 8, w, b), (x, x[0, 0], x[1, 1]))


def test_dropout_draws_its_mask_from_the_generator_given() -> None:
    x = np.ones((50, 40))
    first, second = (F.dropout(x, 0.25, rng=np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert set(np.unique(first)) == {0.0, 1 / 0.75}
    assert first.mean() == pytest.approx(1, abs=0.1)
    assert not np.array_equal(first, F.dropout(x, 0.25))


def test_dropout_does_nothing_when_not_training_or_with_p_0() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    assert F.dropout(x, 0.5, training=False) is x
    assert F.dropout(x, 0.0) is x


def test_dropout_with_p_1_zeroes_everything_and_its_gradient() -> None:
    x = tg.tensor([1.0, 2.0], requires_grad=True)
    F.dropout(x, 1.0).sum().backward()
    assert np.asarray(x.grad).tolist() == [0.0, 0.0]


def test_the_gradient_passes_where_dropout_kept_the_value() -> None:
    x = tg.tensor(np.ones(100), requires_grad=True)
    out = F.dropout(x, 0.5, rng=np.random.default_rng(0))
    out.sum().backward()
    assert np.array_equal(np.asarray(x.grad), out.numpy())
