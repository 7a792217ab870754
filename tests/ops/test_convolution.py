"""Convolution against its definition; padding, ties and overlapping windows of pooling."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck

SETTINGS = st.integers(1, 3)


def reference_conv1d(x: Any, w: Any, stride: int, padding: int, dilation: int, groups: int) -> Any:
    """Convolve sequences by the definition, one output at a time."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding)))
    length = (x.shape[2] - dilation * (w.shape[2] - 1) - 1) // stride + 1
    out = np.zeros((len(x), len(w), length))
    inputs, outputs = w.shape[1], len(w) // groups
    for n, o, i in np.ndindex(*out.shape):
        channels = slice(o // outputs * inputs, (o // outputs + 1) * inputs)
        places = i * stride + dilation * np.arange(w.shape[2])
        out[n, o, i] = np.sum(x[n, channels][:, places] * w[o])
    return out


@given(SETTINGS, st.integers(0, 2), SETTINGS, st.sampled_from([1, 2]), st.integers(1, 3))
def test_convolution_matches_definition(
    stride: int, padding: int, dilation: int, groups: int, kernel: int
) -> None:
    rng = np.random.default_rng(kernel)
    x, w = rng.normal(size=(2, 4, 9)), rng.normal(size=(6, 4 // groups, kernel))
    expected = reference_conv1d(x, w, stride, padding, dilation, groups)
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    np.testing.assert_allclose(F.conv1d(x, w, **options), expected, atol=1e-12)
    # The same as an image of height 1.
    wide = {name: (1 if name != "padding" else 0, value) for name, value in options.items()}
    found = F.conv2d(x[:, :, None], w[:, :, None], **{**wide, "groups": groups})
    np.testing.assert_allclose(found[:, :, 0], expected, atol=1e-12)


def test_gradients_where_stride_skips_values() -> None:
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(1, 2, 6, 5)), rng.normal(size=(3, 2, 2, 2)), rng.normal(size=3)
    gradcheck(lambda x, w, b: F.conv2d(x, w, b, stride=3, padding=(1, 0)), (x, w, b))


def test_padding_is_never_the_maximum() -> None:
    x = np.full((1, 1, 3), -5.0)
    assert F.max_pool1d(x, 2, padding=1).tolist() == [[[-5.0, -5.0]]]
    assert F.avg_pool1d(x, 2, padding=1).tolist() == [[[-2.5, -5.0]]]


def test_first_of_equal_maxima_gets_the_gradient() -> None:
    x = tg.tensor([[[2.0, 2.0, 1.0, 1.0]]], requires_grad=True)
    F.max_pool1d(x, 2).sum().backward()
    assert np.asarray(x.grad).tolist() == [[[1.0, 0.0, 1.0, 0.0]]]


def test_gradients_of_overlapping_windows_add_up() -> None:
    x = np.random.default_rng(1).permutation(25).reshape(1, 1, 5, 5) / 5
    gradcheck(lambda x: F.max_pool2d(x, 3, stride=1), (x,))
    gradcheck(lambda x: F.avg_pool2d(x, 3, stride=1, padding=1), (x,))
