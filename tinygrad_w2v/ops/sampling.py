"""Random tensors, and in-place methods that fill a tensor with random numbers.

For the same seed the numbers are PyTorch's, see ``random``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.dtypes import as_dtype
from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.out import write_out
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op
from tinygrad_w2v.engine.types import Array, DType, SizeLike, TensorLike
from tinygrad_w2v.errors import InputError
from tinygrad_w2v.ops.factory import factory, number, shape_of
from tinygrad_w2v.random import distributions
from tinygrad_w2v.random.generator import Generator, default_generator
from tinygrad_w2v.random.permutation import permutation

# --- new tensors --------------------------------------------------------------------------------


def _filled(
    array: Array, fill: Callable[..., None], *arguments: Any, generator: Generator | None
) -> Array:
    fill(array, *arguments, generator or default_generator)
    return array


@factory("tg")
def rand(*size: SizeLike, generator: Generator | None = None, dtype: DType | None) -> Array:
    """Return values of the uniform distribution on [0, 1).

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.rand(3, generator=tg.manual_seed(0))
    tensor([0.4963, 0.7682, 0.0885])
    """
    array = np.empty(shape_of(size), as_dtype(dtype))
    return _filled(array, distributions.uniform, 0.0, 1.0, generator=generator)


@factory("tg")
def randn(*size: SizeLike, generator: Generator | None = None, dtype: DType | None) -> Array:
    """Return values of the standard normal distribution."""
    array = np.empty(shape_of(size), as_dtype(dtype))
    return _filled(array, distributions.normal, 0.0, 1.0, generator=generator)


@factory("tg")
def randint(
    low: int,
    high: Any = None,
    size: SizeLike | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None,
) -> Array:
    """Return integers of the uniform distribution on [low, high).

    ``randint(high, size)`` starts at 0.
    """
    if size is None:
        low, high, size = 0, low, high
    low, high = int(number(low)), int(number(high))
    _check_range("randint", low, high)
    array = np.empty(shape_of((size,)), np.dtype(dtype or np.int64))
    return _filled(array, distributions.integers, low, high, generator=generator)


@factory("tg")
def randperm(n: int, *, generator: Generator | None = None, dtype: DType | None) -> Array:
    """Return the integers below `n` in random order."""
    order = permutation(int(n), generator or default_generator)
    return order.astype(np.dtype(dtype or np.int64), copy=False)


@factory("tg")
def rand_like(
    input: TensorLike, *, generator: Generator | None = None, dtype: DType | None
) -> Array:
    """Return values of the uniform distribution on [0, 1), of the shape and dtype of `input`."""
    array = np.empty_like(array_of(input), dtype)
    return _filled(array, distributions.uniform, 0.0, 1.0, generator=generator)


@factory("tg")
def randn_like(
    input: TensorLike, *, generator: Generator | None = None, dtype: DType | None
) -> Array:
    """Return values of the standard normal distribution, of the shape and dtype of `input`."""
    array = np.empty_like(array_of(input), dtype)
    return _filled(array, distributions.normal, 0.0, 1.0, generator=generator)


@factory("tg")
def randint_like(
    input: TensorLike,
    low: int,
    high: int | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None,
) -> Array:
    """Return integers on [low, high), of the shape and dtype of `input`."""
    low, high = (0, low) if high is None else (low, high)
    _check_range("randint_like", low, high)
    array = np.empty_like(array_of(input), dtype)
    return _filled(array, distributions.integers, low, high, generator=generator)


@factory("tg")
def normal(
    mean: TensorLike = 0.0,
    std: TensorLike = 1.0,
    size: SizeLike | None = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None,
) -> Array:
    """Return values of normal distributions.

    Parameters
    ----------
    mean, std
        Numbers, with `size`; or tensors, a value of each for each result.
    size
        The shape of the result.
    """
    if size is not None:
        array = np.empty(shape_of((size,)), as_dtype(dtype))
        return _filled(array, distributions.normal, number(mean), number(std), generator=generator)
    means, stds = array_of(mean), array_of(std)
    given = [a.dtype for a in (mean, std) if isinstance(a, Tensor) and a.dtype.kind == "f"]
    kind = np.result_type(*given) if given else as_dtype(dtype)
    array = np.empty(np.broadcast_shapes(means.shape, stds.shape), kind)
    _filled(array, distributions.normal, 0.0, 1.0, generator=generator)
    array *= stds.astype(kind)
    array += means.astype(kind)
    return array


@named("Tensor tg")
def bernoulli(
    input: TensorLike,
    p: float | None = None,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Any:
    """Return 1 with the probability in `input`, or with probability `p`, and 0 elsewhere."""
    values = array_of(input)
    result = np.empty(values.shape, values.dtype)
    if p is None and not ((values >= 0) & (values <= 1)).all():
        raise InputError("bernoulli: the probabilities must be from 0 to 1")
    distributions.bernoulli(result, values if p is None else p, generator or default_generator)
    return from_op(result, None) if out is None else write_out(out, result)


@named("tg")
def poisson(input: TensorLike, generator: Generator | None = None) -> Any:
    """Return values of Poisson distributions of the rates in `input`."""
    rates = array_of(input)
    if (rates < 0).any():
        raise InputError("poisson: the rates must not be negative")
    drawn = distributions.poisson(rates, generator or default_generator)
    return from_op(drawn.astype(rates.dtype), None)


@named("Tensor tg")
def multinomial(
    input: TensorLike,
    num_samples: int,
    replacement: bool = False,
    *,
    generator: Generator | None = None,
    out: Tensor | None = None,
) -> Any:
    """Return the indices of random categories, (num_samples,) or (rows, num_samples).

    Parameters
    ----------
    input
        Weights of the categories, (n,) or (rows, n): not negative, and not all 0 in a row.
    replacement
        Whether a category may be drawn several times.
    """
    weights = array_of(input)
    generator = generator or default_generator
    if weights.ndim not in (1, 2) or weights.dtype.kind != "f":
        raise InputError(
            f"multinomial: weights are {weights.dtype} of shape {weights.shape}: they must be "
            f"floats, (n,) or (rows, n)"
        )
    if not (np.isfinite(weights) & (weights >= 0)).all() or not weights.any(axis=-1).all():
        raise InputError(
            "multinomial: weights must be finite and not negative, and a row must not be all 0"
        )
    count = weights.shape[-1]
    if not num_samples > 0 or (not replacement and num_samples > count):
        raise InputError(
            f"multinomial: num_samples is {num_samples} of {count} categories: it must be above 0, "
            f"and without replacement at most the number of categories"
        )
    draw = _choose_again if replacement and num_samples > 1 else _choose_once
    drawn = draw(np.atleast_2d(weights), num_samples, generator)
    result = drawn if weights.ndim == 2 else drawn[0]
    return from_op(result, None) if out is None else write_out(out, result)


def _choose_once(weights: Array, samples: int, generator: Generator) -> Array:
    """Return the categories of the largest weight / exponential value, each at most once.

    Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    times = np.empty_like(weights)
    distributions.exponential(times, 1.0, generator)
    scores = weights / times
    if samples == 1:
        best: Array = np.argmax(scores, axis=1, keepdims=True)
        return best
    return np.argsort(-scores, axis=1, kind="stable")[:, :samples]


