"""Adding to rows in place: what repeated rows add up to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_w2v.kernels.row_update import add_to_rows


@given(st.lists(st.integers(0, 9), max_size=40), st.sampled_from([(), (3,), (2, 2)]))
def test_it_is_numpys_add_at(rows: list[int], rest: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    table, values = rng.normal(size=(10, *rest)), rng.normal(size=(len(rows), *rest))
    expected = table.copy()
    np.add.at(expected, rows, -0.5 * values)
    add_to_rows(table, np.array(rows, dtype=np.intp), values, -0.5)
    np.testing.assert_allclose(table, expected, atol=1e-12)


@pytest.mark.parametrize("rows", [3, 3000], ids=["all the same", "several blocks"])
def test_many_rows_are_added_whole(rows: int) -> None:
    table = np.zeros((2000, 100), np.float32)
    indices = np.arange(rows) % 2000 if rows > 3 else np.zeros(rows, np.intp)
    add_to_rows(table, indices, np.ones((rows, 100), np.float32), 2.0)
    np.testing.assert_array_equal(table[:, 0], 2.0 * np.bincount(indices, minlength=2000))
