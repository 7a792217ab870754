"""RowSparse: the gradient of a table of which only some rows were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.types import Array, DType, Shape
from tinygrad_w2v.kernels.rows import sum_equal_rows

if TYPE_CHECKING:
    import numpy.typing as npt

    from tinygrad_w2v.engine.tensor import Tensor


class RowSparse:
    """A matrix that is zero but for some rows: ``dense[rows[i]] += values[i]`` for each i.

    Rows may repeat; they add up. A RowSparse is a value: nothing changes it in place, and its
    methods return new ones.

    Parameters
    ----------
    rows : (N,) integers
        Which rows, each within ``0 .. shape[0] - 1``.
    values : (N, *shape[1:]) array, or Tensor
        What is added to each. A Tensor when the graph of a gradient was kept.
    shape
        Of the dense matrix.

    Examples
    --------
    >>> import numpy as np
    >>> g = RowSparse(np.array([2, 0, 2]), np.array([[1.0], [5.0], [1.0]]), (4, 1))
    >>> g
    RowSparse(3 of 4 rows, shape (4, 1), float64)
    >>> g.coalesce().rows
    array([0, 2])
    >>> g.to_dense().ravel()
    array([5., 0., 2., 0.])
    """

    __slots__ = ("_coalesced", "is_coalesced", "rows", "shape", "values")

    # An ndarray on the left of + or * leaves the operation to this class.
    __array_ufunc__ = None

    scatter: Callable[[Any, Array, Shape], Any]
    """Set by the ops floor: the differentiable form of :meth:`to_dense` for Tensor values."""

    def __init__(self, rows: npt.ArrayLike, values: Array | Tensor, shape: Shape) -> None:
        self.rows: Array = np.asarray(rows)
        self.values = values
        self.shape = shape
        self.is_coalesced = False
        self._coalesced: RowSparse | None = None
        expected = (*self.rows.shape, *shape[1:])
        if self.rows.ndim != 1 or values.shape != expected:
            raise ValueError(
                f"RowSparse: rows of shape {self.rows.shape} and a dense shape of {shape} need "
                f"values of shape {expected}, found {values.shape}"
            )

    @property
    def dtype(self) -> DType:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def ndim(self) -> int:
        """The number of axes of the dense matrix."""
        return len(self.shape)

    @property
    def is_traced(self) -> bool:
        """Whether the values are a Tensor, part of a graph."""
        return not isinstance(self.values, np.ndarray)

    def coalesce(self) -> RowSparse:
        """Return the same matrix with each row once, in ascending order; computed once.

        The result holds plain arrays: values that are part of a graph leave it here.
        """
        if self.is_coalesced:
            return self
        if self._coalesced is None:
            rows, values = sum_equal_rows(self.rows, np.asarray(self.values))
            self._coalesced = RowSparse(rows, values, self.shape)
            self._coalesced.is_coalesced = True
        return self._coalesced

    def to_dense(self) -> Any:
        """Return the full matrix: an array, or a Tensor if the values are one."""
        if self.is_traced:
            return RowSparse.scatter(self.values, self.rows, self.shape)
        summed = self.coalesce()
        dense = np.zeros(self.shape, self.dtype)
        dense[summed.rows] = summed.values
        return dense

    def norm(self) -> float:
        """Return the Euclidean norm of the dense matrix, accumulated in float64."""
        values = np.asarray(self.coalesce().values, dtype=np.float64)
        return float(np.sqrt(np.sum(values * values)))

    def astype(self, dtype: npt.DTypeLike) -> RowSparse:
        """Return the same matrix with values of another dtype."""
        if self.dtype == dtype:
            return self
        values: Any = self.values
        return RowSparse(self.rows, values.astype(dtype), self.shape)

    def __add__(self, other: Any) -> Any:
        if isinstance(other, RowSparse):
            if other.shape != self.shape:
                raise ValueError(
                    f"RowSparse: cannot add shapes {self.shape} and {other.shape}: "
                    f"both must be gradients of the same table"
                )
            rows = np.concatenate([self.rows, other.rows])
            both: list[Any] = [self.values, other.values]
            return RowSparse(rows, np.concatenate(both), self.shape)
        return self.to_dense() + other

    __radd__ = __add__

    def __mul__(self, factor: Any) -> RowSparse:
        if np.ndim(factor):
            raise TypeError(
                f"RowSparse: can be scaled by a number only, found shape {np.shape(factor)}: "
                f"use to_dense() for other products"
            )
        values: Any = self.values
        scaled = RowSparse(self.rows, values * factor, self.shape)
        scaled.is_coalesced = self.is_coalesced
        return scaled

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> RowSparse:
        return self.__mul__(1 / divisor)

    def __neg__(self) -> RowSparse:
        return self.__mul__(-1)

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return np.asarray(self.to_dense(), dtype=dtype)

    def __repr__(self) -> str:
        return (
            f"RowSparse({len(self.rows)} of {self.shape[0]} rows, shape {self.shape}, {self.dtype})"
        )
