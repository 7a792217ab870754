"""Convolutions of sequences and images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import at_least, sizes


class _Convolution(Module):
    """What the convolutions share: the parameters and the settings, by number of axes."""

    axes: int

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, in_channels=in_channels, out_channels=out_channels, groups=groups)
        if in_channels % groups or out_channels % groups:
            raise InputError(
                f"groups is {groups}: it must divide in_channels, {in_channels}, and "
                f"out_channels, {out_channels}"
            )
        kernel = sizes(self.axes, 1, kernel_size=kernel_size)
        self.stride = sizes(self.axes, 1, stride=stride)
        self.padding = sizes(self.axes, 0, padding=padding)
        self.dilation = sizes(self.axes, 1, dilation=dilation)
        self.groups = groups
        rng = np.random.default_rng(rng)
        inputs = in_channels // groups
        bound = 1.0 / math.sqrt(inputs * math.prod(kernel))
        self.weight = init.new((out_channels, inputs, *kernel), bound, rng, dtype)
        self.bias = init.new((out_channels,), bound, rng, dtype) if bias else None

    def extra_repr(self) -> str:
        """Return the sizes and settings."""
        out, inputs, *kernel = self.weight.shape
        return (
            f"{inputs * self.groups}, {out}, kernel_size={tuple(kernel)}, stride={self.stride}, "
            f"padding={self.padding}"
        )


class Conv1d(_Convolution):
    """Convolve sequences, (N, in_channels, L) → (N, out_channels, L').

    Parameters
    ----------
    in_channels, out_channels
        Sizes of the second axis, before and after.
    kernel_size, stride, padding, dilation
        Of the window that moves along the sequence; see :func:`nn.functional.conv1d`.
    groups
        Into how many parts the channels are cut, each with kernels of its own.
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√(inputs of a unit).
    dtype
        Of the parameters.
    """

    axes = 1

    def forward(self, x: TensorLike) -> Any:
        """Convolve (N, in_channels, L)."""
        return F.conv1d(
            x,
            self.weight,
            self.bias,
            stride=self.stride[0],
            padding=self.padding[0],
            dilation=self.dilation[0],
            groups=self.groups,
        )


class Conv2d(_Convolution):
    """Convolve images, (N, in_channels, H, W) → (N, out_channels, H', W').

    Parameters
    ----------
    in_channels, out_channels, groups, bias, rng, dtype
        As for :class:`Conv1d`.
    kernel_size, stride, padding, dilation
        One number, or (vertical, horizontal).
    """

    axes = 2

    def forward(self, x: TensorLike) -> Any:
        """Convolve (N, in_channels, H, W)."""
        return F.conv2d(
            x,
            self.weight,
            self.bias,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
