"""Word counts, as losses over vocabularies take them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.errors import InputError


def word_counts(counts: npt.ArrayLike) -> Array:
    """Return counts as an array; a single number stands for so many words of equal count.

    Raises
    ------
    InputError
        If there are none, or one is negative, or all are 0.

    Examples
    --------
    >>> word_counts(3)
    array([1, 1, 1])
    """
    array = np.array(counts)
    if array.ndim == 0 and array.dtype.kind in "iu" and array >= 1:
        return np.ones(int(array), dtype=np.int64)
    is_bad = array.ndim != 1 or array.dtype.kind not in "iuf" or not len(array)
    if is_bad or (array < 0).any() or not array.any():
        shown = f"{array}" if array.ndim == 0 else f"of shape {array.shape}"
        raise InputError(
            f"counts are {shown}: they must be (V,) numbers, not negative and not all 0, or the "
            f"number of words"
        )
    return array
