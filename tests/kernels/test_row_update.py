"""Adding to rows in place: what repeated rows add up to, in both forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinygrad_w2v.kernels.backend import set_backend
from tinygrad_w2v.kernels.row_update import add_to_rows, put_rows


@pytest.fixture(params=["numpy", "numba"])
def form(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "numba":
        pytest.importorskip("numba")
    set_backend(request.param)
    yield
    set_backend("numpy")


pytestmark = pytest.mark.usefixtures("form")


@given(st.lists(st.integers(0, 9), max_size=40), st.sampled_from([(), (3,), (2, 2), (0,)]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_it_is_numpys_add_at(rows: list[int], rest: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.normal(size=(10, *rest)), rng.normal(size=(len(rows), *rest))
    expected, before = table.copy(), values.copy()
    np.add.at(expected, rows, -0.5 * values)
    add_to_rows(table, np.array(rows, dtype=np.intp), values, -0.5)
    np.testing.assert_allclose(table, expected, atol=1e-12)
    np.testing.assert_array_equal(values, before)


@pytest.mark.parametrize("height", [1, 3, 200, 2000, 100_000])
@pytest.mark.parametrize("width", [1, 7, 100, 70_000])
def test_rows_are_added_whole_however_often_they_occur(height: int, width: int) -> None:
    count = 3000 if width < 1000 else 5
    if width > 1000 and height > 200:
        return
    rows = np.random.default_rng(height).integers(height, size=count)
    table = np.zeros((height, width), np.float32)
    # Whole numbers and halves add up exactly in any order.
    values = np.arange(count * width, dtype=np.float32).reshape(count, width) % 64
    expected = np.zeros((height, width))
    np.add.at(expected, rows, 0.5 * values)
    add_to_rows(table, rows, values, 0.5)
    np.testing.assert_array_equal(table, expected)


@pytest.mark.parametrize("rows_dtype", [np.int32, np.int64, np.uint16])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_all_dtypes(rows_dtype: Any, dtype: Any) -> None:
    table, values = np.zeros((4, 2), dtype), np.ones((300, 2), dtype)
    add_to_rows(table, (np.arange(300) % 3).astype(rows_dtype), values, 2.0)
    np.testing.assert_array_equal(table, np.array([[200, 200]] * 3 + [[0, 0]]))


@pytest.mark.parametrize("count", [5, 300])
def test_memory_out_of_order_is_changed_too(count: int) -> None:
    rows = np.random.default_rng(0).permutation(1000)[:count]
    turned, columns = np.zeros((3, 1000)).T, np.zeros((1000, 6))[:, ::2]
    values = np.ones((3, count)).T
    for table in (turned, columns):
        add_to_rows(table, rows, values, 1.0)
        assert table.sum() == 3 * count
        assert (table[rows] == 1).all()


@pytest.mark.parametrize("wrong", [-1, 4])
@pytest.mark.parametrize("count", [1, 300])
def test_a_row_outside_the_table_is_refused_before_anything_changes(wrong: int, count: int) -> None:
    table = np.zeros((4, 2))
    rows = np.append(np.arange(count) % 4, wrong)
    with pytest.raises(IndexError, match=f"row {wrong} is not in a table of 4 rows: use 0 to 3"):
        add_to_rows(table, rows, np.ones((count + 1, 2)), 1.0)
    assert not table.any()


@pytest.mark.parametrize("count", [10, 1000])
def test_of_rows_put_twice_the_last_stays(count: int) -> None:
    table = np.zeros((2, 3))
    put_rows(table, np.arange(count) % 2, np.repeat(np.arange(count), 3).reshape(count, 3) + 0.0)
    np.testing.assert_array_equal(table[:, 0], [count - 2, count - 1])
