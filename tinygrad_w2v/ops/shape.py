"""Shapes, order of axes, flips and rolls, diagonals and triangles."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.engine import named
from tinygrad_w2v.engine.contract import unbroadcast
from tinygrad_w2v.engine.grad_mode import MODE
from tinygrad_w2v.engine.in_place import refuse_leaf
from tinygrad_w2v.engine.registry import op
from tinygrad_w2v.engine.surfaces import enter
from tinygrad_w2v.engine.tensor import Tensor, array_of, from_op, operand
from tinygrad_w2v.engine.types import Array, Axes, Shape, TensorLike
from tinygrad_w2v.ops.reduction import present_axes, sum_
from tinygrad_w2v.ops.samples import normal

# --- shapes -------------------------------------------------------------------------------------


@op(
    names="tg F np.reshape(newshape=shape)",
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=normal(
        [(3, 4), {"shape": (2, -1)}], [(1, 1), {"shape": ()}], [(0, 3), {"shape": (3, 0)}]
    ),
)
def reshape(x: Array, *, shape: Shape | int) -> Array:
    """Return the same values in another shape; one size may be −1 and is then inferred."""
    return np.reshape(x, shape)


def unpacked(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Accept both ``t.reshape(2, 3)`` and ``t.reshape((2, 3))``."""
    return tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes


@named("Tensor.reshape Tensor.view")
def _reshape_method(self: Tensor, *sizes: int | tuple[int, ...]) -> Any:
    """Return the same values in another shape; one size may be −1 and is then inferred."""
    return reshape(self, shape=unpacked(sizes))


@named("Tensor tg np")
def ravel(x: TensorLike) -> Any:
    """Return the values as a vector."""
    return reshape(x, shape=-1)


@op(
    names="Tensor tg F",
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=normal(
        *([(1, 3, 1)], [(1, 3, 1), {"axis": -1}], [(1, 3, 1), {"axis": (0, 2)}], [()], [(1, 0)]),
        [(1, 3), {"axis": (0, 1)}],
    ),
)
def squeeze(x: Array, *, axis: Axes | None = None) -> Array:
    """Remove axes of size 1, all or of those given; axes of another size are left as they are.

    ``numpy.squeeze`` of an axis of another size is an error.
    """
    if axis is None:
        return np.squeeze(x)
    sizes = np.shape(x)
    axes = np.lib.array_utils.normalize_axis_tuple(axis, len(sizes) or 1, allow_duplicate=True)
    return np.squeeze(x, tuple(i for i in axes if sizes and sizes[i] == 1))


@named("np.squeeze")
def _numpy_squeeze(a: Any, axis: Axes | None = None) -> Any:
    if axis is not None:
        np.squeeze(array_of(a), axis)  # raises if an axis is of another size
    return squeeze(a, axis=axis)


@op(
    names="Tensor tg F np.expand_dims",
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=normal(
        [(2, 3), {"axis": -1}], [(2, 3), {"axis": (0, 2)}], [(), {"axis": 0}], [(0, 2), {"axis": 1}]
    ),
)
def unsqueeze(x: Array, *, axis: Axes) -> Array:
    """Insert an axis of size 1, or several, at these positions of the result."""
    return np.expand_dims(x, axis)


@named("Tensor tg F")
def flatten(x: TensorLike, start_axis: int = 0, end_axis: int = -1) -> Any:
    """Join the axes from `start_axis` to `end_axis` into one.

    Examples
    --------
    >>> import numpy as np
    >>> flatten(np.zeros((2, 3, 4)), start_axis=1).shape
    (2, 12)
    """
    sizes = np.shape(x)
    if not sizes:
        return np.reshape(x, (1,))
    start, end = start_axis % len(sizes), end_axis % len(sizes)
    if start > end:
        raise ValueError(f"flatten: start_axis {start_axis} comes after end_axis {end_axis}")
    return np.reshape(x, (*sizes[:start], math.prod(sizes[start : end + 1]), *sizes[end + 1 :]))


@op(
    names="Tensor tg F np",
    x=lambda g, shapes: unbroadcast(g, shapes.x),
    samples=normal(
        [(3, 1), {"shape": (2, 3, 4)}], [(), {"shape": (2,)}], [(1, 3), {"shape": (0, 3)}]
    ),
)
def broadcast_to(x: Array, *, shape: Shape) -> Array:
    """Broadcast to a shape: repeat along new axes and along axes of size 1."""
    return np.broadcast_to(x, shape)


