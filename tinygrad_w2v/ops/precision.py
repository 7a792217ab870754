"""Functions that are computed in float64 whatever the dtype of their arguments."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np


def in_float64(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function for arrays of any real dtype; the result has their floating dtype.

    The decorated function gets float64 arrays. Integers result in float64. Values outside the
    domain are NaN or infinite, without a warning.
    """

    @functools.wraps(compute)
    def call(*values: Any, **options: Any) -> Any:
        arrays = [np.asarray(value) for value in values]
        kind = np.result_type(*arrays)
        with np.errstate(all="ignore"):
            found = compute(*(array.astype(np.float64) for array in arrays), **options)
            return np.asarray(found, kind if kind.kind == "f" else np.float64)

    return call
