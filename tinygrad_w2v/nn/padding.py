"""Padding of the spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer
from tinygrad_w2v.validation import sizes


class _Padding(Layer, function=F.pad, shown="padding |"):
    """Padding of the last axes; a subclass states their number and the mode.

    Parameters
    ----------
    padding
        One width for all sides, or (before, after) of the last axis, then of the axis before it,
        and so on.
    """

    axes: ClassVar[int]
    mode: ClassVar[str]

    padding: int | Sequence[int]

    def _initialize(self) -> None:
        self.padding = sizes(2 * self.axes, -(2**31), padding=self.padding)

    def forward(self, input: TensorLike) -> Any:
        """Pad `input`."""
        return self.function(input, self.padding, self.mode)


class _ConstantPad(_Padding, declared=True, shown="padding value"):
    """Padding with a constant.

    Parameters
    ----------
    value
        The constant.
    """

    mode = "constant"

    value: float

    def forward(self, input: TensorLike) -> Any:
        """Pad `input`."""
        return self.function(input, self.padding, self.mode, self.value)


class ConstantPad1d(_ConstantPad, declared=True):
    """Pad the last axis with a constant."""

    axes = 1


class ConstantPad2d(_ConstantPad, declared=True):
    """Pad the last two axes with a constant.

    Examples
    --------
    >>> import numpy as np
    >>> ConstantPad2d((1, 0, 0, 1), 7.0)(np.zeros((1, 1, 2)))
    array([[[7., 0., 0.],
            [7., 7., 7.]]])
    """

    axes = 2


class ConstantPad3d(_ConstantPad, declared=True):
    """Pad the last three axes with a constant."""

    axes = 3


class ZeroPad1d(_Padding, declared=True):
    """Pad the last axis with zeros."""

    axes, mode = 1, "constant"


class ZeroPad2d(_Padding, declared=True):
    """Pad the last two axes with zeros."""

    axes, mode = 2, "constant"


class ZeroPad3d(_Padding, declared=True):
    """Pad the last three axes with zeros."""

    axes, mode = 3, "constant"


class ReflectionPad1d(_Padding, declared=True):
    """Pad the last axis with its values mirrored, without the edge value."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Padding, declared=True):
    """Pad the last two axes with their values mirrored, without the edge value."""

    axes, mode = 2, "reflect"


class ReflectionPad3d(_Padding, declared=True):
    """Pad the last three axes with their values mirrored, without the edge value."""

    axes, mode = 3, "reflect"


class ReplicationPad1d(_Padding, declared=True):
    """Pad the last axis with its edge values."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Padding, declared=True):
    """Pad the last two axes with their edge values."""

    axes, mode = 2, "replicate"


class ReplicationPad3d(_Padding, declared=True):
    """Pad the last three axes with their edge values."""

    axes, mode = 3, "replicate"


class CircularPad1d(_Padding, declared=True):
    """Pad the last axis with the values of its other end."""

    axes, mode = 1, "circular"


class CircularPad2d(_Padding, declared=True):
    """Pad the last two axes with the values of their other ends."""

    axes, mode = 2, "circular"


class CircularPad3d(_Padding, declared=True):
    """Pad the last three axes with the values of their other ends."""

    axes, mode = 3, "circular"
