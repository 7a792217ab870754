"""Layer normalization."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import new_parameter
from tinygrad_w2v.validation import above_zero, at_least


class LayerNorm(Module):
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

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        is_sequence = isinstance(normalized_shape, list | tuple)
        shape: Any = tuple(normalized_shape) if is_sequence else (normalized_shape,)  # type: ignore[arg-type]
        if not shape:
            raise InputError("normalized_shape is empty: pass the sizes of the last axes")
        for size in shape:
            at_least(1, normalized_shape=size)
        above_zero(eps=eps)
        self.normalized_shape: tuple[int, ...] = shape
        self.eps = eps
        self.weight = new_parameter(shape, dtype, 1) if elementwise_affine else None
        has_bias = elementwise_affine and bias
        self.bias = new_parameter(shape, dtype, 0) if has_bias else None

    def forward(self, x: TensorLike) -> Any:
        """Normalize (..., *normalized_shape)."""
        return F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the shape and eps."""
        return f"{self.normalized_shape}, eps={self.eps:g}"
