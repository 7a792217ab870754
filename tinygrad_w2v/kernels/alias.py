"""Drawing from a fixed discrete distribution in constant time: the alias method.

Walker 1977, with the linear construction of Vose 1991 ("A linear algorithm for generating random
numbers with a given distribution"): every index i keeps a share of its own cell and names one
other index for the rest.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tinygrad_w2v.kernels.backend import kernel

if TYPE_CHECKING:
    import numpy.typing as npt

Array: TypeAlias = "npt.NDArray[Any]"


def build_alias_table(probability: Array) -> tuple[Array, Array]:
    """Return, for each cell, the share it keeps, (V,) float64, and its alias, (V,) intp.

    Parameters
    ----------
    probability : (V,)
        Non-negative; need not sum to 1.
    """
    share = (np.asarray(probability, np.float64) / np.sum(probability) * len(probability)).tolist()
    alias = list(range(len(share)))
    small = [i for i, s in enumerate(share) if s < 1.0]
    large = [i for i, s in enumerate(share) if s >= 1.0]
    while small and large:
        giver = large[-1]
        taker = small.pop()
        alias[taker] = giver
        share[giver] -= 1.0 - share[taker]
        if share[giver] < 1.0:
            small.append(large.pop())
    # What is left differs from 1 by rounding only.
    for i in small + large:
        share[i] = 1.0
    return np.array(share), np.array(alias, dtype=np.intp)


def draw_alias(
    share: Array, alias: Array, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Draw indices of the given shape, intp; one random number and two look-ups each.

    The number's whole part chooses the cell and the rest, of which tens of bits are left,
    between the cell's two indices.
    """
    return choose_alias(rng.random(math.prod(shape)), share, alias).reshape(shape)


@kernel
def choose_alias(at: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number from 0 to 1 stands for, intp."""
    at = at * len(share)
    cell = at.astype(np.intp)
    return np.where(at - cell < share.take(cell), cell, alias.take(cell))
