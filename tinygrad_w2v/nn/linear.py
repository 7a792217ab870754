"""Linear and bilinear maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import at_least


class Linear(Module):
    """``x @ weight.T + bias``, (..., in_features) → (..., out_features).

    Parameters
    ----------
    in_features, out_features
        Sizes of the last axis of the input and the output.
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in_features.
    dtype
        Dtype of the parameters.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        shape = (out_features, in_features)
        self.weight, self.bias = init.weight_and_bias(shape, in_features, bias, rng, dtype)

    def forward(self, x: TensorLike) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        product: Tensor = x @ self.weight.T
        return product if self.bias is None else product + self.bias

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """``x1ᵀ · weight[o] · x2 + bias[o]`` for each output o.

    Inputs are (..., in1_features) and (..., in2_features), the output is (..., out_features).

    Parameters
    ----------
    in1_features, in2_features, out_features
        Sizes of the last axes of the two inputs and of the output.
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in1_features.
    dtype
        Dtype of the parameters.
    """

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: init.Seed = None,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        at_least(1, in1_features=in1_features, in2_features=in2_features, out_features=out_features)
        shape = (out_features, in1_features, in2_features)
        self.weight, self.bias = init.weight_and_bias(shape, in1_features, bias, rng, dtype)

    def forward(self, x1: TensorLike, x2: TensorLike) -> Tensor:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        half: Any = F.einsum("...i,oij->...oj", x1, self.weight)
        product: Tensor = np.vecdot(half, np.expand_dims(operand(x2), -2))
        return product if self.bias is None else product + self.bias

    def extra_repr(self) -> str:
        """Return the sizes."""
        out, first, second = self.weight.shape
        return f"{first}, {second}, {out}, bias={self.bias is not None}"
