"""RowSparse: the gradient of a table of which only some rows were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_w2v.engine.types import Array, DType, Shape
from tinygrad_w2v.kernels.rows import sum_equal_rows

if TYPE_CHECKING:
    import numpy.typing as npt


class RowSparse:
    """A matrix that is zero but for some rows: ``dense[rows[i]] += values[i]`` for each i.

    Rows may repeat; they add up. Methods return new matrices, except those whose names end with
    an underscore, which change this one in place. Other methods and attributes of Tensor are those
    of the dense matrix. Sums and differences of two, and products with a number, stay
    row-sparse; with a dense matrix they are dense. Indexing takes from the dense matrix without
    making it. ``==`` between two asks, as for other values, whether they are the same matrix.

    Parameters
    ----------
    rows : (N,) integers
        Which rows, each within ``0 .. shape[0] - 1``.
    values : array or Tensor, shape (N, ...)
        What is added to each. A Tensor with ``create_graph=True``.
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

    as_tensor: Callable[[Any], Any]
    """Set by ``tensor``: return an array as a Tensor."""

    requires_grad = False
    is_sparse = True

    def __init__(self, rows: npt.ArrayLike, values: Any, shape: Shape) -> None:
        self.rows: Array = np.asarray(rows)
        self.values: Any = values
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
        return self.values.dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes of the dense matrix."""
        return len(self.shape)

    @property
    def is_traced(self) -> bool:
        """Whether the values are a Tensor, part of a graph."""
        return not isinstance(self.values, np.ndarray)

    @property
    def _arrays(self) -> Array:
        """The values without their graph."""
        arrays: Array = self.values.detach().numpy() if self.is_traced else self.values
        return arrays

    def coalesce(self) -> RowSparse:
        """Return the same matrix with each row once, in ascending order; computed once.

        The result holds plain arrays: values that are part of a graph leave it here.
        """
        if self.is_coalesced:
            return self
        if self._coalesced is None:
            rows, values = sum_equal_rows(self.rows, self._arrays)
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

    def numpy(self) -> Array:
        """Return the full matrix as an array; gradients do not follow it."""
        return np.asarray(self._plain().to_dense())

    def norm(self, p: float = 2) -> Any:
        """Return the p-norm of the values of the dense matrix, accumulated in float64."""
        values = self.coalesce().values.astype(np.float64)
        return np.linalg.norm(values.reshape(-1), p)

    def clip(self, min: float | None = None, max: float | None = None) -> RowSparse:
        """Limit the values of the dense matrix to ``min … max``; either may be left out.

        The other rows, which are zero, must be within the limits.
        """
        if (min is not None and min > 0) or (max is not None and max < 0):
            raise ValueError(
                f"RowSparse: clip to {min} … {max} would make the rows that are zero something "
                f"else: use limits around 0, or to_dense()"
            )
        summed = self.coalesce()
        return self._like(summed, np.clip(summed.values, min, max))

    def clip_norm(self, longest: float) -> RowSparse:
        """Return the matrix scaled so that its norm is at most `longest`."""
        norm = self.norm()
        return self * (longest / norm) if norm > longest else self

    def astype(self, dtype: npt.DTypeLike) -> RowSparse:
        """Return the same matrix with values of another dtype."""
        if self.dtype == dtype:
            return self
        return self._like(self, self.values.astype(dtype))

    # --- methods of Tensor ------------------------------------------------------------------------

    @property
    def data(self) -> RowSparse:
        """The matrix itself, which has no graph unless its values are a Tensor."""
        return self.detach()

    def detach(self) -> RowSparse:
        """Return a matrix that shares the values and is not part of a graph."""
        return self._plain()

    def clone(self) -> RowSparse:
        """Return a copy."""
        return self._like(self, self.values * 1)

    def size(self, dim: int | None = None) -> Any:
        """Return the shape of the dense matrix, or the size of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def zero_(self) -> RowSparse:
        """Set all values to zero."""
        return self._become(RowSparse(self.rows[:0], self._arrays[:0], self.shape))

    def mul_(self, factor: Any) -> RowSparse:
        """Multiply by a number in place."""
        return self._become(self * factor)

    def div_(self, divisor: Any) -> RowSparse:
        """Divide by a number in place."""
        return self._become(self / divisor)

    def add_(self, other: RowSparse, *, alpha: float = 1) -> RowSparse:
        """Add a multiple of another row-sparse matrix in place."""
        if not isinstance(other, RowSparse):
            raise TypeError(
                "RowSparse: a dense matrix cannot be added in place: assign the sum, "
                "p.grad = p.grad + other"
            )
        return self._become(self + (other if alpha == 1 else other * alpha))

    def clamp_(self, min: float | None = None, max: float | None = None) -> RowSparse:
        """Limit the values in place; see :meth:`clip`."""
        return self._become(self.clip(min, max))

    def _become(self, other: RowSparse) -> RowSparse:
        self.rows, self.values, self._coalesced = other.rows, other.values, other._coalesced
        self.is_coalesced = other.is_coalesced
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in RowSparse.__slots__:
            raise AttributeError(name)
        if name.endswith("_"):
            raise AttributeError(
                f"RowSparse has no method {name}: use zero_, mul_, div_, add_ or clamp_, or "
                f"to_dense()"
            )
        dense = self.to_dense()
        return getattr(RowSparse.as_tensor(dense) if type(dense) is np.ndarray else dense, name)

    # --- arithmetic -------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if isinstance(other, RowSparse):
            if other.shape != self.shape:
                raise ValueError(
                    f"RowSparse: cannot add shapes {self.shape} and {other.shape}: "
                    f"both must be gradients of the same table"
                )
            rows = np.concatenate([self.rows, other.rows])
            values = np.concatenate([self.values, other.values])
            return RowSparse(rows, values, self.shape)
        return self.to_dense() + other

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return other - self.to_dense()

    def __mul__(self, factor: Any) -> RowSparse:
        return self._like(self, self.values * _number(factor, "scaled"))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> RowSparse:
        return self._like(self, self.values / _number(divisor, "divided"))

    def __pow__(self, exponent: Any) -> Any:
        return RowSparse.as_tensor(self.numpy()) ** exponent

    def __neg__(self) -> RowSparse:
        return self._like(self, -self.values)

    def __pos__(self) -> RowSparse:
        return self

    def _like(self, other: RowSparse, values: Any) -> RowSparse:
        """Return a matrix of the rows of `other` with new values."""
        made = RowSparse(other.rows, values, self.shape)
        made.is_coalesced = other.is_coalesced
        return made

    # --- reading and comparing --------------------------------------------------------------------

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        """Return rows of the dense matrix, by a number, a slice, an integer array or a mask.

        The first part of a tuple selects rows, the others index within them.
        """
        if self.is_traced:
            return self.to_dense()[index]
        first, *others = index if isinstance(index, tuple) else (index,)
        if first is Ellipsis or first is None:
            return self.to_dense()[index]
        asked = _rows_asked(first, self.shape[0])
        summed = self.coalesce()
        found = np.zeros((*asked.shape, *self.shape[1:]), self.dtype)
        if len(summed.rows):
            places = np.searchsorted(summed.rows, asked).clip(max=len(summed.rows) - 1)
            present = summed.rows[places] == asked
            found[present] = summed.values[places[present]]
        return found[(slice(None),) * asked.ndim + tuple(others)] if others else found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RowSparse):
            raise TypeError(
                f"RowSparse: == with {type(other).__name__} could mean one answer or one for each "
                f"value: use g.allclose(x), or g.to_dense() == x"
            )
        return self.shape == other.shape and self._differs_by(other) == 0

    __hash__ = None  # type: ignore[assignment]

    def allclose(self, other: Any, rtol: float = 1e-5, atol: float = 1e-8) -> bool:
        """Whether another matrix, row-sparse or dense, has nearly the same values.

        The tolerances are those of ``numpy.allclose``.
        """
        if not isinstance(other, RowSparse):
            return bool(np.allclose(self.numpy(), np.asarray(other), rtol, atol))
        rows = np.union1d(self.rows, other.rows)
        return self.shape == other.shape and bool(
            np.allclose(self._plain()[rows], other._plain()[rows], rtol, atol)
        )

    def _differs_by(self, other: RowSparse) -> int:
        """Return the number of values that are not equal."""
        rows = np.union1d(self.rows, other.rows)
        return int(np.count_nonzero(self._plain()[rows] != other._plain()[rows]))

    def _plain(self) -> RowSparse:
        return RowSparse(self.rows, self._arrays, self.shape) if self.is_traced else self

    def __bool__(self) -> bool:
        raise TypeError(
            "RowSparse: the truth value of a matrix is ambiguous: ask `g is not None`, or "
            "np.any(g.values)"
        )

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        if copy is False:
            raise ValueError("RowSparse: the full matrix is always a new array: leave copy out")
        return np.asarray(self.to_dense(), dtype=dtype)

    def __repr__(self) -> str:
        return (
            f"RowSparse({len(self.rows)} of {self.shape[0]} rows, shape {self.shape}, {self.dtype})"
        )


