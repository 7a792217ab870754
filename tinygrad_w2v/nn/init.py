"""Initial values of parameters, by PyTorch's names; each fills a tensor in place."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array

Seed: TypeAlias = "int | np.random.Generator | None"
"""Where random values come from: a seed, a Generator to draw on, or None for fresh entropy."""


def _fill(tensor: Tensor, values: Array) -> Tensor:
    tensor.data[...] = values
    tensor.bump_version()
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _fill(tensor, np.zeros(()))


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _fill(tensor, np.ones(()))


def constant_(tensor: Tensor, value: float) -> Tensor:
    """Fill with one value."""
    return _fill(tensor, np.asarray(value))


def uniform_(tensor: Tensor, low: float = 0.0, high: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill with values drawn evenly from [low, high)."""
    return _fill(tensor, np.random.default_rng(rng).uniform(low, high, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill with values of a normal distribution."""
    return _fill(tensor, np.random.default_rng(rng).normal(mean, std, tensor.shape))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill an (out, in) weight evenly within ±gain·√(6 / (in + out)).

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, rng)


def kaiming_uniform_(tensor: Tensor, a: float = 0.0, rng: Seed = None) -> Tensor:
    """Fill an (out, in) weight evenly within ±√(6 / ((1 + a²)·in)), for ReLU of slope `a` below 0.

    Source: He et al., "Delving deep into rectifiers", arXiv 1502.01852, section 2.2.
    """
    bound = math.sqrt(6.0 / ((1.0 + a * a) * _fans(tensor)[0]))
    return uniform_(tensor, -bound, bound, rng)


def _fans(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs and outputs each unit of an (out, in, ...) weight has."""
    if tensor.ndim < 2:
        raise ValueError(
            f"a weight of shape {tensor.shape} has no fan-in and fan-out: it needs two axes or "
            f"more, (out, in, ...); use uniform_ or zeros_ for a bias"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field
