"""Quantization: float32 rows as int8 with a scale for each row."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel

LARGEST = 127
"""The largest quantized number; -128 is not used, so that the range is symmetric."""

SMALLEST_SCALE = 1e-37
"""Rows of a smaller scale, whose inverse would overflow, become zero."""


@kernel
def quantize_rows(matrix: Array, residual: Array) -> tuple[Array, Array]:
    """Divide each row by a scale, so that its largest number becomes ±127, and round.

    Parameters
    ----------
    matrix : (N, D) float32
    residual : (N, D) float32
        Is added to `matrix`. Changed in place to the sum minus ``values * scales[:, None]``.

    Returns
    -------
    values : (N, D) int8
        Rounded to nearest; numbers halfway between two integers are rounded up, but for errors of
        the division.
    scales : (N,) float32
        Infinite or NaN for a row that is not finite.

    Examples
    --------
    >>> residual = np.array([[0.0, 0.5]], np.float32)
    >>> values, scales = quantize_rows(np.array([[254.0, 2.0]], np.float32), residual)
    >>> values, residual
    (array([[127,   1]], dtype=int8), array([[0. , 0.5]], dtype=float32))
    """
    residual += matrix
    largest = np.maximum(residual.max(axis=1, initial=0), -residual.min(axis=1, initial=0))
    scales = largest * np.float32(1 / LARGEST)
    inverse = np.zeros_like(scales)
    np.divide(1, scales, out=inverse, where=scales > SMALLEST_SCALE)
    with np.errstate(invalid="ignore"):
        scaled = residual * inverse[:, None]
        scaled += np.float32(0.5)
        np.floor(scaled, out=scaled)
        values = scaled.astype(np.int8)
        scaled *= scales[:, None]
        residual -= scaled
    return values, scales
