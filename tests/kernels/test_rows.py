"""Rows of a table: sorting, sums of equal rows, and updates in place with each backend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.kernels.comparison import TOLERANCE, both, dtypes, widths
from tinygrad_w2v.kernels.rows import (
    add_to_rows,
    put_rows,
    sgd_step_rows,
    stable_sort,
    sum_equal_rows,
)

each_backend = pytest.mark.usefixtures("backend")


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


# --- updates in place -----------------------------------------------------------------------------


@each_backend
@given(st.lists(st.integers(0, 9), max_size=40), st.sampled_from([(), (3,), (2, 2), (0,)]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_add_matches_np_add_at(rows: list[int], rest: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.normal(size=(10, *rest)), rng.normal(size=(len(rows), *rest))
    expected, before = table.copy(), values.copy()
    np.add.at(expected, rows, -0.5 * values)
    add_to_rows(table, np.array(rows, dtype=np.intp), values, -0.5)
    np.testing.assert_allclose(table, expected, atol=1e-12)
    np.testing.assert_array_equal(values, before)


@each_backend
@pytest.mark.parametrize("height", [1, 3, 200, 2000, 100_000])
@pytest.mark.parametrize("width", [1, 7, 100, 70_000])
def test_repeated_rows_are_added_in_full(height: int, width: int) -> None:
    count = 3000 if width < 1000 else 5
    if width > 1000 and height > 200:
        return
    rows = np.random.default_rng(height).integers(height, size=count)
    table = np.zeros((height, width), np.float32)
    # Sums of integers and halves are exact in any order.
    values = np.arange(count * width, dtype=np.float32).reshape(count, width) % 64
    expected = np.zeros((height, width))
    np.add.at(expected, rows, 0.5 * values)
    add_to_rows(table, rows, values, 0.5)
    np.testing.assert_array_equal(table, expected)


@each_backend
@pytest.mark.parametrize("rows_dtype", [np.int32, np.int64, np.uint16])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_add_supports_all_dtypes(rows_dtype: Any, dtype: Any) -> None:
    table, values = np.zeros((4, 2), dtype), np.ones((300, 2), dtype)
    add_to_rows(table, (np.arange(300) % 3).astype(rows_dtype), values, 2.0)
    np.testing.assert_array_equal(table, np.array([[200, 200]] * 3 + [[0, 0]]))


@each_backend
@pytest.mark.parametrize("count", [5, 300])
def test_add_supports_tables_that_are_not_contiguous(count: int) -> None:
    rows = np.random.default_rng(0).permutation(1000)[:count]
    transposed, columns = np.zeros((3, 1000)).T, np.zeros((1000, 6))[:, ::2]
    values = np.ones((3, count)).T
    for table in (transposed, columns):
        add_to_rows(table, rows, values, 1.0)
        assert table.sum() == 3 * count
        assert (table[rows] == 1).all()


@each_backend
@pytest.mark.parametrize("wrong", [-1, 4])
@pytest.mark.parametrize("count", [1, 300])
def test_add_outside_the_table_changes_nothing(wrong: int, count: int) -> None:
    table = np.zeros((4, 2))
    rows = np.append(np.arange(count) % 4, wrong)
    with pytest.raises(IndexError, match=f"row {wrong} is not in a table of 4 rows: use 0 to 3"):
        add_to_rows(table, rows, np.ones((count + 1, 2)), 1.0)
    assert not table.any()


@pytest.mark.parametrize("count", [10, 1000])
def test_put_writes_the_last_of_repeated_rows(count: int) -> None:
    table = np.zeros((2, 3))
    put_rows(table, np.arange(count) % 2, np.repeat(np.arange(count), 3).reshape(count, 3) + 0.0)
    np.testing.assert_array_equal(table[:, 0], [count - 2, count - 1])


@dtypes
@pytest.mark.parametrize("lr", [0.0, 0.3])
@pytest.mark.parametrize("max_step", [0.0, 0.5])
@pytest.mark.parametrize("count", [0, 1, 50])
@widths
def test_backends_take_the_same_sgd_step(
    numba_backend: None, dtype: Any, lr: float, max_step: float, count: int, width: int
) -> None:
    rng = np.random.default_rng(1)
    table = rng.normal(size=(9, width)).astype(dtype)
    rows, values = rng.integers(9, size=count), rng.normal(size=(count, width)).astype(dtype)
    (_, plain), (_, fast) = both(sgd_step_rows, table, rows, values, lr, max_step)
    assert np.allclose(fast[0], plain[0], atol=10 * TOLERANCE[dtype])
    assert np.array_equal(fast[2], values)


@each_backend
@pytest.mark.parametrize(("rows", "wrong"), [([1, 9, 2], 9), ([3, -1], -1)])
def test_sgd_step_outside_the_table_changes_nothing(rows: list[int], wrong: int) -> None:
    table, values = np.zeros((5, 2), np.float32), np.ones((len(rows), 2), np.float32)
    for _ in range(2):  # the first call leaves nothing in the scratch array of the second
        with pytest.raises(IndexError, match=f"row {wrong} is not in a table of 5 rows"):
            sgd_step_rows(table, np.array(rows), values, 0.5, 0.5)
    assert not table.any()


@each_backend
def test_sgd_step_supports_tables_that_are_not_contiguous() -> None:
    table = np.zeros((8, 6))
    sgd_step_rows(table[::2, :3], np.array([1, 3, 1]), np.ones((3, 3)), 0.5, 0.0)
    assert table[:, 0].tolist() == [0, 0, -1, 0, 0, 0, -0.5, 0]
    assert not table[:, 3:].any()
