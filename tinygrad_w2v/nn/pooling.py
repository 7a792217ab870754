"""Pooling layers: the maximum, mean or norm of each window of the spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer
from tinygrad_w2v.validation import sizes

Setting = int | Sequence[int]


class _Pooling(Layer, declared=True):
    """A reduction of each window of the spatial axes of (N, C, ...) or (C, ...).

    Parameters
    ----------
    kernel_size, stride, padding
        Size and step of the window, and the width of the padding on both sides: an integer or one
        for each spatial axis. The stride is `kernel_size` by default; the padding is at most half
        of it.
    """

    axes: ClassVar[int]
    _as_tuples: ClassVar[bool] = False  # whether the settings become tuples, as in PyTorch

    kernel_size: Setting
    stride: Setting | None = None
    padding: Setting = 0

    def _initialize(self) -> None:
        self.stride = self.kernel_size if self.stride is None else self.stride
        kernel = sizes(self.axes, 1, kernel_size=self.kernel_size)
        steps = sizes(self.axes, 1, stride=self.stride)
        widths = sizes(self.axes, 0, padding=self.padding)
        if self._as_tuples:
            self.kernel_size, self.stride, self.padding = kernel, steps, widths
        for width, size in zip(widths, kernel, strict=True):
            if 2 * width > size:
                raise InputError(
                    f"padding is {width}: it must be at most half of kernel_size, {size}"
                )


class _MaxPool(_Pooling, declared=True, shown="kernel_size stride padding dilation ceil_mode"):
    """The maximum of each window.

    Parameters
    ----------
    dilation
        Step inside the window.
    return_indices
        Whether to return the place of each maximum, counted over the spatial axes, as well.
    ceil_mode
        Whether a last window that reaches over the end is used.
    """

    dilation: Setting = 1
    return_indices: bool = False
    ceil_mode: bool = False


class MaxPool1d(_MaxPool, function=F.max_pool1d):
    """Maximum of each window of sequences, (N, C, L) → (N, C, L')."""

    axes = 1


class MaxPool2d(_MaxPool, function=F.max_pool2d):
    """Maximum of each window of images, (N, C, H, W) → (N, C, H', W').

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))
    array([[[[ 5.,  7.],
             [13., 15.]]]])
    """

    axes = 2


class MaxPool3d(_MaxPool, function=F.max_pool3d):
    """Maximum of each window of volumes, (N, C, D, H, W) → (N, C, D', H', W')."""

    axes = 3


class _AvgPool(_Pooling, declared=True, shown="kernel_size stride padding"):
    """The mean of each window.

    Parameters
    ----------
    ceil_mode
        Whether a last window that reaches over the end is used.
    count_include_pad
        Whether zeros of the padding count as values.
    """

    ceil_mode: bool = False
    count_include_pad: bool = True


class AvgPool1d(_AvgPool, function=F.avg_pool1d):
    """Mean of each window of sequences, (N, C, L) → (N, C, L')."""

    axes = 1
    _as_tuples = True


class AvgPool2d(_AvgPool, function=F.avg_pool2d):
    """Mean of each window of images, (N, C, H, W) → (N, C, H', W').

    Parameters
    ----------
    divisor_override
        Divisor of the sums, in place of the number of values.
    """

    axes = 2

    divisor_override: int | None = None


class AvgPool3d(_AvgPool, function=F.avg_pool3d):
    """Mean of each window of volumes, (N, C, D, H, W) → (N, C, D', H', W').

    Parameters
    ----------
    divisor_override
        Divisor of the sums, in place of the number of values.
    """

    axes = 3

    divisor_override: int | None = None


class _LPPool(Layer, declared=True, shown="norm_type kernel_size stride ceil_mode"):
    """The p-norm of each window, ``(Σ xᵖ)^(1/p)``.

    Parameters
    ----------
    norm_type
        The order p.
    kernel_size, stride
        Size and step of the window; the stride is `kernel_size` by default.
    ceil_mode
        Whether a last window that reaches over the end is used.
    """

    norm_type: float
    kernel_size: Setting
    stride: Setting | None = None
    ceil_mode: bool = False


class LPPool1d(_LPPool, function=F.lp_pool1d):
    """p-norm of each window of sequences, (N, C, L) → (N, C, L')."""


class LPPool2d(_LPPool, function=F.lp_pool2d):
    """p-norm of each window of images, (N, C, H, W) → (N, C, H', W')."""


class LPPool3d(_LPPool, function=F.lp_pool3d):
    """p-norm of each window of volumes, (N, C, D, H, W) → (N, C, D', H', W')."""


# --- to a given size -----------------------------------------------------------------------------


class _Adaptive(Layer, declared=True, shown="output_size"):
    """A pooling whose windows give the sizes of the output.

    Parameters
    ----------
    output_size
        Sizes of the spatial axes of the output, or one for all; None preserves a size.
    """

    output_size: int | Sequence[int | None] | None


class AdaptiveAvgPool1d(_Adaptive, function=F.adaptive_avg_pool1d):
    """Means of windows of sequences, (N, C, L) → (N, C, output_size)."""


class AdaptiveAvgPool2d(_Adaptive, function=F.adaptive_avg_pool2d):
    """Means of windows of images, (N, C, H, W) → (N, C, *output_size)."""


class AdaptiveAvgPool3d(_Adaptive, function=F.adaptive_avg_pool3d):
    """Means of windows of volumes, (N, C, D, H, W) → (N, C, *output_size)."""


class _AdaptiveMax(_Adaptive, declared=True):
    """A pooling of maxima whose windows give the sizes of the output.

    Parameters
    ----------
    return_indices
        Whether to return the place of each maximum, counted over the spatial axes, as well.
    """

    return_indices: bool = False


class AdaptiveMaxPool1d(_AdaptiveMax, function=F.adaptive_max_pool1d):
    """Maxima of windows of sequences, (N, C, L) → (N, C, output_size)."""


class AdaptiveMaxPool2d(_AdaptiveMax, function=F.adaptive_max_pool2d):
    """Maxima of windows of images, (N, C, H, W) → (N, C, *output_size)."""


class AdaptiveMaxPool3d(_AdaptiveMax, function=F.adaptive_max_pool3d):
    """Maxima of windows of volumes, (N, C, D, H, W) → (N, C, *output_size)."""


class _Fractional(Layer, declared=True, shown=""):
    """A pooling of maxima over windows at random places.

    Parameters
    ----------
    kernel_size
        The size of the windows.
    output_size, output_ratio
        One of them: the number of windows on each axis, or its ratio to the size of the axis.
    return_indices
        Whether to return the place of each maximum, counted over the spatial axes, as well.
    """

    kernel_size: Setting
    output_size: Setting | None = None
    output_ratio: Any = None
    return_indices: bool = False
    _random_samples: Any = None


class FractionalMaxPool2d(_Fractional, function=F.fractional_max_pool2d):
    """Maxima of windows of images at random places, (N, C, H, W) → (N, C, *output_size)."""


class FractionalMaxPool3d(_Fractional, function=F.fractional_max_pool3d):
    """Maxima of windows of volumes at random places, (N, C, D, H, W) → (N, C, *output_size)."""


# --- back from maxima ----------------------------------------------------------------------------


class _Unpooling(_Pooling, declared=True, shown="kernel_size stride padding"):
    """Zeros with the maxima of a pooling at their places."""

    _as_tuples = True

    def forward(
        self, input: TensorLike, indices: TensorLike, output_size: Sequence[int] | None = None
    ) -> Any:
        """Put the maxima at the `indices` that the pooling returned."""
        return self.function(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )


class MaxUnpool1d(_Unpooling, function=F.max_unpool1d):
    """Undoes :class:`MaxPool1d`: other values are 0."""

    axes = 1


class MaxUnpool2d(_Unpooling, function=F.max_unpool2d):
    """Undoes :class:`MaxPool2d`: other values are 0."""

    axes = 2


class MaxUnpool3d(_Unpooling, function=F.max_unpool3d):
    """Undoes :class:`MaxPool3d`: other values are 0."""

    axes = 3
