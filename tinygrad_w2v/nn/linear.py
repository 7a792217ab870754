"""Linear and bilinear maps, and the base of layers with a weight and a bias."""

from __future__ import annotations

import math
from dataclasses import InitVar
from typing import Any

import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Shape, TensorLike
from tinygrad_w2v.nn import functional as F
from tinygrad_w2v.nn import init
from tinygrad_w2v.nn.init import Seed
from tinygrad_w2v.nn.layer import Initialized, Size
from tinygrad_w2v.nn.module import Module
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
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

    def _outputs(self, shape: Shape) -> int:
        return shape[0]

    def _fan_in(self, shape: Shape) -> int:
        return math.prod(shape[1:])

    def _initialize(self, bias: bool, rng: Seed, dtype: npt.DTypeLike) -> None:
        shape = self._shape()
        self.weight = new_parameter(shape, dtype)
        self.bias = new_parameter((self._outputs(shape),), dtype) if bias else None
        if rng is None:
            self.reset_parameters()
        else:
            self._draw(rng)

    def reset_parameters(self) -> None:
        """Draw the initial values again, from the default generator."""
        self._draw(None)

    def _draw(self, rng: Seed) -> None:
        bound, source = 1.0 / math.sqrt(self._fan_in(self.weight.shape)), source_of(rng)
        for parameter in (self.weight, self.bias):
            if parameter is not None:
                init.uniform_(parameter, -bound, bound, source)


class Linear(Affine, declared=True, shown="in_features out_features bias"):
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

    def forward(self, input: TensorLike) -> Tensor:
        """Map (..., in_features) to (..., out_features)."""
        product: Tensor = input @ self.weight.T
        return product if self.bias is None else product + self.bias


class NonDynamicallyQuantizableLinear(Linear, declared=True, shown="in_features out_features bias"):
    """PyTorch's name of the :class:`Linear` that projects the output of attention."""


class Bilinear(Affine, declared=True, shown="in1_features in2_features out_features bias"):
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

    def forward(self, input1: TensorLike, input2: TensorLike) -> Tensor:
        """Map (..., in1_features) and (..., in2_features) to (..., out_features)."""
        result: Tensor = F.bilinear(input1, input2, self.weight, self.bias)
        return result


class Identity(Module):
    """Returns its input; arguments of the constructor are ignored.

    Examples
    --------
    >>> Identity(54, unused=True)(3.0)
    3.0
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def spec_arguments(self) -> dict[str, Any]:
        """Return no arguments: they are ignored."""
        return {}

    def forward(self, input: Any) -> Any:
        """Return the input."""
        return input
