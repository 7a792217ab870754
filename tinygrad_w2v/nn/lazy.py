"""Layers whose input size is taken from the first input, after which they are ordinary layers."""

from __future__ import annotations

from typing import Any, ClassVar

from tinygrad_w2v.nn.batch_normalization import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from tinygrad_w2v.nn.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from tinygrad_w2v.nn.layer import Layer
from tinygrad_w2v.nn.linear import Linear
from tinygrad_w2v.nn.module import Module


class _Lazy(Module):
    """A layer without its first argument, which is the size of an axis of the first input.

    Call it once before an optimizer is created: it has no parameters until then.
    """

    becomes: ClassVar[type[Layer]]
    axis: ClassVar[int] = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._given = (args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Create the parameters for the input's size, become the layer and call it."""
        x: Any = args[0]
        given, named = self._given
        is_training = self.training
        arguments = (x.shape[self._axis_of(x)], *given)
        del self._given
        self.__class__ = self.becomes  # type: ignore[assignment]
        object.__setattr__(self, "_arguments", (arguments, named))
        self.__init__(*arguments, **named)  # type: ignore[misc]
        self.training = is_training
        return self.forward(*args, **kwargs)

    def _axis_of(self, x: Any) -> int:
        """Return the axis of the channels, the first one if there is no batch axis."""
        spatial = getattr(self.becomes, "axes", None)
        return 0 if spatial is not None and x.ndim == spatial + 1 else self.axis

    def extra_repr(self) -> str:
        """Return the arguments that were given."""
        args, kwargs = self._given
        return ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])


class LazyLinear(_Lazy):
    """:class:`Linear` without `in_features`.

    Examples
    --------
    >>> import numpy as np
    >>> from tinygrad_w2v import nn
    >>> layer = nn.LazyLinear(2)
    >>> layer(np.ones((1, 3), np.float32)).shape, layer
    ((1, 2), Linear(in_features=3, out_features=2, bias=True))
    """

    becomes, axis = Linear, -1


class LazyConv1d(_Lazy):
    """:class:`Conv1d` without `in_channels`."""

    becomes = Conv1d


class LazyConv2d(_Lazy):
    """:class:`Conv2d` without `in_channels`."""

    becomes = Conv2d


class LazyConv3d(_Lazy):
    """:class:`Conv3d` without `in_channels`."""

    becomes = Conv3d


class LazyConvTranspose1d(_Lazy):
    """:class:`ConvTranspose1d` without `in_channels`."""

    becomes = ConvTranspose1d


class LazyConvTranspose2d(_Lazy):
    """:class:`ConvTranspose2d` without `in_channels`."""

    becomes = ConvTranspose2d


class LazyConvTranspose3d(_Lazy):
    """:class:`ConvTranspose3d` without `in_channels`."""

    becomes = ConvTranspose3d


class LazyBatchNorm1d(_Lazy):
    """:class:`BatchNorm1d` without `num_features`."""

    becomes = BatchNorm1d


class LazyBatchNorm2d(_Lazy):
    """:class:`BatchNorm2d` without `num_features`."""

    becomes = BatchNorm2d


class LazyBatchNorm3d(_Lazy):
    """:class:`BatchNorm3d` without `num_features`."""

    becomes = BatchNorm3d


class LazyInstanceNorm1d(_Lazy):
    """:class:`InstanceNorm1d` without `num_features`."""

    becomes = InstanceNorm1d


class LazyInstanceNorm2d(_Lazy):
    """:class:`InstanceNorm2d` without `num_features`."""

    becomes = InstanceNorm2d


class LazyInstanceNorm3d(_Lazy):
    """:class:`InstanceNorm3d` without `num_features`."""

    becomes = InstanceNorm3d
