"""Samples derived from an op's own: the shapes, values and layouts that people forget.

A derived sample may lie outside the op's domain; whoever uses it drops it if the forward refuses
it or gives something that is not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array

TINY, LARGE = 1e-8, 1e8


def is_float(array: Array) -> bool:
    """Whether an array holds floating numbers."""
    return bool(np.issubdtype(array.dtype, np.floating))


def is_index(array: Any) -> bool:
    """Whether a value is an array of several integers."""
    return (
        isinstance(array, np.ndarray) and np.issubdtype(array.dtype, np.integer) and array.size > 1
    )


def changed(sample: Sample, change: Callable[[Array], Array]) -> Sample:
    """Return the sample with `change` applied to its floating inputs."""
    return Sample(
        *[change(arg) if is_float(arg) else arg for arg in sample.args], **sample.attributes
    )


def cast(sample: Sample, dtype: Any) -> Sample:
    """Return the sample with floating inputs of another dtype."""
    return changed(sample, lambda array: array.astype(dtype))


def with_gaps(array: Array) -> Array:
    """Return the same values in memory that is neither C- nor Fortran-contiguous."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def transposed(array: Array) -> Array:
    """Return the same values with the last axis first in memory."""
    return np.array(array, order="F")


def reversed_memory(array: Array) -> Array:
    """Return the same values with negative strides."""
    index: tuple[Any, ...] = (..., *[slice(None, None, -1)] * array.ndim)
    reversed_array: Array = array[index].copy()[index]
    return reversed_array


LAYOUTS = {"with gaps": with_gaps, "transposed": transposed, "reversed": reversed_memory}


def laid_out(sample: Sample, layout: Callable[[Array], Array]) -> Sample:
    """Return the sample with every array in another memory layout."""
    return Sample(*[layout(arg) for arg in sample.args], **sample.attributes)


def scaled(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with tiny and with large values."""
    for factor in (TINY, LARGE):
        yield f"inputs times {factor:g}", changed(sample, lambda a, f=factor: a * f)  # type: ignore[misc]


def shaped(op: Op, sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample emptied along each of its sizes, as single values, and broadcast."""
    if not any("shape" in name for name in sample.attributes):
        sizes = {size for arg in sample.args for size in arg.shape if size}
        for size in sorted(sizes):
            yield f"axes of {size} emptied", _resized(sample, size)
    if not all(arg.size for arg in sample.args):
        return
    # An axis or an index in the attributes, or a mask beside, belongs to the arrays' shapes.
    if not any(map(_tells_of_shape, sample.attributes.values())) and (
        op.broadcasts or all(map(is_float, sample.args))
    ):
        yield "single values", changed(sample, lambda a: a.reshape(-1)[0].reshape(()))
    if op.broadcasts:
        yield from _broadcast(sample)


def valued(sample: Sample, rng: np.random.Generator) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with an exact zero in each floating input."""

    def put_zero(array: Array) -> Array:
        array = array.copy()
        if array.size:
            array.reshape(-1)[rng.integers(array.size)] = 0.0
        return array

    yield "a zero in each input", changed(sample, put_zero)


def repeated(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with indices that repeat, within an input and from one to another."""
    found = [i for i, arg in enumerate(sample.args) if is_index(arg)]
    named = [name for name, value in sample.attributes.items() if is_index(value)]
    if not found and not named:
        return

    def made(change: Callable[[Array], Array]) -> Sample:
        args = [change(arg) if i in found else arg for i, arg in enumerate(sample.args)]
        attributes = {
            name: change(value) if name in named else value
            for name, value in sample.attributes.items()
        }
        return Sample(*args, **attributes)

    def doubled(array: Array) -> Array:
        array = array.copy()
        flat = array.reshape(-1)
        flat[1::2] = flat[: 2 * (flat.size // 2) : 2]
        return array

    yield "pairs of equal indices", made(doubled)
    yield "all indices equal within an input", made(lambda a: np.full_like(a, a.reshape(-1)[0]))
    first = sample.args[found[0]] if found else sample.attributes[named[0]]
    if len(found) > 1:
        value = first.reshape(-1)[0]
        yield "all indices equal", made(lambda a: np.full_like(a, value))

        def sharing(array: Array) -> Array:
            array = array.copy()
            flat = array.reshape(-1)
            count = min(flat.size, first.size)
            flat[:count:2] = first.reshape(-1)[:count:2]
            return array

        yield "indices shared by the inputs", made(sharing)


def _tells_of_shape(value: Any) -> bool:
    return not isinstance(value, bool | float | str | type(None))


def _resized(sample: Sample, size: int) -> Sample:
    """Return the sample with every axis of this size emptied."""

    def emptied(array: Array) -> Array:
        return array[tuple(slice(0, 0 if n == size else None) for n in array.shape)]

    return Sample(*[emptied(arg) for arg in sample.args], **sample.attributes)


def _broadcast(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with one floating input at a time cut to a part that broadcasts."""
    floats = [i for i, arg in enumerate(sample.args) if is_float(arg)]
    if len(floats) < 2 or len({sample.args[i].shape for i in floats}) > 1:
        return  # nothing to broadcast, or it does so already
    for i in floats:
        arg = sample.args[i]
        cuts = [arg[tuple(slice(0, 1 if a == axis else None) for a in range(arg.ndim))]
                for axis in range(arg.ndim)]  # fmt: skip
        cuts += [arg[0]] if arg.ndim else []
        cuts += [arg.reshape(-1)[0].reshape(())] if arg.ndim else []
        for cut in cuts:
            if cut.shape != arg.shape:
                args = [*sample.args[:i], cut, *sample.args[i + 1 :]]
                yield f"input {i} of shape {cut.shape}", Sample(*args, **sample.attributes)
