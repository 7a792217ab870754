"""Arrays of random numbers from a Generator, derived from its words as PyTorch does on the CPU.

The functions fill an array in place. `Source` may also be a numpy.random.Generator, whose numbers
are NumPy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from tinygrad_w2v.engine import tensor
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.random.generator import Generator, default_generator

Source: TypeAlias = "Generator | np.random.Generator"
"""A generator of random numbers."""

SeedLike: TypeAlias = "int | Generator | np.random.Generator | None"
"""A source, the seed of a NumPy generator, or None for the default generator."""

_BLOCK = 1 << 16
"""Values computed at a time, a multiple of 16: workspaces stay in the processor's cache."""

_GROUP = 16
"""Normal values are computed in groups of this size."""

_SMALL_RANGE = 1 << 28
"""Integers of a smaller range take one word, others two."""


def source_of(seed: SeedLike) -> Source:
    """Return the generator of a seed."""
    if seed is None:
        return default_generator
    return seed if isinstance(seed, Generator) else np.random.default_rng(seed)


def numpy_generator(seed: SeedLike) -> np.random.Generator:
    """Return a NumPy generator; without a seed, one seeded by the default generator."""
    source = source_of(seed)
    if isinstance(source, np.random.Generator):
        return source
    return np.random.default_rng([int(word) for word in source.words(4)])


def state_of(source: Source) -> Any:
    """Return the state of a generator, as JSON can store it."""
    if isinstance(source, Generator):
        return source.get_state().tolist()
    return source.bit_generator.state


def generator_with(state: Any) -> Source:
    """Return a generator with a state that :func:`state_of` returned."""
    if isinstance(state, list):
        return Generator().set_state(tensor(state, np.uint8))
    generator = np.random.default_rng(0)
    generator.bit_generator.state = state
    return generator


# --- words to numbers ---------------------------------------------------------------------------


def unit_single(generator: Generator, count: int) -> Array:
    """Return float32 values in [0, 1): 24 bits of a word."""
    words = generator.words(count)
    words &= 0xFFFFFF
    values = words.astype(np.float32)
    values *= np.float32(2.0**-24)
    return values


def unit_double(generator: Generator, count: int) -> Array:
    """Return float64 values in [0, 1): 53 bits of two words, of which the first is the higher."""
    words = generator.words(2 * count)
    values: Array = (words[::2] & 0x1FFFFF) * 4294967296.0
    values += words[1::2]
    values *= 2.0**-53
    return values


def _unit(generator: Generator, count: int, dtype: np.dtype[Any]) -> Array:
    return (unit_double if dtype == np.float64 else unit_single)(generator, count)


def _fill(array: Array, draw: Callable[[int], Array]) -> None:
    """Fill an array block by block, in the order of its memory."""
    if array.flags.c_contiguous:
        flat = array.reshape(-1)
        for start in range(0, flat.size, _BLOCK):
            block = flat[start : start + _BLOCK]
            block[...] = draw(block.size)
    elif array.size:
        order = np.argsort([-abs(stride) for stride in array.strides], kind="stable")
        view = array.transpose(order)
        view[...] = draw(array.size).reshape(view.shape)


def _scaled(values: Array, low: float, high: float) -> Array:
    """Return ``values * (high - low) + low`` with one rounding, as a fused multiply-add has."""
    if low == 0.0 and high == 1.0:
        return values
    if values.dtype == np.float32:
        start = np.float32(low)
        span = np.float32(high) - start
        product: Array = values * np.float64(span)  # exact
        product += start
        return product.astype(np.float32)
    return _fused(values, high - low, low)


def _fused(x: Array, scale: float, shift: float) -> Array:
    """Return ``x * scale + shift`` in float64, rounded once (Dekker's and Knuth's exact sums)."""
    split = 134217729.0  # 2**27 + 1
    product = x * scale
    x_high = x * split - (x * split - x)
    scale_high = scale * split - (scale * split - scale)
    x_low, scale_low = x - x_high, scale - scale_high
    error = ((x_high * scale_high - product) + x_high * scale_low) + x_low * scale_high
    error += x_low * scale_low
    total: Array = product + shift
    part = total - product
    error += (product - (total - part)) + (shift - part)
    total += error
    return total


