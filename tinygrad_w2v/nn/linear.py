"""Linear and bilinear maps, and the base of layers with a weight and a bias."""

from __future__ import annotations

import math
from dataclasses import InitVar
from typing import Any

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn.init import Seed, uniform_parameter
from tinygrad_w2v.nn.layer import Initialized, Size
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.random.distributions import source_of


class Biased(Module):
    """A module with an optional bias; its constructor takes a boolean of the same name."""

    bias: Parameter | None


class Affine(Biased, Initialized, declared=True):
    """A layer with a weight, (out, ...), and a bias, (out,), initially uniform within ±1/√fan_in.

    Parameters
    ----------
    bias
        Whether to add a bias.
    """

    def _shape(self) -> Shape:
        raise NotImplementedError

    def _fan_in(self, shape: Shape) -> int:
        return math.prod(shape[1:])

    def _initialize(self, bias: bool, rng: Seed, dtype: npt.DTypeLike) -> None:
        shape, generator = self._shape(), source_of(rng)
        bound = 1.0 / math.sqrt(self._fan_in(shape))
        self.weight = uniform_parameter(shape, bound, generator, dtype)
        self.bias = uniform_parameter(shape[:1], bound, generator, dtype) if bias else None

    def extra_repr(self) -> str:
        """Return the settings."""
        return f"{super().extra_repr()}, bias={self.bias is not None}"


class Linear(Affine, declared=True):
    """``x @ weight.T + bias``, (..., in_features) → (..., out_features).

    Parameters
    ----------
    in_features, out_features
        Sizes of the last axis of the input and the output.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in_features.
    """

    in_features: Size
    out_features: Size
    bias: InitVar[bool] = True

    def _shape(self) -> Shape:
        return self.out_features, self.in_features

    def forward(self, x: TensorLike) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        product: Tensor = x @ self.weight.T
        return product if self.bias is None else product + self.bias


class Bilinear(Affine, declared=True):
    """``x1ᵀ · weight[o] · x2 + bias[o]`` for each output o.

    Inputs are (..., in1_features) and (..., in2_features), the output is (..., out_features).

    Parameters
    ----------
    in1_features, in2_features, out_features
        Sizes of the last axes of the two inputs and of the output.
    rng
        Seed or Generator of the initial values, uniform within ±1/√in1_features.
    """

    in1_features: Size
    in2_features: Size
    out_features: Size
    bias: InitVar[bool] = True

    def _shape(self) -> Shape:
        return self.out_features, self.in1_features, self.in2_features

    def _fan_in(self, shape: Shape) -> int:
        return self.in1_features

    def forward(self, x1: TensorLike, x2: TensorLike) -> Tensor:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        half: Any = F.einsum("...i,oij->...oj", x1, self.weight)
        product: Tensor = np.vecdot(half, np.expand_dims(operand(x2), -2))
        return product if self.bias is None else product + self.bias