@named("Tensor F")
def expand(x: TensorLike, *sizes: int | tuple[int, ...]) -> Any:
    """Repeat axes of size 1, as :func:`broadcast_to`; −1 leaves an axis unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> expand(np.zeros((3, 1)), 2, -1, 4).shape
    (2, 3, 4)
    """
    old, wanted = np.shape(x), unpacked(sizes)
    new = len(wanted) - len(old)
    shape = tuple(
        old[i - new] if size == -1 and i >= new else size for i, size in enumerate(wanted)
    )
    return broadcast_to(x, shape=shape)


# --- order of axes ------------------------------------------------------------------------------


@op(
    names="property.T np",
    samples=normal([(2, 3)], [(2, 3, 4), {"axes": (1, -1, 0)}], [(3,)], [()], [(2, 0)]),
)
def transpose(x: Array, *, axes: tuple[int, ...] | None = None) -> Array:
    """Permute the axes; by default reverse their order."""
    return np.transpose(x, axes)


@transpose.backward("x")
def _transpose_back(g: Any, axes: tuple[int, ...] | None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(np.argsort([axis % len(axes) for axis in axes]).tolist()))


@named("Tensor.permute")
def _permute_method(self: Tensor, *axes: int | tuple[int, ...]) -> Any:
    """Permute the axes."""
    return transpose(self, axes=unpacked(axes))


@named("tg F")
def permute(x: TensorLike, axes: tuple[int, ...]) -> Any:
    """Permute the axes: :func:`transpose` under PyTorch's name."""
    return transpose(x, axes=axes)


@named("property.H property.mT property.mH")
def _matrix_transpose(self: Tensor) -> Any:
    """Exchange the last two axes."""
    return swapaxes(self, axis0=-2, axis1=-1)


@named("Tensor tg")
def t(x: TensorLike) -> Any:
    """Exchange the axes of a matrix; return a vector or a single value as it is."""
    if np.ndim(x) > 2:
        raise ValueError(f"t: shape {np.shape(x)}: it takes at most two axes; use transpose")
    return transpose(x)


@op(
    names="Tensor tg F np.swapaxes(axis1=axis0,axis2=axis1) Tensor.transpose tg.transpose "
    "F.transpose Tensor.swapdims tg.swapdims",
    x=lambda g, axis0, axis1: np.swapaxes(g, axis0, axis1) if np.ndim(g) else g,
    samples=normal(
        *([(2, 3, 4), {"axis0": -1, "axis1": 0}], [(2, 0), {"axis0": 0, "axis1": 1}]),
        [(), {"axis0": 0, "axis1": -1}],
    ),
)
def swapaxes(x: Array, *, axis0: int, axis1: int) -> Array:
    """Exchange two axes."""
    return np.swapaxes(x, axis0, axis1) if present_axes(x, (axis0, axis1)) else x[...]


@op(
    names="Tensor tg F np Tensor.movedim tg.movedim",
    x=lambda g, source, destination: np.moveaxis(
        g, present_axes(g, destination), present_axes(g, source)
    ),
    samples=normal(
        [(2, 3, 4), {"source": 0, "destination": -1}],
        [(2, 3, 4), {"source": (0, 1), "destination": (-1, 0)}],
        [(2, 0), {"source": 0, "destination": 1}],
        [(), {"source": 0, "destination": -1}],
    ),
)
def moveaxis(x: Array, *, source: Axes, destination: Axes) -> Array:
    """Move axes to other positions; the other axes stay in order."""
    return np.moveaxis(x, present_axes(x, source), present_axes(x, destination))


def _rebound(name: str, target: Callable[..., Any]) -> None:
    """Enter an in-place version, which makes the tensor a view of its values in another shape."""

    def change(self: Tensor, *args: Any, **options: Any) -> Tensor:
        if MODE.enabled:
            refuse_leaf(name, self)
        made = target(from_op(self._data, self.node), *args, **options)
        self._data, self.node = made._data, made.node
        return self

    change.__name__, change.__doc__ = name, f"In-place version of :meth:`{name[:-1]}`."
    enter(change, f"Tensor.{name}")


_rebound("squeeze_", squeeze)
_rebound("unsqueeze_", unsqueeze)
_rebound("t_", t)
for _name in ("transpose_", "swapaxes_", "swapdims_"):
    _rebound(_name, swapaxes)


# --- order of values ----------------------------------------------------------------------------


@op(
    names="tg F np",
    x=lambda g, axis: np.flip(g, present_axes(g, axis)),
    samples=normal(
        *([(2, 3)], [(2, 3, 4), {"axis": (0, -1)}], [(2, 3), {"axis": 1}], [()]),
        *([(0, 3), {"axis": 0}], [(), {"axis": 0}]),
    ),
)
def flip(x: Array, *, axis: Axes | None = None) -> Array:
    """Reverse the order along one axis, several, or all."""
    return np.flip(x, present_axes(x, axis))


