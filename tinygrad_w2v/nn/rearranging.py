"""Layers that resize, rearrange or reshape their input, and compare two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer, Size

Factor = float | Sequence[float] | None


class Upsample(Layer, function=F.interpolate):
    """Resize the spatial axes of (N, C, ...).

    Parameters
    ----------
    size, scale_factor
        One of them: the new sizes, or the factors.
    mode
        ``"nearest"``, ``"linear"``, ``"bilinear"``, ``"bicubic"`` or ``"trilinear"``.

    Examples
    --------
    >>> import numpy as np
    >>> Upsample(scale_factor=2)(np.array([[[1.0, 2.0]]]))
    array([[[1., 1., 2., 2.]]])
    """

    size: int | Sequence[int] | None = None
    scale_factor: Factor = None
    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def _initialize(self) -> None:
        given: Any = self.scale_factor
        if isinstance(given, int):
            self.scale_factor = float(given)
        elif given is not None and not isinstance(given, float):
            self.scale_factor = tuple(map(float, given))

    def extra_repr(self) -> str:
        """Return the scale factor or the size, and the mode."""
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class _Upsampling2d(Layer, function=F.interpolate):
    """Resize images; a subclass states the mode.

    Parameters
    ----------
    size, scale_factor
        One of them: the new sizes, or the factors.
    """

    mode: ClassVar[str]
    align_corners: ClassVar[bool | None]

    size: int | Sequence[int] | None = None
    scale_factor: Factor = None

    def forward(self, input: TensorLike) -> Any:
        """Resize (N, C, H, W)."""
        align = self.align_corners
        return self.function(input, self.size, self.scale_factor, self.mode, align)

    def extra_repr(self) -> str:
        """Return the scale factor or the size, and the mode."""
        if self.scale_factor is None:
            return f"size={self.size!r}, mode={self.mode!r}"
        given: Any = self.scale_factor
        factor = float(given) if isinstance(given, int) else given
        return f"scale_factor={factor!r}, mode={self.mode!r}"


class UpsamplingNearest2d(_Upsampling2d, declared=True):
    """Resize images, (N, C, H, W), by nearest neighbours."""

    mode, align_corners = "nearest", None


class UpsamplingBilinear2d(_Upsampling2d, declared=True):
    """Resize images, (N, C, H, W), bilinearly with aligned corners."""

    mode, align_corners = "bilinear", True


class PixelShuffle(Layer, function=F.pixel_shuffle):
    """Rearrange (..., C·r², H, W) to (..., C, H·r, W·r).

    Parameters
    ----------
    upscale_factor
        The factor r.
    """

    upscale_factor: Size


class PixelUnshuffle(Layer, function=F.pixel_unshuffle):
    """Rearrange (..., C, H·r, W·r) to (..., C·r², H, W).

    Parameters
    ----------
    downscale_factor
        The factor r.
    """

    downscale_factor: Size


class ChannelShuffle(Layer, function=F.channel_shuffle):
    """Interleave the channels of `groups` groups of (N, C, ...).

    Parameters
    ----------
    groups
        Number of groups; it must divide C.
    """

    groups: Size


Setting = int | Sequence[int]


class Unfold(Layer, function=F.unfold):
    """Windows of images, (N, C, H, W), as columns, (N, C · kernel values, windows).

    Parameters
    ----------
    kernel_size, dilation, padding, stride
        Size of the window, step inside it, width of the zeros on both sides, and step of the
        window.
    """

    kernel_size: Setting
    dilation: Setting = 1
    padding: Setting = 0
    stride: Setting = 1


class Fold(Layer, function=F.fold):
    """Columns of windows, (N, C · kernel values, windows), added up to (N, C, *output_size).

    Parameters
    ----------
    output_size
        Sizes of the images.
    kernel_size, dilation, padding, stride
        As of :class:`Unfold`.
    """

    output_size: Setting
    kernel_size: Setting
    dilation: Setting = 1
    padding: Setting = 0
    stride: Setting = 1


class Flatten(Layer, function=F.flatten):
    """Axes `start_dim` to `end_dim` merged into one; by default all but the first.

    Parameters
    ----------
    start_dim, end_dim
        First and last axis to merge.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    start_dim: int = 1
    end_dim: int = -1


class Unflatten(Layer, declared=True):
    """One axis split into several.

    Parameters
    ----------
    dim
        The axis.
    unflattened_size
        Sizes of the new axes; one may be -1.

    Examples
    --------
    >>> import numpy as np
    >>> Unflatten(1, (3, -1))(np.zeros((2, 12))).shape
    (2, 3, 4)
    """

    dim: int
    unflattened_size: Sequence[int]

    def forward(self, input: TensorLike) -> Any:
        """Split the axis of `input`."""
        x: Any = operand(input)
        axis = self.dim % x.ndim
        return np.reshape(x, (*x.shape[:axis], *self.unflattened_size, *x.shape[axis + 1 :]))


class CosineSimilarity(Layer, function=F.cosine_similarity, shown=""):
    """Cosine similarity of two inputs along an axis, ``a·b / (‖a‖ · ‖b‖)``.

    Parameters
    ----------
    dim
        The axis.
    eps
        Least value of the norms.
    """

    dim: int = 1
    eps: float = 1e-8
