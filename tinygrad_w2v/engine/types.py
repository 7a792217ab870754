"""Type aliases that every file of the engine names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"
"""A plain NumPy array of any dtype."""

TensorLike: TypeAlias = "npt.ArrayLike"
"""What an op takes as an input: a Tensor, or anything NumPy converts to an array."""

Shape: TypeAlias = tuple[int, ...]

SizeLike: TypeAlias = int | Sequence[int]
"""One size of several arguments, or all sizes in a sequence."""

DType: TypeAlias = np.dtype[Any]

Axes: TypeAlias = int | tuple[int, ...]
"""One axis or several."""

Axis: TypeAlias = Axes | None
"""The axes of a reduction; None for all."""


class RandomGenerator(Protocol):
    """A generator of random numbers, as methods take it; see :class:`tinygrad_w2v.Generator`."""

    def initial_seed(self) -> int: ...  # noqa: D102
