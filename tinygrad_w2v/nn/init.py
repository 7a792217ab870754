"""Initial values of parameters, with PyTorch's names. Each function fills a tensor in place.

`generator` is a Generator, a numpy.random.Generator or the seed of one; by default the numbers are
those of the default generator, and so PyTorch's after the same ``manual_seed``.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine import Tensor
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.errors import InputError, nearest_or_all
from tinygrad_w2v.nn.parameter import Parameter, new_parameter
from tinygrad_w2v.random import distributions
from tinygrad_w2v.random.distributions import source_of
from tinygrad_w2v.random.generator import Generator
from tinygrad_w2v.random.permutation import permutation
from tinygrad_w2v.validation import is_limited, one_of, within

Seed: TypeAlias = int | Generator | np.random.Generator | None
"""Source of random values: a generator, the seed of a NumPy generator, or None for the default."""

FanMode: TypeAlias = Literal["fan_in", "fan_out"]


def uniform_parameter(shape: Shape, bound: float, rng: Seed, dtype: npt.DTypeLike) -> Parameter:
    """Return a parameter with values uniform within ±bound."""
    parameter = new_parameter(shape, dtype)
    uniform_(parameter, -bound, bound, rng)
    return parameter


def _fill(tensor: Tensor, values: Array | float) -> Tensor:
    tensor._data[...] = values
    tensor.bump_version()
    return tensor


def _draw(tensor: Tensor, fill: Callable[..., None], *arguments: float, generator: Seed) -> Tensor:
    """Fill with random numbers by a function of ``random.distributions``."""
    if not is_limited():  # else a model is being loaded: its file has the values
        fill(tensor._data, *arguments, source_of(generator))
        tensor.bump_version()
    return tensor


def _check_matrix(name: str, tensor: Tensor, most: float = 2) -> None:
    if not 2 <= tensor.ndim <= most:
        raise InputError(
            f"{name} fills matrices, this tensor has shape {tensor.shape}: use two axes"
        )


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros."""
    return _fill(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones."""
    return _fill(tensor, 1.0)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with one value."""
    return _fill(tensor, val)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Seed = None) -> Tensor:
    """Fill with values of the uniform distribution on [a, b)."""
    return _draw(tensor, distributions.uniform, a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Seed = None) -> Tensor:
    """Fill with values of a normal distribution."""
    return _draw(tensor, distributions.normal, mean, std, generator=generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Seed = None,
) -> Tensor:
    """Fill with values of a normal distribution within [a, b].

    `a` and `b` are values, not multiples of the standard deviation.
    """
    if not a < b:
        raise InputError(f"trunc_normal_: a is {a} and b {b}: a must be below b")
    return _draw(tensor, distributions.truncated_normal, mean, std, a, b, generator=generator)


