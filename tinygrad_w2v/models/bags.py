"""Bags: lists of indices of different lengths, stored one after the other."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.intp]


class Bags:
    """N bags of indices, from which a batch selects some.

    Parameters
    ----------
    members
        The indices of all bags, one bag after the other.
    sizes
        The number of indices of each bag, (N,).

    Examples
    --------
    >>> bags = Bags([7, 8, 9], [2, 0, 1])
    >>> bags.select([2, 0])
    (array([9, 7, 8]), array([0, 1]))
    """

    def __init__(self, members: npt.ArrayLike, sizes: npt.ArrayLike) -> None:
        self._members, self._sizes = np.asarray(members, np.intp), np.asarray(sizes, np.intp)
        self._starts = np.cumsum(self._sizes) - self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def select(self, chosen: npt.ArrayLike) -> tuple[Ids, Ids]:
        """Return the members of the chosen bags, and where each begins, for ``F.ragged_bag``."""
        chosen = np.asarray(chosen)
        sizes = self._sizes[chosen]
        offsets = np.cumsum(sizes) - sizes
        positions = np.repeat(self._starts[chosen] - offsets, sizes)
        positions += np.arange(len(positions))
        return self._members[positions], offsets
