"""Samples derived from an op's own: shapes, values and memory layouts that are often forgotten.

A derived sample may lie outside the op's domain. The caller drops it if the forward rejects it or
returns values that are not finite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.testing.checked_function import is_floating

_TINY, _LARGE = 1e-8, 1e8


def changed(sample: Sample, change: Callable[[Array], Array]) -> Sample:
    """Return the sample with `change` applied to its floating inputs."""
    args = [change(arg) if is_floating(arg) else arg for arg in sample.args]
    return Sample(*args, **sample.attributes)


# --- memory layouts ------------------------------------------------------------------------------


def _with_gaps(array: Array) -> Array:
    """Return the same values in memory that is neither C- nor Fortran-contiguous."""
    wide = np.zeros((*array.shape, 2), array.dtype)
    wide[..., 0] = array
    return wide[..., 0]


def _reversed_memory(array: Array) -> Array:
    """Return the same values with negative strides."""
    index: tuple[Any, ...] = (..., *[slice(None, None, -1)] * array.ndim)
    reversed_array: Array = array[index].copy()[index]
    return reversed_array


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "with gaps": _with_gaps,
    "transposed": lambda array: np.array(array, order="F"),
    "reversed": _reversed_memory,
}


def laid_out(sample: Sample, layout: Callable[[Array], Array]) -> Sample:
    """Return the sample with every array in another memory layout."""
    return Sample(*map(layout, sample.args), **sample.attributes)


# --- values and shapes ---------------------------------------------------------------------------


def scaled(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with tiny and with large values."""
    for factor in (_TINY, _LARGE):
        yield f"inputs times {factor:g}", changed(sample, lambda a, f=factor: a * f)  # type: ignore[misc]


def with_zeros(sample: Sample, rng: np.random.Generator) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with an exact zero in each floating input."""

    def put_zero(array: Array) -> Array:
        array = array.copy()
        if array.size:
            array.reshape(-1)[rng.integers(array.size)] = 0.0
        return array

    yield "a zero in each input", changed(sample, put_zero)


def reshaped(op: Op, sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with empty axes, as single values, and broadcast."""
    if not any("shape" in name for name in sample.attributes):
        for size in sorted({size for arg in sample.args for size in arg.shape if size}):
            yield f"axes of {size} emptied", _emptied(sample, size)
    if not all(arg.size for arg in sample.args):
        return
    # An axis, an index or a mask among the attributes depends on the shapes of the arrays.
    has_shapes = not all(
        isinstance(value, bool | float | str | type(None)) for value in sample.attributes.values()
    )
    if not has_shapes and (op.broadcasts or all(map(is_floating, sample.args))):
        yield "single values", changed(sample, lambda a: a.reshape(-1)[0].reshape(()))
    if op.broadcasts:
        yield from _broadcast(sample)


def _emptied(sample: Sample, size: int) -> Sample:
    """Return the sample with every axis of this size emptied."""

    def empty(array: Array) -> Array:
        return array[tuple(slice(0, 0 if n == size else None) for n in array.shape)]

    return Sample(*map(empty, sample.args), **sample.attributes)


def _broadcast(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with one floating input at a time reduced to a part that broadcasts."""
    floats = [i for i, arg in enumerate(sample.args) if is_floating(arg)]
    if len(floats) < 2 or len({sample.args[i].shape for i in floats}) > 1:
        return  # nothing to broadcast, or it does so already
    for i in floats:
        arg = sample.args[i]
        parts = [
            arg[tuple(slice(0, 1 if a == axis else None) for a in range(arg.ndim))]
            for axis in range(arg.ndim)
        ]
        parts += [arg[0], arg.reshape(-1)[0].reshape(())] if arg.ndim else []
        for part in parts:
            if part.shape != arg.shape:
                args = [*sample.args[:i], part, *sample.args[i + 1 :]]
                yield f"input {i} of shape {part.shape}", Sample(*args, **sample.attributes)


# --- indices -------------------------------------------------------------------------------------


def with_repeated_indices(sample: Sample) -> Iterator[tuple[str, Sample]]:
    """Yield the sample with indices that repeat, within an input and between inputs."""
    indices = [arg for arg in (*sample.args, *sample.attributes.values()) if _is_index(arg)]
    if not indices:
        return
    first = indices[0].reshape(-1)

    def make(change: Callable[[Array], Array]) -> Sample:
        args = [change(arg) if _is_index(arg) else arg for arg in sample.args]
        attributes = {
            name: change(value) if _is_index(value) else value
            for name, value in sample.attributes.items()
        }
        return Sample(*args, **attributes)

    def doubled(array: Array) -> Array:
        array = array.copy()
        flat = array.reshape(-1)
        flat[1::2] = flat[: 2 * (flat.size // 2) : 2]
        return array

    def shared(array: Array) -> Array:
        array = array.copy()
        count = min(array.size, first.size)
        array.reshape(-1)[:count:2] = first[:count:2]
        return array

    yield "pairs of equal indices", make(doubled)
    yield "all indices equal within an input", make(lambda a: np.full_like(a, a.reshape(-1)[0]))
    if len(indices) > 1:
        yield "all indices equal", make(lambda a: np.full_like(a, first[0]))
        yield "indices shared by the inputs", make(shared)


def _is_index(array: Any) -> bool:
    """Whether a value is an array of several integers."""
    return (
        isinstance(array, np.ndarray) and np.issubdtype(array.dtype, np.integer) and array.size > 1
    )
