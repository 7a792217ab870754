"""Size: the shape of a Tensor."""

from __future__ import annotations

import math


class Size(tuple[int, ...]):
    """The sizes of a Tensor's axes: a tuple, which prints as one, with :meth:`numel`.

    Examples
    --------
    >>> import tinygrad_w2v as tg
    >>> tg.tensor([[1, 2], [3, 4]]).shape
    (2, 2)
    >>> tg.tensor([[1, 2], [3, 4]]).size().numel()
    4
    """

    __slots__ = ()

    def numel(self) -> int:
        """Return the number of values of a Tensor of this shape."""
        return math.prod(self)
