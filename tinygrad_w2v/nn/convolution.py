"""Convolutions of sequences and images."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.layer import inherit_parameters
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import at_least, sizes


class _Convolution(Module):
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
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√(in_channels / groups · kernel
        values).
    dtype
        Dtype of the parameters.
    """

    axes: ClassVar[int]
    function: ClassVar[Callable[..., Any]]

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
        shape = (out_channels, in_channels // groups, *kernel)
        fan_in = math.prod(shape[1:])
        self.weight, self.bias = init.weight_and_bias(shape, fan_in, bias, rng, dtype)

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

    def extra_repr(self) -> str:
        """Return the sizes and settings."""
        out, inputs, *kernel = self.weight.shape
        return (
            f"{inputs * self.groups}, {out}, kernel_size={tuple(kernel)}, stride={self.stride}, "
            f"padding={self.padding}"
        )


@inherit_parameters
class Conv1d(_Convolution):
    """Convolution of sequences, (N, in_channels, L) → (N, out_channels, L').

    See :func:`nn.functional.conv1d`.
    """

    axes = 1
    function = staticmethod(F.conv1d)


@inherit_parameters
class Conv2d(_Convolution):
    """Convolution of images, (N, in_channels, H, W) → (N, out_channels, H', W').

    See :func:`nn.functional.conv2d`.

    Examples
    --------
    >>> import numpy as np
    >>> Conv2d(3, 8, kernel_size=3, padding=1)(np.zeros((2, 3, 5, 5), np.float32)).shape
    (2, 8, 5, 5)
    """

    axes = 2
    function = staticmethod(F.conv2d)