# --- distributions ------------------------------------------------------------------------------


def uniform(array: Array, low: float, high: float, source: Source) -> None:
    """Fill with values of the uniform distribution on [low, high)."""
    if isinstance(source, np.random.Generator):
        _fill(array, lambda count: source.uniform(low, high, count))
    else:
        kind = array.dtype
        _fill(array, lambda count: _scaled(_unit(source, count, kind), low, high))


def normal(array: Array, mean: float, std: float, source: Source) -> None:
    """Fill with values of a normal distribution."""
    if isinstance(source, np.random.Generator):
        _fill(array, lambda count: source.normal(mean, std, count))
    elif array.size < _GROUP or not array.flags.c_contiguous:
        _fill(array, lambda count: _normal_pairs(source, count) * std + mean)
    else:
        _fill_groups(array.reshape(-1), mean, std, source)


def _fill_groups(flat: Array, mean: float, std: float, source: Generator) -> None:
    """Fill a vector with normal values in groups of 16; the last 16 form a group of their own."""
    kind = np.promote_types(flat.dtype, np.float32)

    def fill(part: Array) -> None:
        values = _normal_groups(_unit(source, part.size, kind))
        values *= kind.type(std)
        values += kind.type(mean)
        part[...] = values

    whole = flat.size // _GROUP * _GROUP
    for start in range(0, whole, _BLOCK):
        fill(flat[start : min(start + _BLOCK, whole)])
    if whole < flat.size:
        _unit(source, flat.size - whole, kind)  # PyTorch draws these, and draws the last 16 again
        fill(flat[-_GROUP:])


def _normal_groups(uniforms: Array) -> Array:
    """Return normal values by Box and Muller's transform of each group's two halves."""
    halves = uniforms.reshape(-1, 2, _GROUP // 2)
    kind = uniforms.dtype.type
    radius = kind(1) - halves[:, 0]
    np.log(radius, out=radius)
    radius *= kind(-2)
    np.sqrt(radius, out=radius)
    angle = kind(2 * math.pi) * halves[:, 1]
    result = np.empty_like(halves)
    np.multiply(np.cos(angle), radius, out=result[:, 0])
    np.multiply(np.sin(angle), radius, out=result[:, 1])
    return result.reshape(-1)


def _normal_pairs(generator: Generator, count: int) -> Array:
    """Return normal values, float64, by Box and Muller's transform of pairs.

    The second value of the last pair is saved in the generator if it is not needed.
    """
    saved = [] if generator.next_normal is None or not count else [generator.next_normal]
    pairs = (count - len(saved) + 1) // 2
    uniforms = unit_double(generator, 2 * pairs)
    radius, angle = np.sqrt(-2.0 * np.log1p(-uniforms[1::2])), 2.0 * math.pi * uniforms[::2]
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)
    values = np.concatenate([saved, values])
    if count:
        generator.next_normal = float(values[count]) if len(values) > count else None
    return values[:count]


def truncated_normal(
    array: Array, mean: float, std: float, low: float, high: float, source: Source
) -> None:
    """Fill with values of a normal distribution within [low, high], by rejection.

    If less than 0.3 of the distribution lies in the range, candidates are uniform in it.
    """
    scale = std * math.sqrt(2.0)
    inside = math.erf((high - mean) / scale) - math.erf((low - mean) / scale)
    fresh = np.empty_like(array)
    if inside / 2.0 > 0.3:
        least, most = array.dtype.type(low), array.dtype.type(high)
        normal(array, mean, std, source)
        while (outside := (array < least) | (array > most)).any():
            normal(fresh, mean, std, source)
            array[outside] = fresh[outside]
        return
    peak = -0.5 * ((max(low, min(mean, high)) - mean) / std) ** 2
    heights, pending = np.empty_like(array), np.ones(array.shape, bool)
    while pending.any():
        uniform(fresh, low, high, source)
        uniform(heights, 0.0, 1.0, source)
        array[pending] = fresh[pending]
        with np.errstate(divide="ignore"):
            pending &= np.log(heights) > ((fresh - mean) / std) ** 2 * -0.5 - peak


