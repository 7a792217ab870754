"""Convolutions of sequences and images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar
from typing import Any, ClassVar

from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Size
from tinygrad_w2v.nn.linear import Affine
from tinygrad_w2v.validation import sizes


class _Convolution(Affine, declared=True):
    """A convolution; a subclass states the number of spatial axes and the function.

    Parameters
    ----------
    in_channels, out_channels
        Sizes of the second axis of the input and the output.
    kernel_size, stride, padding, dilation
        Size and step of the window, width of the zeros on both sides, and step inside the window:
        an integer or one for each spatial axis.
    groups
        Number of groups into which the channels are divided; each has its own kernels.
    rng
        Seed or Generator of the initial values, uniform within ±1/√(in_channels / groups · kernel
        values).
    """

    axes: ClassVar[int]

    in_channels: Size
    out_channels: Size
    kernel_size: int | Sequence[int]
    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    dilation: int | Sequence[int] = 1
    groups: Size = 1
    bias: InitVar[bool] = True

    def _shape(self) -> Shape:
        ins, outs, groups = self.in_channels, self.out_channels, self.groups
        if ins % groups or outs % groups:
            raise InputError(
                f"groups is {groups}: it must divide in_channels, {ins}, and out_channels, {outs}"
            )
        kernel = self.kernel_size = sizes(self.axes, 1, kernel_size=self.kernel_size)
        self.stride = sizes(self.axes, 1, stride=self.stride)
        self.padding = sizes(self.axes, 0, padding=self.padding)
        self.dilation = sizes(self.axes, 1, dilation=self.dilation)
        return outs, ins // groups, *kernel

    def forward(self, x: TensorLike) -> Any:
        """Convolve (N, in_channels, ...)."""
        return self.function(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )


class Conv1d(_Convolution, function=F.conv1d):
    """Convolution of sequences, (N, in_channels, L) → (N, out_channels, L')."""

    axes = 1


class Conv2d(_Convolution, function=F.conv2d):
    """Convolution of images, (N, in_channels, H, W) → (N, out_channels, H', W').

    Examples
    --------
    >>> import numpy as np
    >>> Conv2d(3, 8, kernel_size=3, padding=1)(np.zeros((2, 3, 5, 5), np.float32)).shape
    (2, 8, 5, 5)
    """

    axes = 2
