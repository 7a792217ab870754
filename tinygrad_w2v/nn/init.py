"""Initial values of parameters, by PyTorch's names; each fills a tensor in place."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.errors import InputError, nearest_names
from tinygrad_w2v.nn.parameter import Parameter
from tinygrad_w2v.validation import one_of, within

Seed: TypeAlias = "int | np.random.Generator | None"
"""Where random values come from: a seed, a Generator to draw on, or None for fresh entropy."""

FanMode: TypeAlias = Literal["fan_in", "fan_out"]


def new(shape: Shape, bound: float, rng: np.random.Generator, dtype: npt.DTypeLike) -> Parameter:
    """Return a parameter with values drawn evenly from ±bound."""
    parameter = Parameter(np.empty(shape, dtype))
    uniform_(parameter, -bound, bound, rng)
    return parameter


def _fill(tensor: Tensor, values: Array) -> Tensor:
    tensor.data[...] = values
    tensor.bump_version()
    return tensor


_DRAWN = 1 << 16
"""Numbers drawn at a time: they are float64, twice as large as a table of float32 to be filled."""


def _fill_with_draws(tensor: Tensor, draw: Callable[[Shape], Array]) -> Tensor:
    """Fill some rows at a time; the values are those of a single draw."""
    if not tensor.ndim:
        return _fill(tensor, draw(()))
    height = max(1, _DRAWN * len(tensor) // max(1, tensor.size))
    for start in range(0, len(tensor), height):
        part = tensor.data[start : start + height]
        part[...] = draw(part.shape)
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
    generator = np.random.default_rng(rng)
    return _fill_with_draws(tensor, lambda shape: generator.uniform(low, high, shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill with values of a normal distribution."""
    generator = np.random.default_rng(rng)
    return _fill_with_draws(tensor, lambda shape: generator.normal(mean, std, shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    low: float = -2.0,
    high: float = 2.0,
    rng: Seed = None,
) -> Tensor:
    """Fill with values of a normal distribution, those outside ``low … high`` drawn again.

    As PyTorch's, whose limits are called a and b: they are values, not numbers of deviations.
    """
    if not low < high or mean + 8 * std < low or mean - 8 * std > high:
        raise InputError(
            f"low is {low} and high {high}: values of mean {mean} and deviation {std} must be "
            f"able to lie between them"
        )
    generator = np.random.default_rng(rng)
    values = generator.normal(mean, std, tensor.shape)
    outside = (values < low) | (values > high)
    while outside.any():
        values[outside] = generator.normal(mean, std, int(outside.sum()))
        outside = (values < low) | (values > high)
    return _fill(tensor, values)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity."""
    if tensor.ndim != 2:
        raise InputError(f"eye_ fills matrices, this tensor has shape {tensor.shape}: use two axes")
    return _fill(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight, (O, I, ...), so that it passes its input on.

    As many channels as there are in both are passed on; with `groups`, in each group.
    """
    if tensor.ndim < 3 or tensor.shape[0] % groups:
        raise InputError(
            f"dirac_ with {groups} groups fills weights (out, in, ...) with out divisible by "
            f"them, this one has shape {tensor.shape}: use three axes or more"
        )
    values = np.zeros(tensor.shape)
    each = tensor.shape[0] // groups
    centre = tuple(size // 2 for size in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(each, tensor.shape[1])):
            place = (group * each + channel, channel, *centre)
            values[place] = 1.0
    return _fill(tensor, values)


def orthogonal_(tensor: Tensor, gain: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill a (rows, ...) weight with an orthogonal matrix, or a part of one, times `gain`.

    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", arXiv 1312.6120.
    """
    if tensor.ndim < 2:
        raise InputError(
            f"orthogonal_ fills matrices, this tensor has shape {tensor.shape}: use two axes"
        )
    rows = tensor.shape[0]
    flat = np.random.default_rng(rng).normal(size=(rows, tensor.size // rows))
    tall = flat if flat.shape[0] >= flat.shape[1] else flat.T
    q, r = np.linalg.qr(tall)
    q *= np.sign(np.diagonal(r))  # makes the draw uniform over orthogonal matrices
    values = q if flat.shape[0] >= flat.shape[1] else q.T
    return _fill(tensor, gain * values.reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, rng: Seed = None) -> Tensor:
    """Fill a matrix normally, with a fraction `sparsity` of each column zero.

    Source: Martens, "Deep learning via Hessian-free optimization", 2010.
    """
    if tensor.ndim != 2:
        raise InputError(
            f"sparse_ fills matrices, this tensor has shape {tensor.shape}: use two axes"
        )
    within(0, 1, sparsity=sparsity)
    generator = np.random.default_rng(rng)
    values = generator.normal(0.0, std, tensor.shape)
    order = generator.random(tensor.shape).argsort(axis=0)
    values[order < math.ceil(sparsity * tensor.shape[0])] = 0.0
    return _fill(tensor, values)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return by how much to scale a weight before a nonlinearity, as PyTorch does.

    Parameters
    ----------
    nonlinearity
        ``"linear"``, ``"conv1d"``, ``"conv2d"``, ``"sigmoid"``, ``"tanh"``, ``"relu"``,
        ``"leaky_relu"`` or ``"selu"``.
    param
        The negative slope of a leaky ReLU; 0.01 by default.

    Examples
    --------
    >>> calculate_gain("relu") ** 2
    2.0000000000000004
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "conv1d": 1.0,
        "conv2d": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1 + slope * slope)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        hint = nearest_names(nonlinearity, gains) or f"known are {', '.join(gains)}"
        raise InputError(f"nonlinearity is {nonlinearity!r}: {hint}")
    return gains[nonlinearity]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill an (out, in) weight evenly within ±gain·√(6 / (in + out)).

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, rng: Seed = None) -> Tensor:
    """Fill an (out, in) weight normally, with deviation gain·√(2 / (in + out))."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), rng)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Seed = None,
) -> Tensor:
    """Fill an (out, in) weight evenly within ±gain·√(3 / fan), `a` being the slope below 0.

    Source: He et al., "Delving deep into rectifiers", arXiv 1502.01852, section 2.2.
    """
    bound = math.sqrt(3.0) * _kaiming_deviation(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: Seed = None,
) -> Tensor:
    """Fill an (out, in) weight normally, with deviation gain/√fan; see `kaiming_uniform_`."""
    return normal_(tensor, 0.0, _kaiming_deviation(tensor, a, mode, nonlinearity), rng)


def _kaiming_deviation(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    one_of(("fan_in", "fan_out"), mode=mode)
    fan = _fans(tensor)[mode == "fan_out"]
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _fans(tensor: Tensor) -> tuple[int, int]:
    """Return how many inputs and outputs each unit of an (out, in, ...) weight has."""
    if tensor.ndim < 2:
        raise InputError(
            f"a weight of shape {tensor.shape} has no fan-in and fan-out: it needs two axes or "
            f"more, (out, in, ...); use uniform_ or zeros_ for a bias"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field
