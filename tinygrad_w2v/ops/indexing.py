"""Reading and writing parts of an array: ``x[index]`` and its adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_w2v.engine.op import Op, op
from tinygrad_w2v.engine.sample import Sample
from tinygrad_w2v.engine.types import Array, Shape
from tinygrad_w2v.kernels.rows import sum_equal_rows


def _getitem(x: Array, *, index: Any) -> Array:
    """Return ``x[index]``, by NumPy's basic, boolean and integer-array rules."""
    return x[index]  # type: ignore[no-any-return]


def _scatter(values: Array, *, index: Any, shape: Shape) -> Array:
    """Add `values` into zeros of `shape` at `index`; repeated places add up."""
    out = np.zeros(shape, values.dtype)
    if _is_basic(index):
        out[index] = values
    elif _is_row_index(index) and values.ndim == np.ndim(index) + len(shape) - 1:
        rows = np.asarray(index).reshape(-1) % max(shape[0], 1)
        found, sums = sum_equal_rows(rows, values.reshape(-1, *shape[1:]))
        out[found] = sums
    else:
        np.add.at(out, index, values)
    return out


def _is_basic(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        part is None or part is Ellipsis or isinstance(part, int | np.integer | slice)
        for part in parts
    )


def _is_row_index(index: Any) -> bool:
    return isinstance(index, np.ndarray | list) and np.asarray(index).dtype.kind in "iu"


def _index_samples(rng: np.random.Generator) -> list[tuple[Shape, Any]]:
    return [
        ((3, 4), (slice(None), 1)),
        ((3, 4), (Ellipsis, None, slice(0, 2))),
        ((4, 3), np.array([1, 0, 3, 1])),
        ((4, 3), np.array([[0, 2], [2, -1]])),
        ((4, 3), (np.array([1, 1, 2]), np.array([0, 0, 2]))),
        ((3, 4), rng.random((3, 4)) < 0.5),
        ((3,), 1),
        ((4, 3), np.array([], dtype=np.int64)),
    ]


def _getitem_samples(rng: np.random.Generator) -> list[Sample]:
    return [Sample(rng.normal(size=shape), index=index) for shape, index in _index_samples(rng)]


def _scatter_samples(rng: np.random.Generator) -> list[Sample]:
    return [
        Sample(rng.normal(size=np.zeros(shape)[index].shape), index=index, shape=shape)
        for shape, index in _index_samples(rng)
    ]


getitem: Op = op(
    _getitem,
    x=lambda g, shapes, index: scatter(g, index=index, shape=shapes.x),
    samples=_getitem_samples,
)
scatter: Op = op(_scatter, values=lambda g, index: g[index], samples=_scatter_samples)
