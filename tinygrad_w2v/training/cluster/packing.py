"""Compact forms of the changes that workers send, and what they lose."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.errors import InputError
from tinygrad_w2v.kernels.quantization import quantize_rows
from tinygrad_w2v.validation import one_of

Kind: TypeAlias = Literal["int8", "bfloat16", "float32"]
Array: TypeAlias = npt.NDArray[Any]


@dataclasses.dataclass(frozen=True)
class Packed:
    """A packed matrix.

    Attributes
    ----------
    values : (rows, dim) int8, uint16 or float32
        The numbers divided by the scale of their row; the upper halves of float32 for bfloat16.
    scales : (rows,) float32, or None
        The scale of each row of int8.
    """

    values: Array
    scales: Array | None = None

    @property
    def nbytes(self) -> int:
        """Number of bytes of the arrays."""
        return self.values.nbytes + (0 if self.scales is None else self.scales.nbytes)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> Packed:
        """Return a range of rows, without a copy."""
        return Packed(self.values[rows], None if self.scales is None else self.scales[rows])


def pack(change: Array, kind: Kind, residual: Array | None = None) -> Packed:
    """Pack a float32 matrix (rows, dim).

    Parameters
    ----------
    change
        The matrix.
    kind
        ``"int8"`` with one float32 scale for each row, so that its largest number becomes ±127 and
        errors are at most 1/254 of it; ``"bfloat16"``, rounded to nearest; or ``"float32"``, a
        copy.
    residual
        What the last packing of these rows lost, which is added to the change; in place, it becomes
        what this packing lost. With this error feedback, the sum of all unpacked changes differs
        from the sum of the changes by the last residual alone, however many there are (Karimireddy
        et al., "Error feedback fixes SignSGD", arXiv 1901.09847).

    Raises
    ------
    InputError
        If a number is not finite.

    Examples
    --------
    >>> residual = np.zeros((2, 2), np.float32)
    >>> packed = pack(np.array([[1.0, -2.0], [0.0, 0.0]], np.float32), "int8", residual)
    >>> packed.values
    array([[  64, -127],
           [   0,    0]], dtype=int8)
    >>> packed.nbytes
    12
    >>> np.abs(residual).max() < 0.01
    np.True_
    """
    one_of(get_args(Kind), kind=kind)
    change = np.asarray(change, np.float32)
    if residual is None:
        residual = np.zeros_like(change)
    if kind == "int8":
        values, scales = quantize_rows(change, residual)
        _check_finite(scales)
        return Packed(values, scales)
    residual += change
    _check_finite(residual.sum(axis=1))
    if kind == "float32":
        packed = Packed(residual.copy())
    else:
        bits = np.ascontiguousarray(residual).view(np.uint32)
        odd = (bits >> 16) & 1
        packed = Packed(((bits + (0x7FFF + odd)) >> 16).astype(np.uint16))
    residual -= unpack(packed)
    return packed


def unpack(packed: Packed) -> Array:
    """Return the float32 matrix of a packed one; a new array."""
    values = packed.values
    if values.dtype == np.uint16:
        return (values.astype(np.uint32) << 16).view(np.float32)
    matrix = values.astype(np.float32)
    if packed.scales is not None:
        matrix *= packed.scales[:, None]
    return matrix


def concatenated(parts: Sequence[Packed]) -> Packed:
    """Return the rows of several packed matrices of one kind."""
    if len(parts) == 1:
        return parts[0]
    scales = [part.scales for part in parts if part.scales is not None]
    return Packed(
        np.concatenate([part.values for part in parts]), np.concatenate(scales) if scales else None
    )


def _check_finite(rows: Array) -> None:
    """Raise InputError unless the numbers, one of each row, are finite."""
    if not (finite := np.isfinite(rows)).all():
        raise InputError(
            f"row {int(np.argmin(finite))} of a change is not finite: lower the learning rate"
        )
