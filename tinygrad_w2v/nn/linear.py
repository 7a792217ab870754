"""Linear, the affine map, and Bilinear."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.validation import at_least


class Linear(Module):
    """``x @ weight.T + bias``.

    Parameters
    ----------
    in_features, out_features
        Sizes of the last axis, before and after.
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in_features.
    dtype
        Of the parameters.
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
        rng = np.random.default_rng(rng)
        self.in_features = in_features
        self.out_features = out_features
        bound = 1.0 / math.sqrt(in_features)
        self.weight = init.new((out_features, in_features), bound, rng, dtype)
        self.bias = init.new((out_features,), bound, rng, dtype) if bias else None

    def forward(self, x: TensorLike) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        product: Tensor = x @ self.weight.T
        return product if self.bias is None else product + self.bias

    def extra_repr(self) -> str:
        """Return the sizes."""
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"


class Bilinear(Module):
    """``x1ᵀ · weight[o] · x2 + bias[o]`` for each output o.

    Parameters
    ----------
    in1_features, in2_features, out_features
        Sizes of the last axes of the two inputs and of the output.
    bias
        Whether to add a bias.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in1_features.
    dtype
        Of the parameters.
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
        rng = np.random.default_rng(rng)
        bound = 1.0 / math.sqrt(in1_features)
        self.weight = init.new((out_features, in1_features, in2_features), bound, rng, dtype)
        self.bias = init.new((out_features,), bound, rng, dtype) if bias else None

    def forward(self, x1: TensorLike, x2: TensorLike) -> Tensor:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        half: Any = F.einsum("...i,oij->...oj", x1, self.weight)
        second: Any = x2 if isinstance(x2, Tensor) else np.asarray(x2)
        product: Tensor = np.vecdot(half, np.expand_dims(second, -2))
        return product if self.bias is None else product + self.bias

    def extra_repr(self) -> str:
        """Return the sizes."""
        out, first, second = self.weight.shape
        return f"{first}, {second}, {out}, bias={self.bias is not None}"
