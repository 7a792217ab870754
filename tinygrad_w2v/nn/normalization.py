"""Layer normalization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, InitVar
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.layer import Layer, Positive
from tinygrad_w2v.nn.linear import Biased
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.validation import at_least


class LayerNorm(Biased, Layer, function=F.layer_norm):
    """``(x − mean) / √(variance + eps) · weight + bias``, over the last axes.

    Source: Ba, Kiros and Hinton, "Layer normalization", arXiv 1607.06450.

    Parameters
    ----------
    normalized_shape
        Sizes of the last axes.
    eps
        Added to the variance.
    elementwise_affine
        Whether there are `weight` and `bias`, initially ones and zeros.
    bias
        Whether there is a bias.
    dtype
        Dtype of the parameters.
    """

    normalized_shape: int | Sequence[int]
    eps: Positive = 1e-5
    elementwise_affine: bool = True
    bias: InitVar[bool] = True
    _: KW_ONLY
    dtype: InitVar[npt.DTypeLike] = np.float32

    def _initialize(self, bias: bool, dtype: npt.DTypeLike) -> None:
        given: Any = self.normalized_shape
        shape = self.normalized_shape = (
            tuple(given) if isinstance(given, list | tuple) else (given,)
        )
        if not shape:
            raise InputError("normalized_shape is empty: pass the sizes of the last axes")
        for size in shape:
            at_least(1, normalized_shape=size)
        affine = self.elementwise_affine
        self.weight = new_parameter(shape, dtype, 1) if affine else None
        self.bias = new_parameter(shape, dtype, 0) if affine and bias else None

    def forward(self, x: TensorLike) -> Any:
        """Normalize the last axes, of sizes `normalized_shape`."""
        return self.function(x, self.normalized_shape, self.weight, self.bias, self.eps)
