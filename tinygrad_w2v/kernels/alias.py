"""Drawing from a fixed discrete distribution in constant time: the alias method.

Walker 1977, with the linear construction of Vose 1991 ("A linear algorithm for generating random
numbers with a given distribution"): each index has a cell, keeps a share of it, and leaves the
rest to one other index, its alias.
"""

from __future__ import annotations

import math

import numpy as np

from tinygrad_w2v.kernels.dispatch import Array, kernel


def build_alias_table(probability: Array) -> tuple[Array, Array]:
    """Return the share that each index keeps of its cell, (V,) float64, and its alias, (V,) intp.

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
    # The shares left over differ from 1 by rounding only.
    for i in small + large:
        share[i] = 1.0
    return np.array(share), np.array(alias, dtype=np.intp)


def draw_alias(
    share: Array, alias: Array, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Draw indices of the given shape, intp; each takes one random number and two reads.

    The integer part of the scaled number selects the cell. Its fraction, which keeps 33 bits with
    a million indices, selects between the two indices of the cell.
    """
    return choose_alias(rng.random(math.prod(shape)), share, alias).reshape(shape)


@kernel
def choose_alias(uniform: Array, share: Array, alias: Array) -> Array:
    """Return the index that each number in [0, 1) selects, intp."""
    scaled = uniform * len(share)
    cell = scaled.astype(np.intp)
    return np.where(scaled - cell < share.take(cell), cell, alias.take(cell))