def keep_mask(shape: tuple[int, ...], p: float, source: Source) -> Array:
    """Return a boolean array that is False at probability `p`, as dropout draws it."""
    if isinstance(source, np.random.Generator):
        drawn: Array = source.random(shape, dtype=np.float32)
        kept: Array = drawn >= np.float32(p)
        return kept
    mask = np.empty(shape, bool)
    bernoulli(mask, 1.0 - p, source)
    return mask


def integers(
    array: Array, low: int, high: int, source: Source, *, is_wide: bool | None = None
) -> None:
    """Fill with integers of the uniform distribution on [low, high).

    `is_wide` states whether each takes two words; by default it depends on the range.
    """
    span = high - low
    if isinstance(source, np.random.Generator):
        _fill(array, lambda count: source.integers(low, high, count))
        return
    if is_wide is None:
        is_wide = span >= _SMALL_RANGE

    def draw(count: int) -> Array:
        words = source.words(2 * count if is_wide else count)
        if is_wide:
            words = (words[::2].astype(np.uint64) << np.uint64(32)) | words[1::2]
            if span < 1 << 64:
                words %= np.uint64(span)
        else:
            words %= words.dtype.type(span)
        return words.astype(np.int64) + low if low or array.dtype.kind == "f" else words

    _fill(array, draw)


def bernoulli(array: Array, p: float | Array, generator: Generator) -> None:
    """Fill with 1 at probability `p`, a number or an array of this shape, and 0 elsewhere."""
    if isinstance(p, np.ndarray):
        drawn = _unit(generator, array.size, p.dtype).reshape(array.shape)
        array[...] = drawn < p
    else:
        _fill(array, lambda count: unit_double(generator, count) < p)


def exponential(array: Array, rate: float, generator: Generator) -> None:
    """Fill with values of the exponential distribution, −log(1 − u) / rate."""

    def draw(count: int) -> Array:
        values = unit_double(generator, count)
        np.negative(values, out=values)
        np.log1p(values, out=values)
        values *= -1.0 / rate
        return values

    _fill(array, draw)


def geometric(array: Array, p: float, generator: Generator) -> None:
    """Fill with numbers of trials until the first success, ⌈log u / log(1 − p)⌉."""
    _fill(
        array,
        lambda count: np.ceil(np.log(unit_double(generator, count)) / math.log1p(-p)),
    )


def cauchy(array: Array, median: float, sigma: float, generator: Generator) -> None:
    """Fill with values of the Cauchy distribution, median + sigma · tan(π (u − ½))."""
    _fill(
        array,
        lambda count: median + sigma * np.tan(np.pi * (unit_double(generator, count) - 0.5)),
    )


def log_normal(array: Array, mean: float, std: float, generator: Generator) -> None:
    """Fill with values whose logarithm is normally distributed."""
    _fill(array, lambda count: np.exp(_normal_pairs(generator, count) * std + mean))


def poisson(rates: Array, generator: Generator) -> Array:
    """Return values of Poisson distributions of these rates, computed one after another."""
    values = [_poisson(float(rate), generator) for rate in rates.reshape(-1)]
    return np.array(values, np.float64).reshape(rates.shape)


def _poisson(rate: float, generator: Generator) -> float:
    """Return one value; below a rate of 10 by multiplication (Knuth), else by rejection.

    Source: Hörmann, "The transformed rejection method for generating Poisson random variables",
    1993, algorithm PTRS.
    """

    def draw() -> float:
        return float(unit_double(generator, 1)[0])

    if rate == 0.0:
        return 0.0
    if rate < 10.0:
        count, product, limit = 0, draw(), math.exp(-rate)
        while product > limit:
            count, product = count + 1, product * draw()
        return float(count)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    squeeze = 0.9277 - 3.6224 / (b - 2.0)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k = math.floor((2.0 * a / us + b) * u + rate + 0.43)
        if us >= 0.07 and v <= squeeze:
            return float(k)
        if k < 0 or (us < 0.013 and v > us):
            continue
        left = math.log(v) + math.log(inverse_alpha) - math.log(a / (us * us) + b)
        if left <= -rate + k * math.log(rate) - math.lgamma(k + 1.0):
            return float(k)