@named("Tensor.flip")
def _flip_method(self: Tensor, *axes: int | tuple[int, ...]) -> Any:
    """Reverse the order along axes, by default all."""
    return flip(self, axis=unpacked(axes) if axes else None)


@op(
    names="Tensor tg F np.roll(shift=shifts)",
    samples=normal(
        [(2, 3), {"shifts": 1}],
        [(2, 3), {"shifts": -2, "axis": 1}],
        [(2, 3), {"shifts": (1, 2), "axis": (0, 1)}],
        [(0, 3), {"shifts": 1, "axis": 0}],
    ),
)
def roll(x: Array, *, shifts: Axes, axis: Axes | None = None) -> Array:
    """Shift values along axes; values shifted beyond the end reappear at the start."""
    return np.roll(x, shifts, axis)


@roll.backward("x")
def _roll_back(g: Any, shifts: Any, axis: Axes | None) -> Any:
    back = tuple(-s for s in shifts) if np.ndim(shifts) else -shifts
    return np.roll(g, back, axis)


# --- diagonals and triangles ----------------------------------------------------------------------

_DIAGONALS: list[tuple[Shape, Shape, dict[str, Any]]] = [
    ((3, 4), (3,), {}),
    ((3, 4), (2,), {"offset": -1}),
    ((2, 3, 4), (3, 1), {"offset": 1, "axis1": -1, "axis2": 0}),
    ((0, 3), (0,), {}),
]


@op(names="Tensor tg F np", samples=normal(*([x, settings] for x, _, settings in _DIAGONALS)))
def diagonal(x: Array, *, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array:
    """Diagonals of the matrices over two axes, as a new last axis.

    The `offset` is 0 for the main diagonal; positive above it, negative below it.
    """
    return np.diagonal(x, offset, axis1, axis2)


@diagonal.backward("x")
def _diagonal_rule(g: Any, shapes: Any, offset: int, axis1: int, axis2: int) -> Any:
    return diagonal_scatter(g, shape=shapes.x, offset=offset, axis1=axis1, axis2=axis2)


@op(
    values=lambda g, offset, axis1, axis2: diagonal(g, offset=offset, axis1=axis1, axis2=axis2),
    samples=normal(*([values, settings | {"shape": x}] for x, values, settings in _DIAGONALS)),
)
def diagonal_scatter(
    values: Array, *, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1
) -> Array:
    """Write `values` on a diagonal of zeros of `shape`: the adjoint of :func:`diagonal`."""
    out = np.zeros(shape, values.dtype)
    # numpy.diagonal returns a read-only view; an indexed assignment to the moved axes is allowed.
    moved = np.moveaxis(out, (axis1, axis2), (-2, -1))
    places = np.arange(values.shape[-1])
    moved[..., places + max(-offset, 0), places + max(offset, 0)] = values
    return out


_diagonal = diagonal  # `diag` has a parameter of this name


@named("Tensor tg F np.diag(k=diagonal)")
def diag(x: TensorLike, diagonal: int = 0) -> Any:
    """Return a matrix with a vector on its diagonal, or the diagonal of a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> diag(np.array([1, 2]))
    array([[1, 0],
           [0, 2]])
    """
    array: Any = operand(x)
    if array.ndim == 2:
        return _diagonal(array, offset=diagonal)
    if array.ndim != 1:
        raise ValueError(f"diag: shape {array.shape}: it must be a vector or a matrix")
    size = array.shape[0] + abs(diagonal)
    return diagonal_scatter(array, shape=(size, size), offset=diagonal)


@named("Tensor tg F np")
def trace(x: TensorLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Sum of a diagonal."""
    return sum_(diagonal(x, offset=offset, axis1=axis1, axis2=axis2), axis=-1)


_triangle_samples = normal(
    [(3, 4)], [(2, 3, 3), {"diagonal": -1}], [(3, 2), {"diagonal": 1}], [(0, 2)]
)


@op(
    names="Tensor_ tg F np.tril(k=diagonal)",
    x=lambda g, diagonal: np.tril(g, diagonal),
    samples=_triangle_samples,
)
def tril(x: Array, *, diagonal: int = 0) -> Array:
    """Lower triangle of the last two axes, zeros above the diagonal of this number."""
    return np.tril(x, diagonal)


@op(
    names="Tensor_ tg F np.triu(k=diagonal)",
    x=lambda g, diagonal: np.triu(g, diagonal),
    samples=_triangle_samples,
)
def triu(x: Array, *, diagonal: int = 0) -> Array:
    """Upper triangle of the last two axes, zeros below the diagonal of this number."""
    return np.triu(x, diagonal)
