"""Random permutations, by the exchanges of Fisher and Yates, as PyTorch computes them."""

from __future__ import annotations

import numpy as np

from tinygrad_w2v.engine.types import Array
from tinygrad_w2v.random.distributions import Source

_MANY = 2000
"""Above this size, arrays are faster than a loop."""


def permutation(count: int, source: Source) -> Array:
    """Return the integers below `count` in random order.

    Step i exchanges the values at positions i and i + (word mod (count − i)).
    """
    if isinstance(source, np.random.Generator):
        return source.permutation(count)
    steps = np.arange(max(count - 1, 0))
    targets = source.words(len(steps)) % np.arange(count, 1, -1, dtype=np.uint32) + steps
    if count > _MANY:
        return exchanged(np.append(targets, count - 1))
    order = list(range(count))
    for i, j in enumerate(targets.tolist()):
        order[i], order[j] = order[j], order[i]
    return np.array(order, np.int64)


def exchanged(targets: Array) -> Array:
    """Return the positions after exchanging i with targets[i] ≥ i for each i in order.

    Step i moves the value at position i, v[i], to targets[i]. So v[i] is v[s] of the last step
    s < i with targets[s] = i, and i itself if there is none: a forest, whose roots are found by
    doubling. The result at i is v[s] of the last step s < i with the same target as i.
    """
    steps = np.arange(len(targets))
    last, before = _last_and_before(targets)
    moved = np.where(last == steps, before, last)  # a step may exchange i with itself
    values = np.where(moved < 0, steps, moved)
    while not np.array_equal(roots := values.take(values), values):
        values = roots
    unmoved = np.where(targets == steps, values, targets)
    return np.where(before < 0, unmoved, values.take(before, mode="wrap"))


def _last_and_before(targets: Array) -> tuple[Array, Array]:
    """Return the last step of each target, and for each step the one before of its target; or −1.

    Each round takes the last of the remaining steps of every target.
    """
    remaining = np.arange(len(targets))
    top, before = np.full(len(targets), -1), np.full(len(targets), -1)
    top[targets] = remaining  # of equal targets, the last assignment holds
    last = top.copy()
    while True:
        is_top = top.take(targets.take(remaining)) == remaining
        tops, remaining = remaining[is_top], remaining[~is_top]
        if not len(remaining):
            return last, before
        top[targets.take(remaining)] = remaining
        below = top.take(targets.take(tops))
        has_more = below != tops
        before[tops[has_more]] = below[has_more]