def _choose_again(weights: Array, samples: int, generator: Generator) -> Array:
    """Return categories by inversion of the cumulative distribution of each row."""
    limits = np.cumsum(weights, axis=1)
    limits /= limits[:, -1:]
    drawn = distributions.unit_double(generator, len(weights) * samples).reshape(-1, samples)
    rows = zip(limits, drawn, strict=True)
    return np.stack([np.searchsorted(limit, values) for limit, values in rows])


def _check_range(name: str, low: int, high: int) -> None:
    if low >= high:
        raise InputError(f"{name}: low is {low} and high {high}: low must be below high")


# --- in place -----------------------------------------------------------------------------------


def fill_random(tensor: Tensor, fill: Callable[..., None], *arguments: Any) -> Tensor:
    """Fill a tensor in place by a function of ``distributions``, and return the tensor.

    The result does not depend on the values before, so that nothing is recorded.
    """
    if tensor.requires_grad and MODE.enabled:
        raise RuntimeError(
            "a tensor that requires a gradient was filled with random numbers, which cannot be "
            "recorded: do it under no_grad()"
        )
    fill(tensor._data, *arguments)
    tensor.bump_version()
    return tensor


@named("Tensor.uniform_")
def _uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Fill with values of the uniform distribution on [from, to)."""
    if from_ > to:
        raise InputError(f"uniform_: the range is from {from_} to {to}: from must not exceed to")
    return fill_random(self, distributions.uniform, from_, to, generator or default_generator)


@named("Tensor.normal_")
def _normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Fill with values of a normal distribution."""
    if std < 0:
        raise InputError(f"normal_: std is {std}: it must not be negative")
    return fill_random(self, distributions.normal, mean, std, generator or default_generator)


@named("Tensor.random_")
def _random_(
    self: Tensor,
    from_: int | None = None,
    to: int | None = None,
    *,
    generator: Generator | None = None,
) -> Any:
    """Fill with integers on [from, to), on [0, to), or on all that the dtype represents exactly."""
    low, high = (0, from_) if to is None else (from_ or 0, to)
    fill = distributions.integers
    if high is None:
        high = _all_integers(self.dtype)
        fill = functools.partial(fill, is_wide=self.dtype.itemsize == 8)
    _check_range("random_", low, high)
    return fill_random(self, fill, low, high, generator or default_generator)


def _all_integers(dtype: DType) -> int:
    """Return the end of the range of ``random_()``, from 0 to the largest exact integer."""
    if dtype.kind == "f":
        return int(2 ** (np.finfo(dtype).nmant + 1)) + 1
    return 2 if dtype.kind == "b" else int(np.iinfo(dtype).max) + 1


@named("Tensor.bernoulli_")
def _bernoulli_(
    self: Tensor, p: float | Tensor = 0.5, *, generator: Generator | None = None
) -> Any:
    """Fill with 1 at probability `p`, a number or a tensor, and 0 elsewhere."""
    chance: Any = np.broadcast_to(p._data, self.shape) if isinstance(p, Tensor) else p
    if not np.all((chance >= 0) & (chance <= 1)):
        raise InputError(f"bernoulli_: p is {p!r:.80}: it must be from 0 to 1")
    return fill_random(self, distributions.bernoulli, chance, generator or default_generator)


@named("Tensor.exponential_")
def _exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Fill with values of the exponential distribution of rate `lambd`."""
    if lambd <= 0:
        raise InputError(f"exponential_: lambd is {lambd}: it must be above 0")
    return fill_random(self, distributions.exponential, lambd, generator or default_generator)


@named("Tensor.geometric_")
def _geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Any:
    """Fill with numbers of trials until the first success, of probability `p`."""
    if not 0 < p < 1:
        raise InputError(f"geometric_: p is {p}: it must be above 0 and below 1")
    return fill_random(self, distributions.geometric, p, generator or default_generator)


@named("Tensor.cauchy_")
def _cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Fill with values of the Cauchy distribution."""
    return fill_random(self, distributions.cauchy, median, sigma, generator or default_generator)


@named("Tensor.log_normal_")
def _log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Any:
    """Fill with values whose logarithm is normal, of this mean and standard deviation."""
    return fill_random(self, distributions.log_normal, mean, std, generator or default_generator)
