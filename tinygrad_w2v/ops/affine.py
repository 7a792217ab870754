"""Linear and bilinear maps of the last axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.tensor import operand
from tinygrad_w2v.engine.types import TensorLike
from tinygrad_w2v.ops.einsum import einsum


@named("F")
def linear(x: TensorLike, weight: TensorLike, bias: TensorLike | None = None) -> Any:
    """Return ``x @ weight.T + bias``, (..., in_features) → (..., out_features).

    Parameters
    ----------
    weight : (out_features, in_features), or (in_features,)
    bias : (out_features,)
    """
    product = np.matmul(operand(x), np.transpose(operand(weight)))
    return product if bias is None else product + bias


@named("tg F")
def bilinear(
    x1: TensorLike, x2: TensorLike, weight: TensorLike, bias: TensorLike | None = None
) -> Any:
    """Return ``x1ᵀ · weight[o] · x2 + bias[o]`` for each output o, (..., out_features).

    Parameters
    ----------
    x1 : (..., in1_features)
    x2 : (..., in2_features)
    weight : (out_features, in1_features, in2_features)
    bias : (out_features,)
    """
    half: Any = einsum("...i,oij->...oj", x1, weight)
    product = np.vecdot(half, np.expand_dims(operand(x2), -2))
    return product if bias is None else product + bias
