"""Ops that arrange values anew without changing them: shapes, orders of axes, flips and rolls."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.contract import unbroadcast
from tinygrad_w2v.engine.op import op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape, TensorLike

Axes = int | tuple[int, ...]

# --- shapes -------------------------------------------------------------------------------------


def _reshape(x: Array, *, shape: Shape | int) -> Array:
    """Give the values another shape of as many; one size may be −1, to be worked out."""
    return np.reshape(x, shape)


reshape = op(
    _reshape,
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 4)), shape=(2, -1)),
        Sample(rng.normal(size=(1, 1)), shape=()),
        Sample(rng.normal(size=(0, 3)), shape=(3, 0)),
    ],
)


def _squeeze(x: Array, *, axis: Axes | None = None) -> Array:
    """Leave out axes of size 1: those named, or all.

    As in NumPy, and unlike PyTorch, it is an error to name an axis of another size.
    """
    return np.squeeze(x, axis)


squeeze = op(
    _squeeze,
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(1, 3, 1))),
        Sample(rng.normal(size=(1, 3, 1)), axis=-1),
        Sample(rng.normal(size=(1, 3, 1)), axis=(0, 2)),
        Sample(rng.normal(size=())),
        Sample(rng.normal(size=(1, 0))),
    ],
)


def _unsqueeze(x: Array, *, axis: Axes) -> Array:
    """Put in an axis of size 1, or several, so that the result has it at this place."""
    return np.expand_dims(x, axis)


unsqueeze = op(
    _unsqueeze,
    x=lambda g, shapes: np.reshape(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), axis=-1),
        Sample(rng.normal(size=(2, 3)), axis=(0, 2)),
        Sample(rng.normal(size=()), axis=0),
        Sample(rng.normal(size=(0, 2)), axis=1),
    ],
)


def flatten(x: TensorLike, start_axis: int = 0, end_axis: int = -1) -> Any:
    """Make one axis of all from `start_axis` to `end_axis`.

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
    joined = 1
    for size in sizes[start : end + 1]:
        joined *= size
    return np.reshape(x, (*sizes[:start], joined, *sizes[end + 1 :]))


def _broadcast_to(x: Array, *, shape: Shape) -> Array:
    """Repeat along new axes and along axes of size 1."""
    return np.broadcast_to(x, shape)


broadcast_to = op(
    _broadcast_to,
    x=lambda g, shapes: unbroadcast(g, shapes.x),
    samples=lambda rng: [
        Sample(rng.normal(size=(3, 1)), shape=(2, 3, 4)),
        Sample(rng.normal(size=()), shape=(2,)),
        Sample(rng.normal(size=(1, 3)), shape=(0, 3)),
    ],
)


def expand(x: TensorLike, *sizes: int) -> Any:
    """Repeat axes of size 1, as :func:`broadcast_to`; −1 keeps an axis as it is.

    Examples
    --------
    >>> import numpy as np
    >>> expand(np.zeros((3, 1)), 2, -1, 4).shape
    (2, 3, 4)
    """
    old = np.shape(x)
    new = len(sizes) - len(old)
    shape = tuple(old[i - new] if size == -1 and i >= new else size for i, size in enumerate(sizes))
    return broadcast_to(x, shape=shape)


# --- orders of axes -----------------------------------------------------------------------------


def _transpose(x: Array, *, axes: tuple[int, ...] | None = None) -> Array:
    """Reorder the axes; by default reverse them."""
    return np.transpose(x, axes)


def _transpose_back(g: Any, axes: tuple[int, ...] | None) -> Any:
    if axes is None:
        return np.transpose(g)
    return np.transpose(g, tuple(np.argsort([axis % len(axes) for axis in axes]).tolist()))


transpose = op(
    _transpose,
    x=_transpose_back,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3))),
        Sample(rng.normal(size=(2, 3, 4)), axes=(1, -1, 0)),
        Sample(rng.normal(size=3)),
        Sample(rng.normal(size=())),
        Sample(rng.normal(size=(2, 0))),
    ],
)


def permute(x: TensorLike, axes: tuple[int, ...]) -> Any:
    """Reorder the axes: :func:`transpose` by PyTorch's name."""
    return transpose(x, axes=axes)


def _swapaxes(x: Array, *, axis1: int, axis2: int) -> Array:
    """Exchange two axes."""
    return np.swapaxes(x, axis1, axis2)


swapaxes = op(
    _swapaxes,
    x=lambda g, axis1, axis2: np.swapaxes(g, axis1, axis2),
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3, 4)), axis1=-1, axis2=0),
        Sample(rng.normal(size=(2, 0)), axis1=0, axis2=1),
    ],
)


def _moveaxis(x: Array, *, source: Axes, destination: Axes) -> Array:
    """Move axes to other places; the rest stay in order."""
    return np.moveaxis(x, source, destination)


moveaxis = op(
    _moveaxis,
    x=lambda g, source, destination: np.moveaxis(g, destination, source),
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3, 4)), source=0, destination=-1),
        Sample(rng.normal(size=(2, 3, 4)), source=(0, 1), destination=(-1, 0)),
        Sample(rng.normal(size=(2, 0)), source=0, destination=1),
    ],
)

# --- orders of values ---------------------------------------------------------------------------


def _flip(x: Array, *, axis: Axes | None = None) -> Array:
    """Reverse the order along an axis, several, or all."""
    return np.flip(x, axis)


flip = op(
    _flip,
    x=lambda g, axis: np.flip(g, axis),
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3))),
        Sample(rng.normal(size=(2, 3, 4)), axis=(0, -1)),
        Sample(rng.normal(size=(2, 3)), axis=1),
        Sample(rng.normal(size=())),
        Sample(rng.normal(size=(0, 3)), axis=0),
    ],
)


def _roll(x: Array, *, shift: Axes, axis: Axes | None = None) -> Array:
    """Move values along axes, what leaves at the end coming in at the start."""
    return np.roll(x, shift, axis)


def _roll_back(g: Any, shift: Axes, axis: Axes | None) -> Any:
    back = tuple(-s for s in shift) if isinstance(shift, tuple) else -shift
    return np.roll(g, back, axis)


roll = op(
    _roll,
    x=_roll_back,
    samples=lambda rng: [
        Sample(rng.normal(size=(2, 3)), shift=1),
        Sample(rng.normal(size=(2, 3)), shift=-2, axis=1),
        Sample(rng.normal(size=(2, 3)), shift=(1, 2), axis=(0, 1)),
        Sample(rng.normal(size=(0, 3)), shift=1, axis=0),
    ],
)
