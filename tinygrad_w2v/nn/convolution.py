"""Convolutions and transposed convolutions of sequences, images and volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar
from typing import Any, ClassVar, Literal

from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Size
from tinygrad_w2v.nn.linear import Affine
from tinygrad_w2v.validation import one_of, sizes

PaddingMode = Literal["zeros", "reflect", "replicate", "circular"]


class _Kernels(Affine, declared=True):
    """A layer with kernels over the spatial axes; a subclass states their number and the function.

    Parameters
    ----------
    in_channels, out_channels
        Sizes of the second axis of the input and the output. The batch axis may be absent.
    kernel_size, stride
        Size and step of the window: an integer or one for each spatial axis.
    padding
        Width of the padding on both sides: an integer or one for each spatial axis.
    dilation
        Step inside the window: an integer or one for each spatial axis.
    groups
        Number of groups into which the channels are divided; each has its own kernels.
    rng
        Seed or Generator of the initial values, uniform within ±1/√fan_in, where fan_in is the size
        of the weight without its first axis.
    """

    axes: ClassVar[int]

    in_channels: Size
    out_channels: Size
    kernel_size: int | Sequence[int]

    def _check_sizes(self, groups: int, names: Sequence[str]) -> None:
        """Check the channels, and set each setting to one integer per spatial axis."""
        ins, outs = self.in_channels, self.out_channels
        if ins % groups or outs % groups:
            raise InputError(
                f"groups is {groups}: it must divide in_channels, {ins}, and out_channels, {outs}"
            )
        for name in names:
            least = 0 if "padding" in name else 1
            setattr(self, name, sizes(self.axes, least, **{name: getattr(self, name)}))

    def extra_repr(self) -> str:
        """Return the settings, those with default values left out."""
        return super().extra_repr().replace("'", "")  # PyTorch prints modes without quotes


class _Convolution(
    _Kernels,
    declared=True,
    shown="in_channels out_channels | kernel_size stride padding? dilation? groups? bias? "
    "padding_mode?",
):
    """A convolution; a subclass states the number of spatial axes and the function.

    Parameters
    ----------
    padding
        Width on both sides: an integer or one for each spatial axis; ``"valid"``, none; or
        ``"same"``, which preserves the size with a stride of 1.
    padding_mode
        ``"zeros"``, or a mode of :func:`nn.functional.pad`: ``"reflect"``, ``"replicate"`` or
        ``"circular"``.
    """

    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] | str = 0
    dilation: int | Sequence[int] = 1
    groups: Size = 1
    bias: InitVar[bool] = True
    padding_mode: PaddingMode = "zeros"

    def _shape(self) -> Shape:
        is_named = isinstance(self.padding, str)
        names = ["kernel_size", "stride", "dilation", *([] if is_named else ["padding"])]
        self._check_sizes(self.groups, names)
        if isinstance(self.padding, str):
            one_of(("valid", "same"), padding=self.padding)
            if self.padding == "same" and self.stride != (1,) * self.axes:
                raise InputError(f"padding is 'same' and stride {self.stride}: use a stride of 1")
        return self.out_channels, self.in_channels // self.groups, *self.kernel_size  # type: ignore[misc]

    def forward(self, input: TensorLike) -> Any:
        """Convolve (N, in_channels, ...)."""
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, x: Any, weight: Any, bias: Any) -> Any:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            x, padding = F.pad(x, self._pad_widths(), self.padding_mode), 0
        return self.function(x, weight, bias, self.stride, padding, self.dilation, self.groups)

    def _pad_widths(self) -> list[int]:
        """Return PyTorch's flat list of widths, which begins at the last axis."""
        pairs: list[tuple[int, int]] = []
        for axis in range(self.axes):
            if isinstance(self.padding, str):
                span = self.dilation[axis] * (self.kernel_size[axis] - 1)  # type: ignore[index]
                total = span if self.padding == "same" else 0
                pairs.append((total // 2, total - total // 2))
            else:
                pairs.append((self.padding[axis],) * 2)  # type: ignore[index]
        return [width for pair in reversed(pairs) for width in pair]


class Conv1d(_Convolution, function=F.conv1d):
    """Convolution of sequences, (N, C, L) → (N, out_channels, L')."""

    axes = 1


class Conv2d(_Convolution, function=F.conv2d):
    """Convolution of images, (N, C, H, W) → (N, out_channels, H', W').

    Examples
    --------
    >>> import numpy as np
    >>> Conv2d(3, 8, kernel_size=3, padding=1)(np.zeros((2, 3, 5, 5), np.float32)).shape
    (2, 8, 5, 5)
    """

    axes = 2


class Conv3d(_Convolution, function=F.conv3d):
    """Convolution of volumes, (N, C, D, H, W) → (N, out_channels, D', H', W')."""

    axes = 3


class _Transposed(
    _Kernels,
    declared=True,
    shown="in_channels out_channels | kernel_size stride padding? dilation? output_padding? "
    "groups? bias?",
):
    """A transposed convolution, which maps the positions of a convolution to its inputs.

    Parameters
    ----------
    output_padding
        Positions added at the end of each axis, fewer than `stride` or `dilation`.
    padding_mode
        ``"zeros"``.
    """

    stride: int | Sequence[int] = 1
    padding: int | Sequence[int] = 0
    output_padding: int | Sequence[int] = 0
    groups: Size = 1
    bias: InitVar[bool] = True
    dilation: int | Sequence[int] = 1
    padding_mode: Literal["zeros"] = "zeros"

    def _shape(self) -> Shape:
        names = ("kernel_size", "stride", "padding", "output_padding", "dilation")
        self._check_sizes(self.groups, names)
        return self.in_channels, self.out_channels // self.groups, *self.kernel_size  # type: ignore[misc]

    def _outputs(self, shape: Shape) -> int:
        return self.out_channels

    def forward(self, input: TensorLike, output_size: Sequence[int] | None = None) -> Any:
        """Map (N, in_channels, ...).

        Parameters
        ----------
        input
            The positions.
        output_size
            Sizes of the result, in place of `output_padding`.
        """
        extra: Any = self.output_padding
        if output_size is not None:
            extra = self._padding_for(input, tuple(output_size)[-self.axes :])
        return self.function(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            extra,
            self.groups,
            self.dilation,
        )

    def _padding_for(self, x: Any, wanted: Shape) -> Shape:
        """Return the `output_padding` that results in the wanted sizes."""
        settings: Any = (self.stride, self.padding, self.dilation, self.kernel_size)
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(x.shape[-self.axes :], *settings, strict=True)
        ]
        extra = tuple(size - low for size, low in zip(wanted, least, strict=True))
        if any(more < 0 or more >= s for more, s in zip(extra, settings[0], strict=True)):
            raise InputError(
                f"output_size is {wanted}: it must be at least {tuple(least)} and less than a "
                f"stride more"
            )
        return extra


class ConvTranspose1d(_Transposed, function=F.conv_transpose1d):
    """Transposed convolution, (N, C, L) → (N, out_channels, L')."""

    axes = 1


class ConvTranspose2d(_Transposed, function=F.conv_transpose2d):
    """Transposed convolution, (N, C, H, W) → (N, out_channels, H', W').

    Examples
    --------
    >>> import numpy as np
    >>> layer = ConvTranspose2d(3, 8, kernel_size=4, stride=2, padding=1)
    >>> layer(np.zeros((2, 3, 5, 5), np.float32)).shape
    (2, 8, 10, 10)
    """

    axes = 2


class ConvTranspose3d(_Transposed, function=F.conv_transpose3d):
    """Transposed convolution, (N, C, D, H, W) → (N, out_channels, D', H', W')."""

    axes = 3
