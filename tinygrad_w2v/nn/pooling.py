"""Pooling layers, and Flatten, which often follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer
from tinygrad_w2v.validation import sizes


class _Pooling(Layer, declared=True):
    """A reduction of each window of the spatial axes.

    Parameters
    ----------
    kernel_size, stride, padding
        Size and step of the window, and the width of the padding on both sides: an integer or one
        for each spatial axis. The stride is `kernel_size` by default; the padding is at most half
        of it.
    """

    axes: ClassVar[int]

    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] | None = None
    padding: int | Sequence[int] = 0

    def _initialize(self) -> None:
        kernel = self.kernel_size = sizes(self.axes, 1, kernel_size=self.kernel_size)
        self.stride = kernel if self.stride is None else sizes(self.axes, 1, stride=self.stride)
        self.padding = sizes(self.axes, 0, padding=self.padding)
        for width, size in zip(self.padding, kernel, strict=True):
            if 2 * width > size:
                raise InputError(
                    f"padding is {width}: it must be at most half of kernel_size, {size}"
                )


class MaxPool1d(_Pooling, function=F.max_pool1d):
    """Maximum of each window of sequences, (N, C, L) → (N, C, L')."""

    axes = 1


class MaxPool2d(_Pooling, function=F.max_pool2d):
    """Maximum of each window of images, (N, C, H, W) → (N, C, H', W').

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    axes = 2


class AvgPool1d(_Pooling, function=F.avg_pool1d):
    """Mean of each window of sequences, (N, C, L) → (N, C, L'), padding counted as zeros."""

    axes = 1


class AvgPool2d(_Pooling, function=F.avg_pool2d):
    """Mean of each window of images, (N, C, H, W) → (N, C, H', W'), padding counted as zeros."""

    axes = 2


class Flatten(Layer, function=F.flatten):
    """Axes `start_axis` to `end_axis` merged into one; by default all but the first.

    Parameters
    ----------
    start_axis, end_axis
        First and last axis to merge.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    start_axis: int = 1
    end_axis: int = -1
