"""Pooling layers, and Flatten, which often follows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import sizes


class _Pooling(Module):
    """What the pooling layers share: the window, by number of axes."""

    axes: int

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] | None = None,
        padding: int | Sequence[int] = 0,
    ) -> None:
        self.kernel_size = sizes(self.axes, 1, kernel_size=kernel_size)
        self.stride = self.kernel_size if stride is None else sizes(self.axes, 1, stride=stride)
        self.padding = sizes(self.axes, 0, padding=padding)
        for around, size in zip(self.padding, self.kernel_size, strict=True):
            if 2 * around > size:
                raise InputError(
                    f"padding is {around}: it must be at most half of kernel_size, {size}"
                )

    def extra_repr(self) -> str:
        """Return the window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool1d(_Pooling):
    """The largest value of each window of a sequence.

    Parameters
    ----------
    kernel_size, stride, padding
        Of the window; the stride is `kernel_size` by default.
    """

    axes = 1

    def forward(self, x: TensorLike) -> Any:
        """Pool (N, C, L)."""
        return F.max_pool1d(x, self.kernel_size[0], self.stride[0], self.padding[0])


class MaxPool2d(_Pooling):
    """The largest value of each window of an image.

    Parameters
    ----------
    kernel_size, stride, padding
        Of the window, one number or (vertical, horizontal).
    """

    axes = 2

    def forward(self, x: TensorLike) -> Any:
        """Pool (N, C, H, W)."""
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool1d(_Pooling):
    """The mean of each window of a sequence, zeros of the padding counted.

    Parameters
    ----------
    kernel_size, stride, padding
        Of the window; the stride is `kernel_size` by default.
    """

    axes = 1

    def forward(self, x: TensorLike) -> Any:
        """Pool (N, C, L)."""
        return F.avg_pool1d(x, self.kernel_size[0], self.stride[0], self.padding[0])


class AvgPool2d(_Pooling):
    """The mean of each window of an image, zeros of the padding counted.

    Parameters
    ----------
    kernel_size, stride, padding
        Of the window, one number or (vertical, horizontal).
    """

    axes = 2

    def forward(self, x: TensorLike) -> Any:
        """Pool (N, C, H, W)."""
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding)


class Flatten(Module):
    """Several axes as one.

    Parameters
    ----------
    start_axis, end_axis
        The first and the last of them; all but the batch by default.
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        self.start_axis = start_axis
        self.end_axis = end_axis

    def forward(self, x: TensorLike) -> Any:
        """Reshape `x`."""
        array: Any = x if isinstance(x, Tensor) else np.asarray(x)
        start, end = self.start_axis % array.ndim, self.end_axis % array.ndim
        return np.reshape(array, (*array.shape[:start], -1, *array.shape[end + 1 :]))
