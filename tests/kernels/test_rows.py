"""Sorting rows, and summing values with equal rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tinygrad_w2v.kernels.rows import stable_sort, sum_equal_rows


@st.composite
def rows_and_values(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    count = draw(st.integers(0, 40))
    rows = draw(hnp.arrays(np.int64, count, elements=st.integers(0, draw(st.integers(0, 9)))))
    shape = (count, *draw(st.sampled_from([(), (1,), (3,), (2, 2)])))
    # Sums of integers are exact in any order.
    return rows, draw(hnp.arrays(np.float32, shape, elements=st.integers(-1000, 1000)))


@given(rows_and_values())
def test_sums_match_np_add_at(case: tuple[np.ndarray, np.ndarray]) -> None:
    rows, values = case
    before = values.copy()
    unique, sums = sum_equal_rows(rows, values)
    expected = np.zeros((10, *values.shape[1:]), values.dtype)
    np.add.at(expected, rows, values)
    found = np.zeros_like(expected)
    found[unique] = sums
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(unique, np.unique(rows))
    assert sums.dtype == values.dtype
    np.testing.assert_array_equal(values, before)


@given(rows_and_values())
def test_sums_share_no_memory_with_the_values(case: tuple[np.ndarray, np.ndarray]) -> None:
    assert not np.shares_memory(sum_equal_rows(*case)[1], case[1])


@pytest.mark.parametrize("repeats", [1, 2, 3, 63, 64, 65, 1000])
def test_repeats_are_summed(repeats: int) -> None:
    rows = np.tile([7, 2], repeats)
    unique, sums = sum_equal_rows(rows, np.ones((2 * repeats, 3)))
    assert unique.tolist() == [2, 7]
    assert (sums == repeats).all()


def test_rounding_does_not_grow_with_the_number_of_repeats() -> None:
    count = 1 << 20
    _, sums = sum_equal_rows(np.zeros(count, np.intp), np.full((count, 1), 0.1, np.float32))
    exact = np.float64(np.float32(0.1)) * count
    assert abs(sums[0, 0] - exact) <= 2e-7 * exact


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1000, 4096])
@pytest.mark.parametrize("dtype", [np.int8, np.int32, np.int64, np.uint16])
def test_stable_sort_matches_argsort(count: int, dtype: Any) -> None:
    numbers = np.random.default_rng(count).integers(100, size=count).astype(dtype)
    ordered, order = stable_sort(numbers)
    np.testing.assert_array_equal(order, np.argsort(numbers, kind="stable"))
    np.testing.assert_array_equal(ordered, np.sort(numbers))


@pytest.mark.parametrize("wide", [-(2**62), 2**62, -(2**40), 2**40, -1])
def test_stable_sort_of_numbers_too_large_to_be_packed(wide: int) -> None:
    numbers = np.random.default_rng(0).integers(10, size=1000)
    numbers[::7] = wide
    ordered, order = stable_sort(numbers)
    np.testing.assert_array_equal(order, np.argsort(numbers, kind="stable"))
    np.testing.assert_array_equal(ordered, np.sort(numbers))
