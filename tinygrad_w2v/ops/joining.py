"""Joining, splitting, repeating and padding arrays."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.tensor import Tensor, operand
from tinygrad_w2v.engine.types import Array, Shape, TensorLike
from tinygrad_w2v.ops.indexing import at, getitem
from tinygrad_w2v.ops.samples import normal
from tinygrad_w2v.ops.shape import unpacked

PadMode = Literal["constant", "edge", "reflect", "symmetric", "wrap"]

# --- joining ------------------------------------------------------------------------------------


@op(promotes="arrays", samples=normal([(2, 3), (1, 3)], [(2, 1), (2, 0), (2, 3), {"axis": -1}]))
def concatenate(*arrays: Array, axis: int = 0) -> Array:
    """Join arrays along an existing axis."""
    if not arrays:
        raise ValueError("concatenate: no arrays are given: give at least one")
    return np.concatenate(arrays, axis=axis)


@concatenate.backward("arrays")
def _split_gradient(
    g: Any, needs: tuple[bool, ...], shapes: tuple[Shape, ...], axis: int
) -> list[Any]:
    ends = itertools.accumulate((shape[axis] for shape in shapes), initial=0)
    return [
        g[at(axis, g, slice(start, end))] if is_wanted else None
        for is_wanted, (start, end) in zip(needs, itertools.pairwise(ends), strict=True)
    ]


@op(
    promotes="arrays",
    samples=normal(
        [(2, 3), (2, 3)], [(3,), (3,), (3,), {"axis": -1}], [(), ()], [(0, 2), (0, 2), {"axis": 1}]
    ),
)
def stack(*arrays: Array, axis: int = 0) -> Array:
    """Join arrays of one shape along a new axis."""
    if not arrays:
        raise ValueError("stack: no arrays are given: give at least one")
    return np.stack(arrays, axis=axis)


@stack.backward("arrays")
def _unstack(g: Any, needs: tuple[bool, ...], axis: int) -> list[Any]:
    return [g[at(axis, g, i)] if is_wanted else None for i, is_wanted in enumerate(needs)]


@named("tg F tg.concat tg.concatenate")
def cat(tensors: Sequence[TensorLike], axis: int = 0) -> Any:
    """Join tensors along an existing axis: :func:`concatenate` of a sequence.

    As in PyTorch, an empty vector may stand among tensors of more axes and is ignored.
    """
    try:
        return concatenate(*tensors, axis=axis)
    except ValueError:
        others = [tensor for tensor in tensors if np.shape(tensor) != (0,)]
        if len(others) in (0, len(tensors)):
            raise
        return concatenate(*others, axis=axis)


@named("tg.stack F.stack np.stack")
def _stack_sequence(arrays: Sequence[TensorLike], axis: int = 0) -> Any:
    """Join tensors of one shape along a new axis."""
    return stack(*arrays, axis=axis)


@named("np.concatenate")
def _numpy_concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    return cat([np.reshape(a, -1) for a in arrays], 0) if axis is None else cat(arrays, axis)


@named("tg.vstack tg.row_stack np.vstack")
def _numpy_vstack(tensors: Sequence[Any]) -> Any:
    """Join along the first axis; vectors are rows."""
    return cat([a if np.ndim(a) > 1 else np.reshape(a, (1, -1)) for a in tensors])


@named("tg.hstack np.hstack")
def _numpy_hstack(tensors: Sequence[Any]) -> Any:
    """Join along the second axis, vectors along their only one."""
    parts = [a if np.ndim(a) else np.reshape(a, (1,)) for a in tensors]
    return cat(parts, axis=0 if np.ndim(parts[0]) == 1 else 1)


@named("tg.dstack np.dstack")
def _depth_stack(tensors: Sequence[Any]) -> Any:
    """Join along the third axis, after adding axes to vectors and matrices."""
    wide = [np.reshape(a, (1, -1)) if np.ndim(a) < 2 else operand(a) for a in tensors]
    return cat([np.expand_dims(a, -1) if a.ndim == 2 else a for a in wide], 2)


# --- splitting ----------------------------------------------------------------------------------


@named("Tensor tg F")
def split(x: TensorLike, split_size: int | Sequence[int], axis: int = 0) -> tuple[Any, ...]:
    """Split along an axis into parts of one size, the last possibly smaller, or of given sizes.

    Examples
    --------
    >>> import numpy as np
    >>> [part.tolist() for part in split(np.arange(5), 2)]
    [[0, 1], [2, 3], [4]]
    """
    array: Any = operand(x)
    size = array.shape[axis]
    if isinstance(split_size, int):
        if split_size < 1:
            raise ValueError(f"split: split_size is {split_size}: it must be at least 1")
        ends = [*range(split_size, size, split_size), size]
    else:
        ends = np.cumsum(split_size).tolist()
        if not ends or ends[-1] != size or min(split_size) < 0:
            raise ValueError(
                f"split: sizes {list(split_size)} add up to {ends[-1] if ends else 0}, axis "
                f"{axis} of shape {array.shape} has {size}: the two must be equal"
            )
    parts = itertools.pairwise([0, *ends])
    return tuple(array[at(axis, array, slice(start, end))] for start, end in parts)


@named("Tensor tg")
def split_with_sizes(x: TensorLike, split_sizes: Sequence[int], axis: int = 0) -> tuple[Any, ...]:
    """Split along an axis into parts of given sizes."""
    return split(x, split_sizes, axis)


@named("Tensor tg F")
def chunk(x: TensorLike, chunks: int, axis: int = 0) -> tuple[Any, ...]:
    """Split along an axis into at most `chunks` parts of one size, the last possibly smaller."""
    if chunks < 1:
        raise ValueError(f"chunk: chunks is {chunks}: it must be at least 1")
    size = np.shape(x)[axis]
    return split(x, max(-(-size // chunks), 1), axis)


@named("np.split")
def _numpy_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    size = np.shape(ary)[axis]
    if isinstance(indices_or_sections, int):
        if size % indices_or_sections:
            raise ValueError(
                f"np.split: axis {axis} of size {size} cannot be split into {indices_or_sections} "
                f"equal parts: use chunk()"
            )
        return list(split(ary, size // indices_or_sections or 1, axis))
    ends = [*indices_or_sections, size]
    return list(split(ary, np.diff(ends, prepend=0).tolist(), axis))


@named("Tensor tg F")
def unbind(x: TensorLike, axis: int = 0) -> tuple[Any, ...]:
    """Return the slices along an axis, without that axis."""
    array: Any = operand(x)
    return tuple(array[at(axis, array, i)] for i in range(array.shape[axis]))


# --- repeating ----------------------------------------------------------------------------------


@named("Tensor.repeat")
def _repeat_method(self: Tensor, *times: int | tuple[int, ...]) -> Any:
    """Repeat the whole tensor along each axis, as in PyTorch, unlike ``numpy.repeat``."""
    return tile(self, unpacked(times))


@named("Tensor.tile")
def _tile_method(self: Tensor, *dims: int | tuple[int, ...]) -> Any:
    """Repeat the whole tensor along each axis, as :func:`tile`."""
    return tile(self, unpacked(dims))


@named("tg F np.tile(reps=dims)")
def tile(x: TensorLike, dims: int | Sequence[int]) -> Any:
    """Repeat the whole array along each axis, as ``numpy.tile`` and PyTorch's ``repeat``.

    Examples
    --------
    >>> import numpy as np
    >>> tile(np.array([1, 2]), (2, 2))
    array([[1, 2, 1, 2],
           [1, 2, 1, 2]])
    """
    array: Any = operand(x)
    times = [dims] if isinstance(dims, int) else list(dims)
    sizes = [1] * (len(times) - array.ndim) + list(array.shape)
    times = [1] * (len(sizes) - len(times)) + times
    # Each axis becomes two, (1, size), and the first is broadcast.
    apart = np.reshape(array, tuple(s for size in sizes for s in (1, size)))
    wide = np.broadcast_to(apart, tuple(s for pair in zip(times, sizes, strict=True) for s in pair))
    return np.reshape(wide, tuple(t * s for t, s in zip(times, sizes, strict=True)))


@named("Tensor tg F np.repeat")
def repeat_interleave(
    x: TensorLike, repeats: TensorLike, axis: int | None = None, *, output_size: int | None = None
) -> Any:
    """Repeat each value, as ``numpy.repeat``; without an axis, of the flattened array.

    The repetitions are one number, or one for each position on the axis. The size of the result,
    `output_size`, is accepted and not needed.
    """
    array: Any = operand(x)
    if axis is None:
        array, axis = np.reshape(array, -1), 0
    times = np.asarray(repeats)
    if not times.ndim:
        axis %= array.ndim
        *before, size = array.shape[: axis + 1]
        after = array.shape[axis + 1 :]
        apart = np.expand_dims(array, axis + 1)
        wide = np.broadcast_to(apart, (*before, size, int(times), *after))
        return np.reshape(wide, (*before, size * int(times), *after))
    places = np.repeat(np.arange(array.shape[axis]), times)
    return getitem(array, index=at(axis, array, places))


# --- padding ------------------------------------------------------------------------------------


@op(
    samples=normal(
        [(2, 3), {"widths": ((1, 0), (0, 2))}],
        [(3,), {"widths": ((2, 2),), "value": 1.5}],
        [(0, 2), {"widths": ((1, 1), (0, 0))}],
        [(), {"widths": ()}],
    )
)
def pad_constant(x: Array, *, widths: tuple[tuple[int, int], ...], value: float = 0.0) -> Array:
    """Pad with `value`; the widths are (before, after) for each axis."""
    return np.pad(x, widths, constant_values=value) if widths else np.asarray(x)


@pad_constant.backward("x")
def _unpadded(g: Any, shapes: Any, widths: tuple[tuple[int, int], ...]) -> Any:
    cut = (slice(a, a + size) for (a, _), size in zip(widths, shapes.x, strict=True))
    return g[tuple(cut)]


@named("np.pad(constant_values=value)")
def pad(x: TensorLike, widths: Any, mode: PadMode = "constant", value: float = 0.0) -> Any:
    """Pad an array, as ``numpy.pad``.

    Parameters
    ----------
    widths
        One number for all sides; ``(before, after)`` for all axes; or one such pair for each axis.
    mode
        ``"constant"`` pads with `value`; ``"edge"`` repeats the edge value; ``"reflect"`` and
        ``"symmetric"`` mirror the array, without and with the edge value; ``"wrap"`` continues
        with the values of the opposite side.
    """
    array: Any = operand(x)
    try:
        pairs = np.broadcast_to(np.asarray(widths, dtype=np.int64), (array.ndim, 2)).tolist()
    except ValueError:
        pairs = [[-1, -1]]
    if any(width < 0 for pair in pairs for width in pair):
        raise ValueError(
            f"pad: widths {widths} for shape {array.shape}: give a pair (before, after) for each "
            f"axis, none negative"
        )
    if mode == "constant":
        return pad_constant(array, widths=tuple(map(tuple, pairs)), value=value)
    for axis, pair in enumerate(pairs):
        if any(pair):
            places = np.pad(np.arange(array.shape[axis]), pair, mode=mode)
            array = getitem(array, index=at(axis, array, places))
    return array