def _rows_asked(index: Any, size: int) -> Array:
    """Return the numbers of the rows that an index takes."""
    if isinstance(index, slice):
        return np.arange(*index.indices(size))
    asked = np.asarray(index)
    if asked.dtype == bool:
        if asked.shape != (size,):
            raise IndexError(f"RowSparse: a mask of shape {asked.shape} for {size} rows")
        return np.flatnonzero(asked)
    if not asked.size:
        return asked.astype(np.int64)
    if asked.dtype.kind not in "iu" or asked.min() < -size or asked.max() >= size:
        raise IndexError(f"RowSparse: the index {index} is not within the {size} rows")
    return np.where(asked < 0, asked + size, asked)


def _number(value: Any, done: str) -> Any:
    """Return a factor as one that does not change the dtype; a Tensor stays part of its graph."""
    if np.ndim(value):
        raise TypeError(
            f"RowSparse: can be {done} by a number only, found shape {np.shape(value)}: "
            f"use to_dense() for other products"
        )
    is_kept = isinstance(value, int | float) and not isinstance(value, np.generic)
    return value if is_kept or getattr(value, "requires_grad", False) else value.item()


def dense_operands(name: str, operands: tuple[Any, ...]) -> tuple[Any, ...] | RowSparse:
    """Return operands of an op for which a RowSparse among them is its dense matrix.

    A product with a number is returned at once: it stays row-sparse.
    """
    if name == "multiply":
        a, b = operands
        sparse, factor = (a, b) if isinstance(a, RowSparse) else (b, a)
        if not np.ndim(factor):
            return sparse * factor  # type: ignore[no-any-return]
    return tuple([o.to_dense() if isinstance(o, RowSparse) else o for o in operands])
