"""Selection of the largest scores from blocks."""

import numpy as np
import pytest

from tests.kernels.comparison import both
from tinygrad_w2v.kernels.selection import keep_largest


def selected(scores, count, blocks):
    """Return the largest scores and their rows after all blocks, given by their ends."""
    best = np.full((scores.shape[1], count), -np.inf, np.float32)
    rows = np.zeros(best.shape, np.intp)
    for first, end in zip([0, *blocks], [*blocks, len(scores)], strict=True):
        keep_largest(scores[first:end], first, best, rows)
    return best, rows


@pytest.mark.parametrize("queries", [1, 63, 64, 200])
@pytest.mark.parametrize("count", [1, 5])
def test_blocks_have_the_largest_scores_of_a_sort(backend, queries, count):
    rng = np.random.default_rng(queries)
    scores = rng.integers(-20, 20, (300, queries)).astype(np.float32)  # many are equal
    best, rows = selected(scores, count, [5, 70, 71, 299])
    order = np.argsort(-scores, axis=0, kind="stable")[:count].T
    assert np.array_equal(rows, order)
    assert np.array_equal(best, np.take_along_axis(scores, order.T, axis=0).T)


def test_backends_agree_and_change_only_the_best(numba_backend):
    scores = np.random.default_rng(0).normal(size=(500, 130)).astype(np.float32)
    best, rows = selected(scores[:100], 7, [50])
    (_, expected), (_, found) = both(keep_largest, scores[100:], 100, best, rows)
    for e, f in zip(expected, found, strict=True):
        assert np.array_equal(e, f)
    assert np.array_equal(found[0], scores[100:])


def test_block_without_larger_scores_changes_nothing(backend):
    best, rows = np.full((70, 2), 3, np.float32), np.ones((70, 2), np.intp)
    keep_largest(np.full((4, 70), 3, np.float32), 9, best, rows)
    assert (best == 3).all()
    assert (rows == 1).all()
