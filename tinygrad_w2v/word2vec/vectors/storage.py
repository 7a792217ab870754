"""Vectors in fewer bytes: float16, and int8 with a scale for each vector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Stored = Literal["float32", "float16", "int8"]
"""The types of the numbers in a file."""

_LARGEST_INT8 = 127


def stored(vectors: npt.NDArray[np.float32], dtype: Stored) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that a file holds for vectors (V, D).

    int8 stores ``round(127 x / max |x|)`` of each vector and the scales ``max |x| / 127``, (V,).
    float16 has a common scale, so that no value overflows.
    """
    if dtype == "float32":
        return {"vectors": vectors}
    largest = np.abs(vectors).max(axis=1, initial=0)
    if dtype == "float16":
        limit = float(np.finfo(np.float16).max)
        scale = np.float32(max(1.0, float(largest.max(initial=0)) / limit))
        return {"vectors": (vectors / scale).astype(np.float16), "scales": np.array([scale])}
    scales = (largest.astype(np.float64) / _LARGEST_INT8).astype(np.float32)
    divisors = np.where(scales == 0, 1, scales)[:, np.newaxis].astype(np.float64)
    steps = np.clip(np.rint(vectors / divisors), -_LARGEST_INT8, _LARGEST_INT8)
    return {"vectors": steps.astype(np.int8), "scales": scales}


def restored(arrays: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """Return the vectors of the arrays of :func:`stored`, in float32."""
    vectors = arrays["vectors"]
    if vectors.dtype == np.float32:
        return vectors
    scaled = vectors.astype(np.float32)
    scaled *= arrays["scales"].reshape(-1, 1)
    return scaled
