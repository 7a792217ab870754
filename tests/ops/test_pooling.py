"""Pooling: padding, ties and overlapping windows."""

from __future__ import annotations

import numpy as np

import tinygrad_w2v as tg
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.testing import gradcheck


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
