"""Names for the kinds of value that pass through the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from tinygrad_w2v.engine.row_sparse import RowSparse
    from tinygrad_w2v.engine.tensor import Tensor

Array: TypeAlias = "npt.NDArray[Any]"
"""A plain NumPy array of any dtype."""

TensorLike: TypeAlias = "Tensor | npt.ArrayLike"
"""What an op takes as an input: a Tensor, or anything NumPy makes an array of."""

Gradient: TypeAlias = "Array | Tensor | RowSparse"
"""What a rule takes and returns: arrays, or Tensors when the graph of the gradient is kept."""

Shape: TypeAlias = tuple[int, ...]
DType: TypeAlias = np.dtype[Any]

PLAIN, FIXED, WANTED = 0, 1, 2
"""The kinds of an input: no Tensor; a Tensor without a gradient; one whose gradient is wanted."""
