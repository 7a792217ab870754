"""Sums and means of bags of rows."""

import numpy as np
import pytest

from tests.kernels.comparison import TOLERANCE, both, dtypes, widths
from tinygrad_w2v.kernels.bags import bag_sizes, bag_sum


@dtypes
@pytest.mark.parametrize("bags", [0, 1, 300])
@pytest.mark.parametrize("mean", [False, True])
@widths
def test_backends_agree(numba_backend, dtype, bags, mean, width):
    rng = np.random.default_rng(bags)
    table, sizes = rng.normal(size=(50, width)).astype(dtype), rng.integers(0, 20, bags)
    members = rng.integers(50, size=sizes.sum())
    (expected, _), (found, _) = both(bag_sum, table, members, sizes, mean)
    assert found.dtype == dtype
    assert np.allclose(found, expected, rtol=0, atol=20 * TOLERANCE[dtype])
    (expected, _), (strided, _) = both(bag_sum, table[::2], members // 2, sizes, mean)
    assert np.allclose(strided, expected, rtol=0, atol=20 * TOLERANCE[dtype])


def test_sums_are_those_of_each_bag(backend):
    rng = np.random.default_rng(0)
    table, sizes = rng.normal(size=(9, 4)), np.array([3, 0, 1, 5, 0])
    members = rng.integers(9, size=9)
    ends = np.cumsum(sizes)
    expected = [table[members[b - n : b]].sum(axis=0) for b, n in zip(ends, sizes, strict=True)]
    assert np.allclose(bag_sum(table, members, sizes, False), expected)


@pytest.mark.parametrize("outside", [-1, 3])
def test_row_outside_the_table_has_no_result(backend, outside):
    assert bag_sum(np.ones((3, 2)), np.array([0, outside]), np.array([2]), True) is None


def test_offsets_must_ascend_from_0():
    assert bag_sizes(np.array([0, 2, 2]), 5).tolist() == [2, 0, 3]
    assert bag_sizes(np.array([1, 2]), 5) is None
    assert bag_sizes(np.array([0, 3, 2]), 5) is None
    assert bag_sizes(np.array([0, 6]), 5) is None
    assert bag_sizes(np.array([], int), 5) is None
