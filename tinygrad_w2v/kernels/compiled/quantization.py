"""Numba implementation of the routine of ``kernels.quantization``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_w2v.kernels.compiled.jit import PerWidth
from tinygrad_w2v.kernels.dispatch import Array
from tinygrad_w2v.kernels.quantization import LARGEST, SMALLEST_SCALE


@PerWidth
def _quantize_rows(width: int) -> Callable[..., Any]:
    def routine(matrix: Array, residual: Array, values: Array, scales: Array) -> None:
        size, kind = width or matrix.shape[1], matrix.dtype.type
        for i in range(len(matrix)):
            largest, finite = kind(0), 0
            for d in range(size):
                residual[i, d] += matrix[i, d]
                magnitude = abs(residual[i, d])
                largest = max(largest, magnitude)
                finite += magnitude < kind(np.inf)
            scale = largest * kind(1 / LARGEST) if finite == size else kind(np.nan)
            scales[i] = scale
            inverse = kind(1) / scale if scale > kind(SMALLEST_SCALE) else kind(0)
            for d in range(size):
                rounded = math.floor(residual[i, d] * inverse + kind(0.5))
                values[i, d] = np.int8(rounded)
                residual[i, d] -= kind(rounded) * scale

    return routine


def quantize_rows(matrix: Array, residual: Array) -> Any:
    """Quantize rows; see ``quantization.quantize_rows``."""
    if matrix.ndim != 2 or not (matrix.flags.c_contiguous and residual.flags.c_contiguous):
        return NotImplemented
    values, scales = np.empty(matrix.shape, np.int8), np.empty(len(matrix), matrix.dtype)
    _quantize_rows[matrix.shape[1]](matrix, residual, values, scales)
    return values, scales