def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity."""
    _check_matrix("eye_", tensor)
    return _fill(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill a convolution's weight, (O, I, ...), so that it copies input channels to its output.

    In each group, as many channels are copied as both the input and the output have.
    """
    if tensor.ndim < 3 or tensor.shape[0] % groups:
        raise InputError(
            f"dirac_ with {groups} groups fills weights (out, in, ...) with out divisible by "
            f"groups, this one has shape {tensor.shape}: use three axes or more"
        )
    values = np.zeros(tensor.shape)
    outputs = tensor.shape[0] // groups
    centre = tuple(size // 2 for size in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(outputs, tensor.shape[1])):
            place = (group * outputs + channel, channel, *centre)
            values[place] = 1.0
    return _fill(tensor, values)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Seed = None) -> Tensor:
    """Fill a (rows, ...) weight with `gain` times a matrix of orthonormal rows or columns.

    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear
    neural networks", arXiv 1312.6120.
    """
    _check_matrix("orthogonal_", tensor, most=math.inf)
    rows = tensor.shape[0]
    flat = np.empty((rows, tensor.numel() // rows), tensor.dtype)
    distributions.normal(flat, 0.0, 1.0, source_of(generator))
    is_tall = flat.shape[0] >= flat.shape[1]
    q, r = np.linalg.qr(flat if is_tall else flat.T)
    q *= np.sign(np.diagonal(r))  # makes the draw uniform over orthogonal matrices
    return _fill(tensor, gain * (q if is_tall else q.T).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Seed = None) -> Tensor:
    """Fill a matrix with normal values, and a fraction `sparsity` of each column with zeros.

    Source: Martens, "Deep learning via Hessian-free optimization", 2010.
    """
    _check_matrix("sparse_", tensor)
    within(0, 1, sparsity=sparsity)
    source = source_of(generator)
    normal_(tensor, 0.0, std, source)
    rows, columns = tensor.shape
    for column in range(columns):
        order = permutation(rows, source)
        tensor._data[order[: math.ceil(sparsity * rows)], column] = 0.0
    return tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return PyTorch's recommended scale of a weight that precedes a nonlinearity.

    Parameters
    ----------
    nonlinearity
        ``"linear"``, ``"conv1d"`` to ``"conv3d"``, ``"conv_transpose1d"`` to
        ``"conv_transpose3d"``, ``"sigmoid"``, ``"tanh"``, ``"relu"``, ``"leaky_relu"`` or
        ``"selu"``.
    param
        Negative slope of ``"leaky_relu"``; 0.01 by default.

    Examples
    --------
    >>> calculate_gain("relu") ** 2
    2.0000000000000004
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        **{f"conv{transpose}{n}d": 1.0 for transpose in ("", "_transpose") for n in (1, 2, 3)},
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1 + slope * slope)),
        "selu": 0.75,
    }
    if nonlinearity not in gains:
        hint = nearest_or_all(nonlinearity, gains)
        raise InputError(f"nonlinearity is {nonlinearity!r}: {hint}")
    return gains[nonlinearity]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Seed = None) -> Tensor:
    """Fill an (out, in, ...) weight uniformly within ±gain · √(6 / (fan_in + fan_out)).

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 16.
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Seed = None) -> Tensor:
    """Fill with normal values of standard deviation gain · √(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Seed = None,
) -> Tensor:
    """Fill an (out, in, ...) weight uniformly within ±gain · √(3 / fan).

    The gain is that of :func:`calculate_gain`, with `a` as the negative slope of a leaky ReLU.

    Source: He et al., "Delving deep into rectifiers", arXiv 1502.01852, section 2.2.
    """
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: FanMode = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Seed = None,
) -> Tensor:
    """Fill with normal values of standard deviation gain / √fan; see :func:`kaiming_uniform_`."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    one_of(("fan_in", "fan_out"), mode=mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(_fans(tensor)[mode == "fan_out"])


def _fans(tensor: Tensor) -> tuple[int, int]:
    """Return the fan-in and the fan-out of an (out, in, ...) weight."""
    if tensor.ndim < 2:
        raise InputError(
            f"a weight of shape {tensor.shape} has no fan-in and fan-out: it needs two axes or "
            f"more, (out, in, ...); use uniform_ or zeros_ for a bias"
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _renamed(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Return a function under its former name, without the underscore."""
    name = function.__name__.removesuffix("_")

    @functools.wraps(function)
    def former(*args: Any, **options: Any) -> Tensor:
        warnings.warn(
            f"nn.init.{name} is deprecated: use nn.init.{name}_", FutureWarning, stacklevel=2
        )
        return function(*args, **options)

    return former


uniform = _renamed(uniform_)
normal = _renamed(normal_)
constant = _renamed(constant_)
eye = _renamed(eye_)
dirac = _renamed(dirac_)
xavier_uniform = _renamed(xavier_uniform_)
xavier_normal = _renamed(xavier_normal_)
kaiming_uniform = _renamed(kaiming_uniform_)
kaiming_normal = _renamed(kaiming_normal_)
orthogonal = _renamed(orthogonal_)
sparse = _renamed(sparse_)
