"""Normalization over the last axes, over groups of channels, and of neighbouring channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, InitVar
from typing import Any

import numpy.typing as npt

from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.layer import Layer, Positive, Size
from tinygrad_w2v.nn.linear import Biased
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
from tinygrad_w2v.validation import at_least


class _Weighted(Biased):
    """A module with an optional weight and an optional bias."""

    weight: Parameter | None


class Scaled(_Weighted, Layer, declared=True):
    """A layer with a weight, initially ones, and a bias, initially zeros, or without them.

    Parameters
    ----------
    device
        None or ``"cpu"``.
    dtype
        Dtype of the parameters; by default that of :func:`set_default_dtype`.
    """

    _: KW_ONLY
    device: InitVar[Any] = None
    dtype: InitVar[npt.DTypeLike] = None

    def _create(self, shape: Shape, dtype: npt.DTypeLike, weight: bool, bias: bool) -> None:
        for name, value, is_wanted in (("weight", 1, weight), ("bias", 0, bias)):
            self.register_parameter(name, new_parameter(shape, dtype, value) if is_wanted else None)

    def reset_parameters(self) -> None:
        """Set the initial values again."""
        if self.weight is not None:
            init.ones_(self.weight)
        if getattr(self, "bias", None) is not None:
            init.zeros_(self.bias)  # type: ignore[arg-type]


class _LastAxes(Scaled, declared=True, shown="normalized_shape | eps elementwise_affine"):
    """A normalization over the last axes.

    Parameters
    ----------
    normalized_shape
        Sizes of the last axes.
    elementwise_affine
        Whether there is a `weight`, initially ones.
    """

    normalized_shape: int | Sequence[int]

    def _checked_shape(self) -> Shape:
        given: Any = self.normalized_shape
        self.normalized_shape = shape = (
            tuple(given) if isinstance(given, list | tuple) else (given,)
        )
        if not shape:
            raise InputError("normalized_shape is empty: pass the sizes of the last axes")
        for size in shape:
            at_least(1, normalized_shape=size)
        return shape


class LayerNorm(
    _LastAxes,
    function=F.layer_norm,
    shown="normalized_shape | eps elementwise_affine bias",
):
    """``(x − mean) / √(variance + eps) · weight + bias``, over the last axes.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.

    Parameters
    ----------
    eps
        Added to the variance.
    elementwise_affine
        Whether there are `weight` and `bias`, initially ones and zeros.
    bias
        Whether there is a bias.
    """

    eps: Positive = 1e-5
    elementwise_affine: bool = True
    bias: InitVar[bool] = True

    def _initialize(self, bias: bool, dtype: npt.DTypeLike) -> None:
        affine = self.elementwise_affine
        self._create(self._checked_shape(), dtype, affine, affine and bias)

    def forward(self, input: TensorLike) -> Any:
        """Normalize (..., *normalized_shape)."""
        return self.function(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(_LastAxes, function=F.rms_norm):
    """``x / √(mean(x²) + eps) · weight``, over the last axes.

    Source: Zhang and Sennrich, "Root mean square layer normalization", arXiv 1910.07467.

    Parameters
    ----------
    eps
        Added to the mean; by default the machine epsilon of the dtype.
    """

    eps: float | None = None
    elementwise_affine: bool = True

    def _initialize(self, dtype: npt.DTypeLike) -> None:
        shape = self._checked_shape()
        affine = self.elementwise_affine
        self.register_parameter("weight", new_parameter(shape, dtype, 1) if affine else None)

    def forward(self, x: TensorLike) -> Any:
        """Normalize (..., *normalized_shape)."""
        return self.function(x, self.normalized_shape, self.weight, self.eps)


class GroupNorm(Scaled, function=F.group_norm, shown="num_groups num_channels | eps affine bias"):
    """Standardize (N, C, ...) over the channels of each group and the axes after them.

    Source: Wu and He, "Group normalization", arXiv 1803.08494.

    Parameters
    ----------
    num_groups, num_channels
        Number of groups, and of channels, which it must divide.
    eps
        Added to the variance.
    affine
        Whether there are `weight` and `bias`, initially ones and zeros.
    bias
        Whether there is a bias.
    """

    num_groups: Size
    num_channels: Size
    eps: Positive = 1e-5
    affine: bool = True
    _: KW_ONLY
    bias: InitVar[bool] = True

    def _initialize(self, bias: bool, dtype: npt.DTypeLike) -> None:
        if self.num_channels % self.num_groups:
            raise InputError(
                f"num_groups is {self.num_groups}: it must divide num_channels, {self.num_channels}"
            )
        self._create((self.num_channels,), dtype, self.affine, self.affine and bias)

    def forward(self, input: TensorLike) -> Any:
        """Normalize (N, C, ...)."""
        return self.function(input, self.num_groups, self.weight, self.bias, self.eps)


class LocalResponseNorm(Layer, function=F.local_response_norm, shown="size | alpha beta k"):
    """Divide (N, C, ...) by (k + alpha · mean of x² over `size` neighbouring channels) ** beta.

    Parameters
    ----------
    size
        Number of channels.
    alpha, beta, k
        Constants of the formula.
    """

    size: Size
    alpha: float = 1e-4
    beta: float = 0.75
    k: float = 1.0
